"""Sections of reports: a cell of a notebook displays one, with its heading and all its parts."""
