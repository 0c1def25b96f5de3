"""Markdown, HTML, formulas and pictures of notebooks as safe HTML for page and PDF."""
