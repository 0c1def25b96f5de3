"""The recovery queue: which buyers with debt to write to first (docs/metrics.md §6.3)."""
