"""The expected receivable: a forecast with its range and its score (docs/metrics.md §6.2)."""
