"""Scheduled runs: one row a report, seller and nominal period."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from smartinst.operations.tables import METADATA

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("run_id", String(36), primary_key=True),  # a new one for each attempt, so that nothing is overwritten
    Column("report", String(64), nullable=False),
    Column("seller_id", String(64), nullable=False),
    Column("period", String(16), nullable=False),  # nominal local time, 2026-11-02T07:00
    Column("instant", String(32), nullable=False),  # of the period; ISO, UTC
    Column("as_of", String(10), nullable=False),
    Column("state", String(16), nullable=False),  # planned, running, made, failed, missed
    Column("attempts", Integer, nullable=False),
    Column("planned_at", String(32), nullable=False),
    Column("started_at", String(32)),
    Column("ended_at", String(32)),
    Column("seconds", Integer),
    Column("parameters", Text),  # JSON
    Column("ledger_version", Text),  # JSON: table → commit that was read at the latest
    Column("artifacts", Text),  # JSON: format → {path, sha256}; of a failed one: log → {path}
    Column("measures", Text),  # JSON
    Column("note", Text),  # why it failed, or why nothing was sent
    UniqueConstraint("report", "seller_id", "period"),
)
"""One row: one run that a schedule asked for, and what became of it."""

TABLES: Final = (RUNS,)
