"""The ledger: Delta tables of statements, and the facts resolved from them."""
