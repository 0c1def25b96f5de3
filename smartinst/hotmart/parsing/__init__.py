"""Parsers: payloads of the platform become statements."""
