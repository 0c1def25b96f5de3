"""Vega and Vega-Lite in an embedded V8, or in vl-convert if V8 is not installed."""
