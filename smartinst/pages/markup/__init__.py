"""Markdown, formulas and HTML of notebooks as safe HTML that page and paper can draw."""
