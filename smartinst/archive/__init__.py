"""Backup and restore of a home, and erasure of a buyer."""
