"""The loan book of a live board: its key figures, its charts, and the recovery queue."""
