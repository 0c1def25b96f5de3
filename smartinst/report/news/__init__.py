"""News of a report: what happened in its period, worst first, in sentences."""
