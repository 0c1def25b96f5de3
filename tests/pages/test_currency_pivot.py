"""Long tables by currency on paper: a column a currency, and counts added up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartinst.analytics.figures import BY_NAME
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.currency_pivot import MAX_CURRENCIES, pivot_by_currency
from smartinst.pages.layout.print_tables import DETAIL_ROWS, FIGURE_KEYS, print_table
from smartinst.report.table import Column, Row, Table
from smartinst.report.tables.figures import TABLE_SPECS, figure_table
from tests.support.builders import Attempt, Plan, monthly, rows

CURRENCY = Column("currency", "Currency")
DEBT_COLUMNS = (
    Column("installments", "Installments", "integer"),
    CURRENCY,
    Column("live_plans", "Live plans", "integer"),
    Column("plans_with_debt", "Plans with debt", "integer"),
    Column("overdue_minor", "Overdue", "money", "currency"),
    Column("lost_minor", "Lost", "money", "currency"),
    Column("debt_share", "Share", "percent", numerator="plans_with_debt", denominator="live_plans"),
)
DEBT = {"name": "debt_by_installments", "by": ["installments", "currency"]}
REFUSAL_COLUMNS = (
    Column("help", "Remedy"),
    CURRENCY,
    Column("failed_charges", "Refused", "integer"),
    Column("failed_minor", "Amount refused", "money", "currency"),
    Column("cured_charges", "Paid since", "integer"),
    Column("cured_minor", "Amount paid since", "money", "currency"),
    Column(
        "cure_share", "Share", "percent", numerator="cured_charges", denominator="failed_charges"
    ),
)
REFUSALS = {"name": "refusals", "by": ["help", "currency"]}
LOCALE = Locale("en")


def debts(currencies: tuple[str, ...], counts: range, **options: Any) -> Table:
    """Debt by installments: two amounts, listed by currency on paper."""
    content: tuple[Row, ...] = tuple(
        (n, currency, 4, n, 100 * n + number, 0 if currency == "EUR" else 7 * n, [n, 4])
        for n in counts
        for number, currency in enumerate(currencies)
    )
    return Table("t", "T", DEBT_COLUMNS, content, figure=DEBT, **options)


def refusals(currencies: tuple[str, ...], counts: range, **options: Any) -> Table:
    """Refusals by remedy: the refused amount has a column a currency on paper."""
    content: tuple[Row, ...] = tuple(
        (f"help {n}", currency, 4, 100 * n + number, n, 50, [n, 4])
        for n in counts
        for number, currency in enumerate(currencies)
    )
    return Table("t", "T", REFUSAL_COLUMNS, content, figure=REFUSALS, **options)


def texts(table: Table, row: int) -> list[str]:
    return [cell.text for cell in print_table(table, LOCALE).rows[row]]


def test_an_amount_has_a_column_a_currency_and_counts_are_added_up() -> None:
    pivoted = pivot_by_currency(refusals(("USD", "EUR", "JPY"), range(1, 5)), LOCALE)
    assert [column.name for column in pivoted.columns] == [
        *("help", "EUR", "JPY", "USD", "failed_charges", "cured_charges", "cure_share"),
    ]
    assert pivoted.rows[0] == ("help 1", 101, 102, 100, 12, 3, [3, 12])
    assert pivoted.caption == "Amount refused by currency"


def test_a_sheet_writes_each_amount_in_its_own_currency_and_a_ratio_with_its_counts() -> None:
    table = refusals(("USD", "EUR", "JPY"), range(1, 5))
    assert texts(table, 1) == ["help 2", "€2.01", "¥202", "US$2.00", "6 of 12, 50%"]


def test_overdue_and_lost_amounts_are_both_listed_with_every_currency() -> None:
    table = debts(("USD", "EUR", "JPY"), range(1, 5))
    view = print_table(table, LOCALE)
    assert [head.name for head in view.head] == [
        *("installments", "overdue_minor", "lost_minor", "debt_share")
    ]
    assert texts(table, 0) == [
        *("1", "€1.01 · ¥102 · US$1.00", "¥7 · US$0.07", "3 of 12, 25%"),
    ]


def test_an_amount_of_zero_is_not_listed() -> None:
    table = debts(("USD", "EUR", "JPY"), range(1, 5))
    without_yen = (*table.rows[-1][:4], 0, 0, [4, 4])
    assert texts(replace(table, rows=(*table.rows[:-1], without_yen)), 3) == [
        *("4", "€4.01 · US$4.00", "US$0.28", "12 of 12, 100%"),
    ]


def test_a_row_without_any_amount_has_a_dash() -> None:
    table = debts(("USD", "EUR", "JPY"), range(1, 5))
    zeros = tuple((*row[:4], 0, 0, row[6]) for row in table.rows)
    assert texts(replace(table, rows=zeros), 0)[1:3] == ["–", "–"]


def test_live_plans_count_without_debt_and_a_lost_amount_stays_without_overdue() -> None:
    first_charge = Attempt(1, "15 Jan", "15 Jan")
    plans = (
        Plan(6, (first_charge,), plan_id="1"),
        Plan(6, monthly("Jan", "Feb", "Mar", "Apr", currency="USD"), plan_id="2"),
        Plan(3, (first_charge, Attempt(2, "15 Feb")), canceled="19 Apr", plan_id="3"),
    )
    table = figure_table(BY_NAME["debt_by_installments"], rows(plans), LOCALE)
    assert {row[:2]: row[2:6] for row in table.rows} == {
        (3, "EUR"): (0, 0, 0, 20_000),
        (6, "EUR"): (1, 1, 30_000, 0),
        (6, "USD"): (1, 0, 0, 0),
    }


def test_twelve_currencies_are_listed_too() -> None:
    table = debts(tuple(f"A{chr(65 + number)}A" for number in range(12)), range(1, 13))
    view = print_table(table, LOCALE, 40)
    assert [len(row[1].text.split(" · ")) for row in view.rows] == [12] * 12


def test_an_unknown_count_adds_nothing() -> None:
    table = refusals(("USD", "EUR"), range(1, 9))
    rows_with_unknowns = tuple(
        (*row[:6], None if row[0] == "help 4" or row[1] == "USD" else row[6]) for row in table.rows
    )
    shares = [
        row[-1] for row in pivot_by_currency(replace(table, rows=rows_with_unknowns), LOCALE).rows
    ]
    assert (shares[0], shares[3]) == ([1, 4], None)


def test_a_currency_without_a_row_has_a_dash_and_buckets_keep_their_order() -> None:
    columns = (
        CURRENCY,
        Column("bucket", "Days past due"),
        Column("overdue_minor", "Overdue", "money", "currency"),
        Column("overdue_charges", "Overdue installments", "integer"),
    )
    content = [("BRL", "1-30", 5, 1), ("BRL", "61-90", 6, 1)]
    content += [
        (currency, bucket, 5, 1)
        for currency in ("EUR", "USD")
        for bucket in ("31-60", "61-90", "91+")
    ]
    figure = {"name": "aging", "by": ["currency", "bucket"]}
    aging = Table("t", "T", columns, (*content, ("GBP", "31-60", 7, 1)), figure=figure)
    pivoted = pivot_by_currency(aging, LOCALE)
    assert [row[0] for row in pivoted.rows] == ["1-30", "31-60", "61-90", "91+"]
    assert pivoted.rows[1][1:5] == (None, 5, 7, 5)
    assert texts(aging, 1)[1:5] == ["–", "€0.05", "£0.07", "US$0.05"]


def test_keys_keep_the_order_of_the_table_in_any_currency() -> None:
    keys = [(10, "BRL"), (9, "BRL"), (9, "EUR"), (8, "EUR"), (7, "BRL"), (7, "EUR")]
    keys += [(6, "BRL"), (6, "EUR"), (5, "EUR")]
    content = tuple((n, currency, 1, 1, n, 0, [1, 1]) for n, currency in keys)
    table = Table("t", "T", DEBT_COLUMNS, content, figure=DEBT, sort=(("installments", "desc"),))
    assert [row[0] for row in pivot_by_currency(table, LOCALE).rows] == [10, 9, 8, 7, 6, 5]


LONG_TABLE = refusals(("USD", "EUR"), range(1, 9))


@pytest.mark.parametrize(
    "table",
    [
        refusals(("USD", "EUR"), range(1, 5)),
        refusals(("USD",), range(1, 12)),
        refusals(tuple(f"A{n}" for n in range(MAX_CURRENCIES + 1)), range(1, 5)),
        replace(LONG_TABLE, figure={"name": "own", "by": ["help", "currency"]}),
        replace(LONG_TABLE, figure=None),
        replace(
            LONG_TABLE,
            columns=LONG_TABLE.columns[:3],
            rows=tuple(row[:3] for row in LONG_TABLE.rows),
        ),
        replace(
            LONG_TABLE,
            rows=tuple((n, f"A{n % 6}", *row[2:]) for n, row in enumerate(LONG_TABLE.rows)),
        ),
        replace(LONG_TABLE, rows=(*LONG_TABLE.rows, ("wait", None, 1, None, 1, None, [1, 1]))),
        replace(LONG_TABLE, total_rows=40, sort=(("failed_charges", "desc"),)),
    ],
    ids=[
        *("short", "one currency", "too many currencies", "no declared pivot", "no figure"),
        *("without the amount", "no shorter", "a plan without a currency", "cut in another order"),
    ],
)
def test_a_table_is_unchanged_if_a_pivot_does_not_help(table: Table) -> None:
    assert pivot_by_currency(table, LOCALE) is table


@pytest.mark.parametrize("name", [name for name, spec in TABLE_SPECS.items() if spec.pivot])
def test_a_declared_pivot_has_the_sums_of_its_figure(name: str) -> None:
    spec, figure = TABLE_SPECS[name], BY_NAME[name]
    assert spec.pivot is not None and len(figure.by) == 2
    assert set(spec.pivot.amounts) <= {*figure.sums, *spec.differences}
    counts = {count for count in figure.sums if not count.endswith("_minor")}
    ratios = {
        ratio
        for ratio, parts in spec.ratios.items()
        if parts.within is None and {parts.numerator, parts.denominator} <= counts
    }
    assert set(spec.pivot.counts) == counts | ratios
    assert not spec.nonzero or set(figure.sums) <= set(spec.nonzero)


def test_a_cut_table_loses_the_key_at_which_it_was_cut() -> None:
    table = debts(("USD", "EUR", "JPY"), range(1, 6))
    cut = replace(table, rows=table.rows[:-1], sort=(("installments", "asc"),), total_rows=40)
    pivoted = pivot_by_currency(cut, LOCALE)
    assert [row[0] for row in pivoted.rows] == [1, 2, 3, 4]
    complete = pivot_by_currency(replace(cut, total_rows=len(cut.rows)), LOCALE)
    assert [row[0] for row in complete.rows] == [1, 2, 3, 4, 5]


MONTH_COLUMNS = (
    Column("movement_month", "Month", "month"),
    CURRENCY,
    Column("live_plans", "Live plans", "integer"),
)
BY_MONTH = {"by": ["movement_month", "currency"]}


def test_a_sheet_has_a_dozen_months_of_every_currency() -> None:
    months = tuple((f"20{n}-01", "USD", 1) for n in range(10, 40))
    view = print_table(Table("t", "T", MONTH_COLUMNS, months, figure=BY_MONTH), LOCALE)
    assert len(view.rows) == FIGURE_KEYS
    months = tuple((f"20{n // 2}-01", ("USD", "EUR")[n % 2], 1) for n in range(20, 80))
    view = print_table(Table("t", "T", MONTH_COLUMNS, months, figure=BY_MONTH), LOCALE)
    assert len(view.rows) == 2 * FIGURE_KEYS


def test_a_sheet_has_all_rows_of_bounded_keys_and_a_part_of_the_detail() -> None:
    table = refusals(tuple(f"A{n}" for n in range(10)), range(1, 5))
    assert len(print_table(table, LOCALE).rows) == 40
    table = Table("t", "T", MONTH_COLUMNS[1:], (("USD", 1),) * 30, figure={"by": ["currency"]})
    assert len(print_table(table, LOCALE).rows) == 30
    detail = replace(table, rows=table.rows * 2, figure=None, role="detail")
    assert len(print_table(detail, LOCALE).rows) == DETAIL_ROWS
