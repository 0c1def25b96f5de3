"""Runs: notebooks are executed with checked parameters, and their artifacts are written."""
