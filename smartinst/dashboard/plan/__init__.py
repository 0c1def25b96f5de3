"""A plan's own page on the dashboard, and its actions."""
