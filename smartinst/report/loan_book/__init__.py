"""The loan book in a report: its tables, charts and words in three languages."""
