"""Helpers for the tests: builders, real servers and browsers, fixtures."""
