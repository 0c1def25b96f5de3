"""Data received from the platform: sync and webhooks."""
