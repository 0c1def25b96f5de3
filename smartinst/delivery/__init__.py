"""Scheduled reports: due runs, gates, the delivery ledger and mail."""
