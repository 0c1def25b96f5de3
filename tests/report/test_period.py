"""The period of a report and the date that it compares with."""

from __future__ import annotations

from datetime import date

import pytest

from smartinst.errors import InputError
from smartinst.report.period import figures_date, report_period


@pytest.mark.parametrize(
    ("name", "as_of", "start", "end", "start_before"),
    [
        ("day", date(2026, 3, 1), date(2026, 2, 28), date(2026, 3, 1), date(2026, 2, 27)),
        ("week", date(2026, 3, 1), date(2026, 2, 22), date(2026, 3, 1), date(2026, 2, 15)),
        ("week", date(2026, 3, 2), date(2026, 2, 22), date(2026, 3, 1), date(2026, 2, 15)),
        ("month", date(2026, 3, 1), date(2026, 1, 31), date(2026, 2, 28), date(2025, 12, 31)),
        ("month", date(2026, 3, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 1, 31)),
        ("month", date(2026, 3, 2), date(2026, 2, 28), date(2026, 3, 2), date(2026, 1, 31)),
    ],
    ids=[
        "day",
        "week",
        "week as of a Monday",
        "month as of the 1st",
        "month as of its last day",
        "month so far",
    ],
)
def test_a_period_begins_after_the_day_that_a_report_compares_with(
    name: str, as_of: date, start: date, end: date, start_before: date
) -> None:
    period = report_period(name, as_of)
    assert (period.start, period.end) == (start, end)
    assert (period.preceding.start, period.preceding.end) == (start_before, start)


@pytest.mark.parametrize(
    ("name", "as_of", "earlier", "compared"),
    [
        ("week", date(2026, 11, 30), "2026-11-23", date(2026, 11, 23)),
        ("week", date(2026, 11, 30), "2026-11-22", date(2026, 11, 22)),
        ("week", date(2026, 11, 30), "2026-11-25", date(2026, 11, 22)),
        ("week", date(2026, 12, 1), "2026-11-24", date(2026, 11, 24)),
        ("month", date(2026, 11, 1), "2026-10-01", date(2026, 10, 1)),
        ("month", date(2026, 11, 1), "2026-10-31", date(2026, 9, 30)),
        ("day", date(2026, 11, 30), "", date(2026, 11, 29)),
    ],
)
def test_a_report_compares_with_the_last_one_if_that_covers_the_period_before(
    name: str, as_of: date, earlier: str, compared: date
) -> None:
    assert report_period(name, as_of).compared_date({"as_of": earlier}) == compared


@pytest.mark.parametrize(
    ("name", "as_of", "day"),
    [
        ("month", date(2026, 11, 1), date(2026, 10, 31)),
        ("month", date(2026, 11, 15), date(2026, 11, 15)),
        ("week", date(2026, 11, 2), date(2026, 11, 2)),  # a Monday
        ("day", date(2026, 11, 1), date(2026, 11, 1)),
    ],
)
def test_a_statement_made_on_the_1st_is_as_of_the_last_day_of_its_month(
    name: str, as_of: date, day: date
) -> None:
    assert figures_date(name, as_of) == day


def test_an_unknown_period_is_refused_with_the_possible_ones() -> None:
    with pytest.raises(InputError, match="expected day, week, month, found 'year'"):
        report_period("year", date(2026, 11, 30))
