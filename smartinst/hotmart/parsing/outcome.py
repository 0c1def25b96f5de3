"""What the edge says of one item, line or event: accepted with its statements, ignored, or refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Row = dict[str, object]
"""One row of a statement table; a missing column is null."""

Item = dict[str, Any]
"""One JSON object of the platform, its shape not checked yet."""


class Refusal(Exception):  # noqa: N818 (it refuses an item, it is no error of the program)
    """An item cannot be used; the text names the field and what is wrong, and holds no value of the item."""


@dataclass(frozen=True, slots=True)
class Statements:
    """The rows that one accepted item adds, by table (facts.STATEMENT_TABLES)."""

    plans: tuple[Row, ...] = ()
    attempts: tuple[Row, ...] = ()
    events: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One item's outcome: exactly one of `statements`, `ignored` and `refused` is not null."""

    position: str  # "item 3", "line 12", "file"
    statements: Statements | None = None
    ignored: str | None = None  # why it is no plan of ours
    refused: str | None = None  # why it goes to quarantine
    excerpt: str = (
        ""  # of a refused item: at most 200 characters, without what docs/contracts.md §9 removes
    )
    unreadable: bool = False  # the whole file was refused
