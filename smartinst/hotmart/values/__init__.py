"""Readers of one field: an amount, a phone, a country, an instant, a status word."""
