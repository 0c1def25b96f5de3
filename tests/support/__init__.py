"""Helpers of the tests: builders, real servers and browsers, fixtures."""
