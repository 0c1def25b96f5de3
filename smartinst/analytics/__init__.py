"""Facts become rows as of a date, and rows become figures."""
