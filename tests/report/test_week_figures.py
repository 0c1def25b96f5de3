"""Weeks without data have no amounts; what to do for a debtor depends on the currency."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from smartinst.pages.layout.sparkline import sparkline
from smartinst.report.loan_book.labels import reader_action
from smartinst.report.recovery import with_reader_actions
from smartinst.report.sections.week_figures import _until_last_data

AS_OF = date(2026, 10, 31)
SUMS = {"EUR": list(range(1, 13))}


@pytest.mark.parametrize(
    ("data_through", "missing_weeks"),
    [
        (None, 0),
        (AS_OF, 0),
        (date(2026, 10, 25), 0),  # the first day of the last week has data
        (date(2026, 10, 24), 1),
        (date(2026, 9, 26), 5),
        (date(2026, 1, 1), 12),
    ],
)
def test_weeks_after_the_last_day_of_data_have_no_amount(
    data_through: date | None, missing_weeks: int
) -> None:
    amounts = list(range(1, 13 - missing_weeks))
    series = _until_last_data(SUMS, AS_OF, data_through)
    assert series == {"EUR": [*amounts, *[None] * missing_weeks]}


def test_a_sparkline_ends_with_the_last_week_that_has_data() -> None:
    whole, ended = sparkline([0, 5, 10, 0, 0]), sparkline([0, 5, 10, None, None])
    assert "86.0%2C16.0" in whole
    assert "86.0%2C" not in ended
    assert "44.0%2C2.0%22" in ended  # the middle of five weeks
    assert sparkline([None, None, None]) == ""


@pytest.mark.parametrize(
    ("action", "currency", "key"),
    [
        ("pix_or_slip", "BRL", "pix_or_slip"),
        ("pix_or_slip", "EUR", "other_payment"),
        ("change_card", "EUR", "change_card"),
    ],
)
def test_a_pix_is_offered_for_payments_in_reais_only(action: str, currency: str, key: str) -> None:
    assert reader_action(action, currency) == key
    rows = pl.DataFrame({"action": [action], "currency": [currency]})
    assert with_reader_actions(rows)["action"].to_list() == [key]
