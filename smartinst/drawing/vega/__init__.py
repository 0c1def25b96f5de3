"""Vega and Vega-Lite in an embedded V8, and vl-convert where there is none."""
