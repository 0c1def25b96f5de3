"""Layout: outputs become sections, rows of charts, and tables in the reader's language."""
