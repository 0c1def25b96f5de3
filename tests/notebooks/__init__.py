"""Notebooks as analysts and their programs save them, and what their reports must contain."""
