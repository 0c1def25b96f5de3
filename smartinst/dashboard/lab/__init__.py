"""Copies of the shipped dashboards in a workspace, and how JupyterLab saves them."""
