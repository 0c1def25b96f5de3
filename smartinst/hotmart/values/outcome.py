"""Outcome of parsing one item, line or event: accepted with its statements, ignored, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, object]
"""One row of a statement table; a missing column is null."""

Item = dict[str, Any]
"""One JSON object of the platform, not validated yet."""


class InvalidItemError(Exception):
    """An item cannot be used. The message names field and problem, and contains no value."""


@dataclass(frozen=True, slots=True)
class Statements:
    """The rows that one accepted item adds to each table (statements.STATEMENT_TABLES)."""

    plans: tuple[Row, ...] = ()
    attempts: tuple[Row, ...] = ()
    events: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """Outcome of one item: `statements`, `ignore_reason` or `refusal_reason`; the others are None.

    The excerpt of a refused item has at most 200 characters and no private data (docs/contracts.md
    §9).
    """

    position: str  # "item 3", "line 12", "file"
    statements: Statements | None = None
    ignore_reason: str | None = None  # the item is not part of a plan
    refusal_reason: str | None = None  # the item goes to quarantine
    excerpt: str = ""  # of a refused item
    is_unreadable: bool = False  # the file as a whole was refused
