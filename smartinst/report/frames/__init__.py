"""Data frames and series of a notebook as tables of the report, by their values."""
