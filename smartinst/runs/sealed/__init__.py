"""Runs in processes of their own, without secrets, each with the facts of its sellers alone."""
