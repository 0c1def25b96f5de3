"""Operational state in SQL: the engine and the schema."""
