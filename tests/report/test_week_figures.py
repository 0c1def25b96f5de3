"""Weeks without data have no amounts; what to do for a debtor depends on the currency."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.sparkline import sparkline
from smartinst.report.contact_queue import left_out_text
from smartinst.report.headline import compute_headline
from smartinst.report.mime_bundles import KPI
from smartinst.report.period import PeriodName, report_period
from smartinst.report.reader_actions import reader_action, with_reader_actions
from smartinst.report.sections.week_figures import _until_last_data
from tests.support.builders import Plan, monthly, paid
from tests.support.executed import literal_book

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
    full_line, short_line = sparkline([0, 5, 10, 0, 0]), sparkline([0, 5, 10, None, None])
    assert "86.0%2C16.0" in full_line
    assert "86.0%2C" not in short_line
    assert "44.0%2C2.0%22" in short_line  # the middle of five weeks
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


def received_changes(*plans: Plan) -> list[tuple[str, int | None]]:
    """Currency → the change of what was received, in the key figures of a book."""
    content = literal_book(plans).headline().bundle[KPI]
    return [
        (card["currency"], item["change_minor"])
        for card in content["currencies"]
        for item in card["items"]
        if item["name"] == "received"
    ]


def test_a_currency_without_a_plan_before_the_period_is_not_compared_with_it() -> None:
    older = Plan(3, monthly("Jan", "Feb"))
    bought_in_the_week = Plan(3, monthly("Apr"), purchased=date(2026, 4, 15), plan_id="2")
    assert received_changes(bought_in_the_week) == [("EUR", None)]
    assert received_changes(older, bought_in_the_week) == [("EUR", 10_000)]


LEFT_OUT = pl.DataFrame(
    {
        "reason": ["not_worth", "retry_soon", "unconfirmed", "not_worth"],
        "currency": ["EUR"] * 4,
        "confirmed_minor": [100, 16_616, 0, 200],
    }
)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (
            "en",
            "Not listed: €166.16 in 1 plan that the platform charges again within three days; "
            "€3.00 in 2 plans for which a message would probably bring too little.",
        ),
        (
            "pt-BR",
            "Fora da lista: € 166,16 em 1 plano que a plataforma volta a cobrar em até três dias; "
            "€ 3,00 em 2 planos em que uma mensagem provavelmente renderia muito pouco.",
        ),
        (
            "es",
            "Fuera de la lista: 166,16 € en 1 plan que la plataforma vuelve a cobrar en un plazo "
            "de tres días; 3,00 € en 2 planes en los que un mensaje probablemente aportaría muy "
            "poco.",
        ),
    ],
)
def test_the_list_of_contacts_says_which_debt_it_leaves_out_and_why(tag: str, text: str) -> None:
    assert left_out_text(LEFT_OUT, Locale(tag)).replace("\xa0", " ") == text
    assert left_out_text(LEFT_OUT.head(0), Locale(tag)) == ""


@pytest.mark.parametrize(("period", "days"), [("week", 7), ("month", 8)])
def test_installments_that_fall_due_are_those_of_the_amount(period: PeriodName, days: int) -> None:
    plans = [
        Plan(2, (paid(1, f"{day} Mar"),), plan_id=str(day), purchased=date(2026, 3, day))
        for day in range(18, 31)
    ]
    book = literal_book(plans)
    covered = report_period(period, book.as_of)
    headline = compute_headline(book.rows, book.previous, book.as_of, covered)
    assert headline.due_installments == days
    assert headline.due_7 == {"EUR": days * 10_000}
