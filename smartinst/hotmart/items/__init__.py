"""Parsers of one item: an attempt of a page or of sales/history, a webhook event."""
