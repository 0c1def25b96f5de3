"""The platform: a client of its API, and parsers of its payloads into statements.

No other package knows the platform's names of fields and statuses.
"""
