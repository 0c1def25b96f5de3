"""Widgets that the dashboards are composed of."""
