"""Execution of cells: in a kernel, or in a process that is dedicated to one run."""
