"""The printed PDF."""
