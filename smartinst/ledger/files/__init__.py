"""The files of the ledger's tables: storage, hashes, checks, versions."""
