"""The ledger: Delta tables of statements, hidden behind read, write and version."""

from smartinst.ledger.ingest import Summary, ingest, ingest_told
from smartinst.ledger.ledger import Batch, Ledger

__all__ = ["Batch", "Ledger", "Summary", "ingest", "ingest_told"]
