"""Tests of the loan book (docs/metrics.md §6)."""
