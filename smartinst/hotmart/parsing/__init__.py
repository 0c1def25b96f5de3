"""Parsers of the platform's payloads into statements."""
