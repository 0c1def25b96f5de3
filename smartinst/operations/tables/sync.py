"""What has been pulled of the platform: one row a window of days."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Date, DateTime, Integer, String, Table

from smartinst.operations.tables import METADATA

SYNC_WINDOWS: Final = Table(
    "sync_windows",
    METADATA,
    Column("seller_id", String(64), primary_key=True),
    Column("billing_type", String(32), primary_key=True),
    Column("starts_on", Date, primary_key=True),  # UTC; thirty days from here
    Column("completed_at", DateTime(timezone=True), nullable=False),
    Column("recovery_plans", Integer, nullable=False),  # SMART_RECOVERY plans begun in it that were not taken
)
"""One row: one window of thirty days that was read whole, and when last."""

TABLES: Final = (SYNC_WINDOWS,)
