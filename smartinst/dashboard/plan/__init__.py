"""The page of one plan on the dashboard, and its actions."""
