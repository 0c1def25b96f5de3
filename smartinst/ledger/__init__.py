"""The ledger: Delta tables of statements, hidden behind read, write and version."""
