"""Rows without the people in them: for the accountant, who needs amounts, dates and transaction codes only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from smartinst.errors import InputError

PERSONAL: Final = ("buyer", "email", "phone", "whatsapp")
"""Columns that name or reach a buyer."""


def without_people(rows: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The same rows of every grain, the personal columns null: what reads them still works."""
    return {
        name: frame.with_columns(
            pl.lit(None, pl.String).alias(column) for column in PERSONAL if column in frame.columns
        )
        for name, frame in rows.items()
    }


def check_anonymous(where: Mapping[str, Any]) -> None:
    """InputError where a filter names a buyer: the report says by what it was filtered."""
    if told := [name for name in ("buyer", "email") if where.get(name)]:
        raise InputError(
            f"filter {told[0]}: expected none in an anonymous report, since its cover would name the buyer"
        )
