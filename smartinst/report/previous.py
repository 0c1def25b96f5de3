"""What a report compares with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from smartinst.analytics.sales import Rows


@dataclass(frozen=True)
class Previous:
    """The earlier date to compare balances with, and measures if there was a report."""

    as_of: date
    read: Callable[[], Rows]
    measures: Mapping[str, Any]

    @cached_property
    def rows(self) -> Rows:
        """The rows of that date, computed at their first use; a live board never uses them."""
        return self.read()
