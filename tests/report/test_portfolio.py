"""Key figures over all sellers open the portfolio and the operator's mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from smartinst.analytics.indicative import RATES, newest_of
from smartinst.analytics.portfolio import SUMS, rank_sellers
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.pages.mail.body import mail_body
from smartinst.pages.mail.content import MailContext
from smartinst.pages.reading.report import read_report
from smartinst.report.charts.book_charts import chart_spec, is_unmodified
from smartinst.report.mime_bundles import REPORT, TABLE
from smartinst.report.portfolio import Portfolio
from smartinst.report.table import Table
from tests.pages.test_compiler import notebook


def portfolio(tag: str, *rows: tuple[str, str | None, int, int, int]) -> Portfolio:
    """Sellers by (id, currency, live balance, overdue, PAR30), minor units; forty live plans."""
    blank = dict.fromkeys((*SUMS, *PLAN_STATUSES), 0) | {"plans": 50, "live_plans": 40}
    sums = [
        {
            **blank,
            "seller_id": seller_id,
            "currency": currency,
            "outstanding_minor": live,
            "overdue_minor": overdue,
        }
        | {"outstanding_par30_minor": par30}
        for seller_id, currency, live, overdue, par30 in rows
    ]
    names = {row[0]: row[0].title() for row in rows}
    frame = rank_sellers([pl.DataFrame(sums)] if sums else [])
    return Portfolio(date(2026, 10, 31), frame, Locale(tag), {}, names, "Portfolio", "portfolio")


ROWS = (
    ("acme", "EUR", 10_000, 3_000, 1_000),
    ("acme", "JPY", 900, 0, 0),
    ("loft", "EUR", 30_000, 1_000, 9_000),
)


def test_key_figures_are_the_sums_of_all_sellers_by_currency() -> None:
    content = portfolio("en", *ROWS).kpi()
    assert content["sentence"] == (
        "120 live plans. Live balance €400.00 and ¥900. Overdue €40.00. PAR30 EUR 25% and JPY 0%."
    )
    assert [
        (card["currency"], [item["minor"] for item in card["items"]])
        for card in content["currencies"]
    ] == [
        ("EUR", [40_000, 4_000, 10_000]),
        ("JPY", [900, 0, 0]),
    ]


def test_a_currency_of_few_plans_has_no_ratio() -> None:
    book = portfolio("en", *ROWS)
    is_yen = pl.col("currency") == "JPY"
    few = book.frame.with_columns(
        live_plans=pl.when(is_yen).then(29).otherwise("live_plans").cast(pl.Int64)
    )
    assert str(replace(book, frame=few).kpi()["sentence"]).endswith(
        "Overdue €40.00. PAR30 EUR 25%."
    )


def test_measures_have_the_earliest_day_of_sellers_with_plans_and_the_cover_the_latest() -> None:
    days = {"acme": date(2026, 10, 31), "loft": date(2026, 10, 6), "gone": date(2020, 1, 1)}
    dated = replace(portfolio("en", *ROWS), data_through=days)
    assert dated.measures()["data_through"] == "2026-10-06"
    assert dated.cover().bundle[REPORT]["data_through"] == "2026-10-31"


def test_without_plans_or_currency_there_are_no_amounts() -> None:
    assert portfolio("en").kpi()["currencies"] == []
    assert portfolio("en").kpi()["sentence"] == "0 live plans. Live balance 0. Overdue 0."
    assert portfolio("en", ("acme", None, 0, 0, 0)).kpi()["currencies"] == []


def test_the_chart_names_its_three_highest_shares_in_any_order_of_sellers() -> None:
    rows = (*ROWS, ("acme", "CHF", 100, 50, 40), ("loft", "CHF", 100, 20, 20))
    chart = portfolio("pt-BR", *rows).chart()
    assert chart.description == "Os mais altos: Acme · CHF 40%, Loft · EUR 30% e Loft · CHF 20%."
    assert is_unmodified(chart)
    assert chart_spec(chart) == chart.to_dict(validate=True)
    chart.data = pl.DataFrame({"label": ["Acme"], "par30": [0.5]})
    assert "'par30': 0.5" in str(chart_spec(chart))


@pytest.mark.parametrize(
    ("tag", "live"), [("en", "Live balance"), ("es", "Saldo vivo"), ("pt-BR", "Saldo em aberto")]
)
def test_the_operators_mail_begins_with_the_key_figures(
    tag: str, live: str, tmp_path: Path
) -> None:
    locale = Locale(tag)
    path = notebook(tmp_path, dict(portfolio(tag, *ROWS).cover().bundle), locale=tag)
    body = mail_body(read_report(path), locale, MailContext("Portfolio", "2026-11-01"))
    for text in (
        locale.money(40_000, "EUR"),
        locale.money(4_000, "EUR"),
        locale.money(10_000, "EUR"),
        live,
    ):
        assert text in unescape(body.html)
        assert text in body.text


def test_the_chart_has_the_thirty_highest_and_distinguishes_sellers_of_one_name() -> None:
    rows = [(f"s{n:02}", "EUR", 100, n, n) for n in range(40)]
    sellers = portfolio("en", ("a", "BRL", 100, 90, 90), ("a", "USD", 100, 0, 0), *rows)
    sellers.names["s39"] = sellers.names["s38"] = "Twin"  # type: ignore[index]
    labels = [bar["label"] for bar in sellers.chart().data.values]
    assert len(labels) == 30
    assert labels[:3] == ["A · BRL", "Twin (s39) · EUR", "Twin (s38) · EUR"]
    assert "A · USD" not in labels


def ranked(rows: tuple[tuple[str, str | None, int, int, int], ...], **fields: object) -> Table:
    bundle = replace(portfolio("en", *rows), **fields).ranking().bundle  # type: ignore[arg-type]
    return Table.from_json(bundle[TABLE])


def column(table: Table, name: str) -> list[object]:
    return [table.value(name, row) for row in table.rows]


def test_sellers_are_ranked_by_overdue_amount_in_the_indicative_currency() -> None:
    rates = newest_of(
        [pl.DataFrame([("JPY", "EUR", "0.006", date(2026, 10, 2))], RATES, orient="row")]
    )
    rows = (
        ("acme", "EUR", 10_000, 3_000, 1_000),
        ("loft", "JPY", 900_000, 10_000, 0),
        ("nube", "EUR", 30_000, 1_000, 9_000),
    )
    table = ranked(rows, conversions=rates)
    assert column(table, "seller") == ["Loft", "Acme", "Nube"]
    assert column(table, "overdue") == [6_000, 3_000, 1_000]
    assert set(column(table, "indicative_currency")) == {"EUR"}
    assert "indicative" in table.caption
    assert "1 JPY = 0.0060" in table.caption
    assert "Oct 2, 2026" in table.caption


def test_a_currency_without_a_rate_is_named_and_not_included() -> None:
    table = ranked((("acme", "EUR", 10_000, 3_000, 1_000), ("loft", "ZAR", 900, 500, 0)))
    assert column(table, "overdue") == [3_000, None]
    assert "Without a rate, not included: ZAR." in table.caption


def test_the_ranking_has_ratios_only_from_thirty_live_plans() -> None:
    few = portfolio("en", *ROWS)
    small = replace(few, frame=few.frame.with_columns(live_plans=pl.lit(10)))
    assert small.frame["live_plans"].sum() == 30  # acme has 20 in two currencies
    table = Table.from_json(small.ranking().bundle[TABLE])
    assert column(table, "debt_share") == [None, None]
    assert "No seller has enough live plans" in small.chart().bundle["text/plain"]
    assert column(ranked(ROWS), "debt_share") == [[0, 80], [0, 40]]


def test_the_ranking_has_the_last_data_mail_and_problem_of_each_seller() -> None:
    operations = {
        "acme": {"last_mail": "2026-10-26T10:00:00Z", "last_error": None},
        "loft": {"last_mail": None, "last_error": "weekly: held: data: no sales yet"},
    }
    days = {"acme": date(2026, 10, 30)}
    table = ranked(ROWS, operations=operations, data_through=days)
    assert column(table, "seller") == ["Acme", "Loft"]
    assert column(table, "last_mail") == ["2026-10-26", None]
    assert column(table, "last_error") == [None, "weekly: held: data: no sales yet"]
    assert column(table, "data_through") == ["2026-10-30", None]
