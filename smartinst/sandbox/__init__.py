"""Confinement of runs: what the process of a notebook can see, read, reach and write."""
