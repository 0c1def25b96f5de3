"""Transports of a message: SMTP, or a folder."""
