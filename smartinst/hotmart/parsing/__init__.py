"""Parsers of files and HTTP bodies: what they contain, and the outcome of each item."""
