"""Parsers of the sales exports: delimited text and workbooks, in three languages."""
