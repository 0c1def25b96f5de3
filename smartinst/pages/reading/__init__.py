"""Reading of executed notebooks."""
