"""SVG of charts as operators of PDF."""
