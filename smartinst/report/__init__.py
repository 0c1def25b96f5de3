"""The code that runs in a report's notebook: it turns figures into charts, tables and text."""
