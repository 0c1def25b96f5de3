"""What a report compares with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Previous:
    """The earlier date to compare balances with, and measures if there was a report.

    `read` returns the plans of that date, sorted by their key.
    """

    as_of: date
    read: Callable[[], pl.DataFrame]
    measures: Mapping[str, Any]

    @cached_property
    def plans(self) -> pl.DataFrame:
        """The plans of that date, computed at their first use; a live board never uses them."""
        return self.read()
