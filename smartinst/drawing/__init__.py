"""Shared drawing: the palette, the bundled fonts, and charts rendered as SVG and PNG."""
