"""Altair charts, one for each figure, with tooltips and captions."""
