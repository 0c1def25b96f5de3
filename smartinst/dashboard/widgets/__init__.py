"""Widgets of the dashboards."""
