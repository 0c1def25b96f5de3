"""The header of a sales export, and the reasons why other tables are not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from smartinst.hotmart.exports.columns import (
    REQUIRED_COLUMNS,
    known_names,
    label,
    normalize_header,
    normalized_names,
)
from smartinst.hotmart.exports.other_reports import describe_language, describe_report

SAVE_AGAIN: Final = "open it in a spreadsheet program and save it as .xlsx, or export as CSV"
"""Advice for a file that another program can read."""

MIN_COLUMNS: Final = 4
"""Known columns that make a header that of an export, with a transaction or a billing type."""

MANY_COLUMNS: Final = 12
"""Known columns that make any header that of an export; the older model has ten of them."""

_MAX_NAMES: Final = 20
_MAX_NAME: Final = 60


@dataclass(frozen=True)
class ExportHeader:
    """Header of an export: the index of each known column, and the names that are not known."""

    indexes: dict[str, int]
    unknown_names: tuple[str, ...]
    width: int

    @classmethod
    def from_names(cls, names: list[str]) -> ExportHeader:
        """Match the names of a header; of equal names the first one counts."""
        positions: dict[str, int] = {}
        for index, name in enumerate(names):
            positions.setdefault(normalize_header(name), index)
        indexes = {
            column: positions[spelling]
            for column, spellings in normalized_names().items()
            if (spelling := next((text for text in spellings if text in positions), None))
        }
        unknown_names = [name for name in names if normalize_header(name) not in known_names()]
        return cls(
            indexes, tuple(name.strip() for name in unknown_names if name.strip()), len(names)
        )

    @property
    def is_export(self) -> bool:
        """Whether the names are those of a sales export, perhaps with columns missing."""
        is_typical = not self.indexes.keys().isdisjoint(("transaction", "billing"))
        return len(self.indexes) >= (MIN_COLUMNS if is_typical else MANY_COLUMNS)

    @property
    def missing(self) -> list[str]:
        """Labels of the required columns that were not found."""
        return [label(column) for column in REQUIRED_COLUMNS if column not in self.indexes]


@dataclass(frozen=True)
class ExportStart:
    """Where the rows of an export begin: the index of its header's row, and how to split rows."""

    header: ExportHeader
    row_index: int
    delimiter: str = ""


def find_header(rows: Iterable[Sequence[str]]) -> ExportStart | None:
    """The header of an export among the first rows of a sheet; None if there is none."""
    for index, cells in enumerate(rows):
        header = ExportHeader.from_names(list(cells))
        if header.is_export:
            return ExportStart(header, index)
    return None


def incomplete_reason(header: ExportHeader) -> str | None:
    """The reason for refusing an export without required columns; None if it has them all."""
    if not header.missing:
        return None
    if language_reason := describe_language(header.unknown_names):
        return language_reason
    names = [name[:_MAX_NAME] for name in header.unknown_names[:_MAX_NAMES]]
    hidden_count = len(header.unknown_names) - len(names)
    names += [f"{hidden_count} more"] if hidden_count else []
    unknown_names = f"; headers not recognised: {', '.join(names)}" if names else ""
    missing = ", ".join(header.missing)
    return f"export without the columns {missing}: choose the detailed model{unknown_names}"


def other_report_reason(rows: Iterable[Sequence[str]]) -> str | None:
    """The reason for refusing another table of the platform; None if the table is unknown."""
    return next(filter(None, map(describe_report, rows)), None)
