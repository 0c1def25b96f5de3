"""Sentences of charts agree with their numbers: sums, ties, zero and one."""

from __future__ import annotations

import polars as pl
import pytest

from smartinst.analytics.figures import BY_NAME
from smartinst.i18n.locales import Locale
from smartinst.report.charts.captions import SENTENCES
from smartinst.report.loan_book.captions import BOOK_SENTENCES
from smartinst.report.loan_book.chart_rows import percent_text
from tests.support.builders import Plan, monthly, paid, rows

EN = Locale("en")


def chart_sentence(figure: str, plan: Plan) -> str:
    plan_rows = rows(plan)
    return SENTENCES[figure](plan_rows, BY_NAME[figure].fold(plan_rows), EN)


def month_sales(column: str, **plans: int) -> pl.DataFrame:
    values = [int(name[1:]) if name[1:].isdigit() else name for name in plans]
    return pl.DataFrame({"month": "2026-10", column: values, "plans": list(plans.values())})


def test_all_delays_of_a_current_balance_are_one_share() -> None:
    cells = [
        ("current", "current", 0.96),
        ("current", "1-30", 0.016),
        ("current", "31-60", 0.024),
        ("1-30", "current", 0.5),
    ]
    frame = pl.DataFrame(cells, schema=["from", "to", "rate"], orient="row")
    text = BOOK_SENTENCES["roll_rates"](frame, EN)
    assert text.startswith("of the balance current at a month-end, 4% was late a month later;")
    assert "50% was current again and 0% was" in text


def test_the_most_frequent_number_of_installments_is_named_unless_there_are_two() -> None:
    sentence = BOOK_SENTENCES["sales_by_installments"]
    clear, tied = month_sales("installments", n3=4, n12=6), month_sales("installments", n3=6, n12=6)
    assert sentence(clear, EN) == "10 plans sold in October 2026; most often with 12 installments."
    assert sentence(tied, EN) == "12 plans sold in October 2026."


def test_the_share_of_a_country_is_rounded_once() -> None:
    sentence = BOOK_SENTENCES["sales_by_country"]
    assert sentence(month_sales("country", PT=23, ES=11), EN).startswith(
        "Portugal: 68% of the plans"
    )
    assert sentence(month_sales("country", PT=5, ES=5), EN) == "10 plans sold in October 2026."
    assert percent_text(23 / 34, EN) == "67.6%"


@pytest.mark.parametrize(
    ("months_since", "end"), [(0, "by the end of that month."), (3, "3 months later.")]
)
def test_what_was_collected_in_the_month_itself_is_not_zero_months_later(
    months_since: int, end: str
) -> None:
    cell = {"month": "2026-10", "months_since": months_since, "collected_rate": 0.286}
    text = BOOK_SENTENCES["cohorts"](pl.DataFrame([cell]), EN)
    assert text == f"of what was sold in October 2026, 29% had been collected {end}"


def test_a_sentence_has_neither_a_month_twice_nor_a_zero() -> None:
    plan = Plan(3, (paid(1, "15 Jan"),))
    of_month = chart_sentence("revenue_by_month", plan)
    assert of_month == "Received €100.00 in January 2026; nothing was returned."
    months = chart_sentence("revenue_by_month", Plan(3, monthly("Jan", "Feb")))
    assert months.endswith(" from January 2026 to February 2026; nothing was returned.")
    net = chart_sentence("net_by_month", plan)
    assert net.startswith("Your net of the payments kept: ")
    assert "estimated" not in net
