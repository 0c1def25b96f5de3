"""Long tables by currency on paper: a column a currency, counts added up, nothing that cannot be added."""

from __future__ import annotations

from typing import Any

import pytest

from smartinst.analytics.figures import BY_NAME
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.currency_pivot import CURRENCIES, crossed
from smartinst.pages.layout.print_tables import DETAIL, FIGURES, printed
from smartinst.pages.reading.blocks import Table
from smartinst.report.tables.figures import figure_table
from tests.support.builders import Attempt, Plan, monthly, rows

KEY, CURRENCY = {"name": "installments", "kind": "integer"}, {"name": "currency", "kind": "text"}
OVERDUE = {
    "name": "overdue_minor",
    "label": "Overdue",
    "kind": "money",
    "currency_column": "currency",
}
LIVE, DEBT = (
    {"name": name, "label": name, "kind": "integer"} for name in ("live_plans", "plans_with_debt")
)
SHARE = {
    "name": "debt_share",
    "kind": "percent",
    "numerator": "plans_with_debt",
    "denominator": "live_plans",
}
LOST = {"name": "lost_minor", "label": "Lost", "kind": "money", "currency_column": "currency"}
OF_AMOUNTS = SHARE | {
    "name": "overdue_share",
    "numerator": "overdue_minor",
    "denominator": "fallen_due_minor",
}
COLUMNS = (KEY, CURRENCY, LIVE, DEBT, OVERDUE, SHARE)
WORDS = Locale("en")


def table(
    rows: list[tuple[Any, ...]], columns: tuple[dict[str, Any], ...] = COLUMNS, **more: Any
) -> Table:
    figure = {"name": "debt_by_installments", "by": ["installments", "currency"]}
    whole = {
        "name": "t",
        "title": "T",
        "caption": "",
        "more": None,
        "figure": figure,
        "role": "figure",
        **more,
    }
    return Table(columns=columns, rows=tuple(rows), **whole)


def debts(currencies: tuple[str, ...], counts: range) -> list[tuple[Any, ...]]:
    return [
        (n, one, 4, n, 100 * n + at, [n, 4]) for n in counts for at, one in enumerate(currencies)
    ]


def test_amounts_stand_by_currency_and_counts_are_added_up() -> None:
    made = crossed(table(debts(("USD", "EUR", "JPY"), range(1, 5))), WORDS)
    assert [column["name"] for column in made.columns] == [
        *("installments", "EUR", "JPY", "USD", "live_plans", "plans_with_debt", "debt_share"),
    ]
    assert made.rows[0] == (1, 101, 102, 100, 12, 3, [3, 12])
    assert made.caption == "Overdue by currency"
    assert made.more == "All rows and figures are in the XLSX"


def test_a_sheet_writes_each_amount_in_its_own_currency_and_a_ratio_with_its_counts() -> None:
    row = printed(table(debts(("USD", "EUR", "JPY"), range(1, 5))), WORDS).rows[1]
    assert [cell.text for cell in row] == ["2", "€2.01", "JPY\xa0202", "US$2.00", "6 ÷ 12 = 50%"]


def test_what_is_overdue_stays_beside_what_is_lost_with_every_amount_of_every_currency() -> None:
    rows = [
        (*row, 0 if row[1] == "EUR" else 7 * row[0])
        for row in debts(("USD", "EUR", "JPY"), range(1, 5))
    ]
    made = printed(table([*rows[:-1], (*rows[-1][:4], 0, rows[-1][5], 0)], (*COLUMNS, LOST)), WORDS)
    assert [head.name for head in made.head] == [
        "installments",
        "overdue_minor",
        "lost_minor",
        "debt_share",
    ]
    assert [cell.text for cell in made.rows[0]] == [
        *("1", "€1.01 · JPY\xa0102 · US$1.00", "JPY\xa07 · US$0.07", "3 ÷ 12 = 25%"),
    ]
    assert [cell.text for cell in made.rows[3]] == [
        "4",
        "€4.01 · US$4.00",
        "US$0.28",
        "12 ÷ 12 = 100%",
    ]
    assert made.more == ""
    cut = crossed(
        table(rows[:-1], (*COLUMNS, LOST), total_rows=40, sort=(("installments", "asc"),)), WORDS
    )
    assert ([row[0] for row in cut.rows], cut.more) == (
        [1, 2, 3],
        "All rows and figures are in the XLSX",
    )


def test_plans_without_debt_count_among_those_that_live_and_what_was_lost_stays_where_nothing_is_overdue() -> (
    None
):
    first = Attempt(1, "15 Jan", "15 Jan")
    plans = (
        Plan(6, (first,), plan_id="1"),
        Plan(6, monthly("Jan", "Feb", "Mar", "Apr", currency="USD"), plan_id="2"),
        Plan(3, (first, Attempt(2, "15 Feb")), canceled="19 Apr", plan_id="3"),
    )
    made = figure_table(BY_NAME["debt_by_installments"], rows(plans), WORDS)
    told = {(row[0], row[1]): row[2:6] for row in made.rows}
    assert told == {
        (3, "EUR"): [0, 0, 0, 20_000],
        (6, "EUR"): [1, 1, 30_000, 0],
        (6, "USD"): [1, 0, 0, 0],
    }


def test_twelve_currencies_are_listed_too() -> None:
    rows = [
        (*row, 0) for row in debts(tuple(f"A{chr(65 + at)}A" for at in range(12)), range(1, 13))
    ]
    made = printed(table(rows, (*COLUMNS, LOST)), WORDS, 40)
    assert [len(row[1].text.split(" · ")) for row in made.rows] == [12] * 12


def test_what_is_not_known_adds_nothing() -> None:
    known = debts(("USD", "EUR"), range(1, 9))
    rows = [(*row[:5], None if row[0] == 4 or row[1] == "USD" else row[5]) for row in known]
    shares = [row[-1] for row in crossed(table(rows), WORDS).rows]
    assert (shares[0], shares[3]) == ([1, 4], None)


def test_no_amount_at_all_is_a_dash() -> None:
    rows = [(*row[:4], 0, row[5], 0) for row in debts(("USD", "EUR", "JPY"), range(1, 5))]
    assert [cell.text for cell in printed(table(rows, (*COLUMNS, LOST)), WORDS).rows[0]][1:3] == [
        "–",
        "–",
    ]


def test_a_currency_without_a_row_has_a_dash_and_buckets_stand_in_their_order() -> None:
    figure = {"name": "aging", "by": ["currency", "installments"]}
    rows = [("1-30", "BRL", 1, 1, 5, [1, 1]), ("61-90", "BRL", 1, 1, 6, [1, 1])]
    rows += [
        (bucket, one, 1, 1, 5, [1, 1])
        for one in ("EUR", "USD")
        for bucket in ("31-60", "61-90", "91+")
    ]
    aging = table([*rows, ("31-60", "GBP", 1, 1, 7, [1, 1])], figure=figure)
    made = crossed(aging, WORDS)
    assert [row[0] for row in made.rows] == ["1-30", "31-60", "61-90", "91+"]
    assert made.rows[1][1:5] == (None, 5, 7, 5)
    assert [cell.text for cell in printed(aging, WORDS).rows[1]][1:5] == [
        "–",
        "€0.05",
        "£0.07",
        "US$0.05",
    ]


def test_months_keep_the_order_of_the_table_whichever_currency_has_them() -> None:
    months = [
        (10, "BRL"),
        (9, "BRL"),
        (9, "EUR"),
        (8, "EUR"),
        (7, "BRL"),
        (7, "EUR"),
        (6, "BRL"),
        (6, "EUR"),
        (5, "EUR"),
    ]
    rows = [(month, one, 1, 1, month, [1, 1]) for month, one in months]
    made = crossed(table(rows, sort=(("installments", "desc"),)), WORDS)
    assert [row[0] for row in made.rows] == [10, 9, 8, 7, 6, 5]


@pytest.mark.parametrize(
    "whole",
    [
        table(debts(("USD", "EUR"), range(1, 5))),
        table(debts(("USD",), range(1, 12))),
        table(debts(tuple(f"A{n}" for n in range(CURRENCIES + 1)), range(1, 5))),
        table(
            debts(("USD", "EUR"), range(1, 9)),
            figure={"by": ["product_id", "installments", "currency"]},
        ),
        table(debts(("USD", "EUR"), range(1, 9)), figure=None),
        table([(n, f"A{n % 4}", 1, 1, 1, [1, 1]) for n in range(20)]),
        table([*debts(("USD", "EUR", "JPY"), range(1, 5)), (5, None, 1, 1, None, [1, 1])]),
        table(
            [(*row, 1, [row[4], 9]) for row in debts(("USD", "EUR", "JPY"), range(1, 5))],
            (*COLUMNS, LOST, OF_AMOUNTS),
        ),
        table(
            debts(("USD", "EUR", "JPY"), range(1, 5)), total_rows=40, sort=(("live_plans", "desc"),)
        ),
        table(debts(("USD", "EUR", "JPY"), range(1, 5)), nonzero=("plans_with_debt",)),
    ],
    ids=[
        *(
            "short",
            "one currency",
            "too many",
            "another key",
            "no figure",
            "no shorter",
            "a plan without a currency",
        ),
        *(
            "it tells what is lost, and a ratio of amounts",
            "cut in another order",
            "without the rows that have no debt",
        ),
    ],
)
def test_a_table_stays_as_it_is_where_crossing_does_not_help(whole: Table) -> None:
    assert crossed(whole, WORDS) is whole


def test_ratios_of_amounts_and_shares_of_a_currency_are_not_added_up() -> None:
    within = SHARE | {"name": "share", "within": ["currency"]}
    rows = [(*row, [row[4], 900], [1, 4]) for row in debts(("USD", "EUR"), range(1, 9))]
    made = crossed(table(rows, (*COLUMNS, OF_AMOUNTS, within)), WORDS)
    assert not {"overdue_share", "share"} & {column["name"] for column in made.columns}


def test_a_table_that_was_cut_loses_the_key_in_which_it_was_cut() -> None:
    rows = debts(("USD", "EUR", "JPY"), range(1, 6))[:-1]
    assert [
        row[0]
        for row in crossed(table(rows, total_rows=40, sort=(("installments", "asc"),)), WORDS).rows
    ] == [
        1,
        2,
        3,
        4,
    ]
    assert [row[0] for row in crossed(table(rows, total_rows=len(rows)), WORDS).rows] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_a_sheet_has_a_dozen_months_and_all_of_what_is_bounded() -> None:
    months = ({"name": "movement_month", "kind": "month"}, CURRENCY, LIVE)
    by = {"by": ["movement_month", "currency"]}
    one = printed(table([(f"20{n}-01", "USD", 1) for n in range(10, 40)], months, figure=by), WORDS)
    assert (len(one.rows), one.more) == (FIGURES, "and 18 more in the XLSX")
    two = printed(
        table(
            [(f"20{n // 2}-01", ("USD", "EUR")[n % 2], 1) for n in range(20, 80)], months, figure=by
        ),
        WORDS,
    )
    assert len(two.rows) == 2 * FIGURES
    assert (
        len(printed(table(debts(tuple(f"A{n}" for n in range(10)), range(1, 5))), WORDS).rows) == 40
    )
    assert (
        len(
            printed(
                table([("USD", 1)] * 30, (CURRENCY, LIVE), figure={"by": ["currency"]}), WORDS
            ).rows
        )
        == 30
    )
    assert (
        len(
            printed(
                table([("USD", 1)] * 30, (CURRENCY, LIVE), role="detail", figure=None), WORDS
            ).rows
        )
        == DETAIL
    )


def test_a_crossed_table_that_is_cut_for_want_of_pages_still_says_where_the_rest_is() -> None:
    made = printed(table(debts(("USD", "EUR", "JPY"), range(1, 12))), WORDS, 6)
    assert (len(made.rows), made.more) == (6, "All rows and figures are in the XLSX")
