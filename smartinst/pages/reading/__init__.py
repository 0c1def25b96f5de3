"""Readers of executed notebooks."""
