"""The offline HTML page."""
