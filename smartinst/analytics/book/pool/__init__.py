"""The counts of the operator's other sellers, above a seller's own (docs/metrics.md §6.2)."""
