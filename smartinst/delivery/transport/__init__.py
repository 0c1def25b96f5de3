"""Transports for messages: SMTP, or a folder."""
