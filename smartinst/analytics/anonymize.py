"""Rows without personal data, for an accountant: amounts, dates and transaction codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from smartinst.errors import InputError

PERSONAL: Final = ("buyer", "email", "phone", "whatsapp")
"""Columns that identify a buyer."""


def without_people(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows, with null in personal columns."""
    return frame.with_columns(
        pl.lit(None, pl.String).alias(column) for column in PERSONAL if column in frame.columns
    )


def check_anonymous(where: Mapping[str, Any]) -> None:
    """InputError if a filter names a buyer: the cover of the report shows the filters."""
    if names := [name for name in ("buyer", "email") if where.get(name)]:
        raise InputError(
            f"filter {names[0]}: expected none in an anonymous report, "
            "since its cover would name the buyer"
        )
