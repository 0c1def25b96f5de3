"""The windows of a cash calendar in a report: all of a fixed horizon, with or without amounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import polars as pl

from smartinst.analytics.book.cash.cash_calendar import WEEKS
from smartinst.analytics.book.horizon import month_end

MONTHS: Final = 6
WINDOWS: Final = WEEKS + MONTHS
"""Windows of a chart and of the weekly report: four weeks and six months."""


def every_window(calendar: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The cash calendar with a row for each window of each currency, of zero if nothing is in it.

    The windows go on to the last one with an amount of any currency, and at least to the sixth
    month.

    calendar  as `cash_calendar.cash_calendar` has it
    """
    if not calendar.height:
        return calendar
    last_day = calendar["to_date"].max()
    windows: list[tuple[date, date]] = []
    for window in _windows(as_of):
        if len(windows) >= WINDOWS and window[0] > last_day:  # type: ignore[operator]
            break
        windows.append(window)
    keys = ["currency", "from_date", "to_date"]
    dates = pl.DataFrame(windows, schema=dict.fromkeys(keys[1:], pl.Date), orient="row")
    amounts = [name for name in calendar.columns if name not in keys]
    counted = [name for name in amounts if calendar[name].count()]
    return (
        calendar.select("currency")
        .unique(maintain_order=True)
        .join(dates, how="cross")
        .join(calendar, on=keys, how="left", validate="1:1", maintain_order="left")
        .with_columns(pl.col(counted).fill_null(0))  # right: a window without an amount
        .select(calendar.columns)
    )


def _windows(as_of: date) -> Iterator[tuple[date, date]]:
    """First and last days: four windows of seven days from D + 1, the rest of a month, months."""
    first_day = as_of + timedelta(1)
    for _ in range(WEEKS):
        yield first_day, first_day + timedelta(6)
        first_day += timedelta(7)
    while True:
        last_day = month_end(first_day)
        yield first_day, last_day
        first_day = last_day + timedelta(1)
