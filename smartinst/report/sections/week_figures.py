"""The five figures of a week, with those of the eleven weeks before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from smartinst.analytics.currency_order import currencies_of
from smartinst.i18n.locales import Locale
from smartinst.report.headline import due_within, key_item
from smartinst.report.table import Column, Table

if TYPE_CHECKING:
    from smartinst.report.book import Book
    from smartinst.report.loan_book.book_tables import LoanBookTables

WEEKS: Final = 12
DAYS_OF_WEEK: Final = 7
MONTH_AHEAD: Final = "30"


History = Sequence[int | None]


@dataclass(frozen=True)
class WeekFigures:
    """The figures by currency, in minor units; a history has WEEKS values, oldest first.

    sold_minor, received_minor, lost_minor  None for the weeks that begin after the last data
    overdue_minor   confirmed: on the date of the report, that of comparison, and weekly before
    plans_behind    plans with confirmed overdue charges, of the live plans
    expected_minor  lower, expected and upper amount within 30 days; no entry without a forecast
    """

    currencies: tuple[str, ...]
    sold_minor: Mapping[str, History]
    received_minor: Mapping[str, History]
    overdue_minor: Mapping[str, list[int]]
    lost_minor: Mapping[str, History]
    plans_behind: Mapping[str, int]
    live_plans: Mapping[str, int]
    expected_minor: Mapping[str, tuple[int, int, int]]
    due_minor: Mapping[str, int]


def week_figures(book: Book) -> WeekFigures:
    """The figures of a book; the histories of weeks end with the week of the report.

    The overdue history has the amounts on the date of comparison, weekly before it, and, last, on
    the date of the report.
    """
    plans, tables = book.rows["plans"], book.loan_book
    overdue = dict(_sums(plans, "confirmed_minor"))
    history = _earlier_overdue(tables, book.previous.as_of) if tables else {}
    last_day = book.period.end

    def weekly(frame: pl.DataFrame, day: str, column: str) -> dict[str, History]:
        sums = _weekly(frame, day, column, last_day)
        return _until_last_data(sums, last_day, book.data_quality.data_through_date)

    return WeekFigures(
        tuple(currencies_of(plans)),
        weekly(plans, "purchase_date", "sold_minor"),
        weekly(book.rows["movements"], "movement_date", "received_minor"),
        {code: [*history.get(code, []), minor] for code, minor in overdue.items()},
        weekly(plans, "end_date", "lost_minor"),
        dict(_sums(plans.filter(pl.col("confirmed_minor") > 0), "live_plans")),
        dict(_sums(plans, "live_plans")),
        expected_ranges(tables) if tables else {},
        due_within(book.charges, book.as_of, 30),
    )


def _sums(frame: pl.DataFrame, column: str) -> list[tuple[str, int]]:
    rows = frame.filter(pl.col("currency").is_not_null())
    return list(rows.group_by("currency").agg(pl.col(column).sum()).iter_rows())


def _weekly(frame: pl.DataFrame, day: str, column: str, last_day: date) -> dict[str, list[int]]:
    """Currency → sums of the weeks that end with `last_day`, oldest first."""
    weeks_ago = (pl.lit(last_day) - pl.col(day)).dt.total_days() // DAYS_OF_WEEK
    sums = (
        frame.filter(pl.col("currency").is_not_null(), weeks_ago.is_between(0, WEEKS - 1))
        .group_by("currency", weeks_ago.alias("week"))
        .agg(pl.col(column).sum())
    )
    series = {code: [0] * WEEKS for code in currencies_of(frame)}
    for code, week, minor in sums.iter_rows():
        series[code][WEEKS - 1 - week] = minor
    return series


def _until_last_data(
    series: Mapping[str, list[int]], last_day: date, data_through: date | None
) -> dict[str, History]:
    """The series without the weeks that begin after the last day of data: None instead."""
    missing_days = (last_day - data_through).days if data_through else 0
    missing_weeks = min(WEEKS, max(0, missing_days // DAYS_OF_WEEK))
    known_weeks = WEEKS - missing_weeks
    return {code: [*sums[:known_weeks], *[None] * missing_weeks] for code, sums in series.items()}


def _earlier_overdue(tables: LoanBookTables, last_day: date) -> dict[str, list[int]]:
    """Currency → confirmed overdue on `last_day` and weekly before it, WEEKS - 1 amounts in all."""
    from smartinst.analytics.book.balances import balances

    days = [last_day - timedelta(weeks=ago) for ago in reversed(range(WEEKS - 1))]
    confirmed = pl.col("overdue_minor") - pl.col("unconfirmed_minor")
    sums = (
        balances(tables.book, days)
        .filter(pl.col("currency").is_not_null())
        .group_by("currency", "day")
        .agg(confirmed.sum().alias("minor"))
    )
    series: dict[str, list[int]] = {}
    for code, day, minor in sums.iter_rows():
        series.setdefault(code, [0] * len(days))[days.index(day)] = minor
    return series


def expected_ranges(tables: LoanBookTables) -> dict[str, tuple[int, int, int]]:
    """Currency → lower, expected and upper amount within 30 days; empty without a forecast."""
    rows = tables.forecast.by_horizon
    if not rows.height:
        return {}
    rows = rows.filter(pl.col("horizon") == MONTH_AHEAD)
    columns = ("currency", "low_minor", "expected_minor", "high_minor")
    return {
        code: (lower, middle, upper)
        for code, lower, middle, upper in rows.select(columns).iter_rows()
    }


def week_key_figures(
    content: Mapping[str, Any], figures: WeekFigures, book: Book
) -> dict[str, Any]:
    """The content of the KPI output with the five figures of the main currency alone."""
    main = figures.currencies[0]
    card = {"currency": main, "items": _items(figures, main, book.locale)}
    return {**content, "currencies": [card], "net": content["net"]}


def _items(figures: WeekFigures, code: str, locale: Locale) -> list[dict[str, Any]]:
    _ = locale.gettext

    is_compared = _has_history(figures, code)

    def item(name: str, label: str, history: History, subtext: str = "") -> dict[str, Any]:
        earlier = history[-2] if is_compared and len(history) > 1 else None
        return key_item(name, label, history[-1], earlier, below=subtext, history=history)

    zeros = _zeros(figures.sold_minor)
    items = [
        item("sold", _("Sold"), figures.sold_minor.get(code, zeros)),
        item("received", _("Received"), figures.received_minor.get(code, zeros)),
        item(
            "overdue",
            _("Overdue"),
            figures.overdue_minor.get(code, [0]),
            behind_text(figures, code, locale),
        ),
        item("lost", _("Lost"), figures.lost_minor.get(code, zeros)),
    ]
    return [*items, expected_item(figures.expected_minor, figures.due_minor, code, locale)]


def _has_history(figures: WeekFigures, code: str) -> bool:
    """Whether the currency has an amount in an earlier week; if not, nothing is compared."""
    series = (figures.sold_minor, figures.received_minor, figures.overdue_minor, figures.lost_minor)
    return any(any(histories.get(code, [])[:-1]) for histories in series)


def _zeros(series: Mapping[str, History]) -> History:
    """The history of a currency without amounts, which has values for the same weeks."""
    amounts = next(iter(series.values()), [0] * WEEKS)
    return [None if value is None else 0 for value in amounts]


def expected_item(
    ranges_minor: Mapping[str, tuple[int, int, int]],
    due_minor: Mapping[str, int],
    code: str,
    locale: Locale,
) -> dict[str, Any]:
    """Expected within 30 days with its range; without a forecast, what falls due."""
    if code not in ranges_minor:
        return key_item("due_30", locale.gettext("Due in 30 days"), due_minor.get(code, 0))
    lower_minor, expected_minor, upper_minor = ranges_minor[code]
    label = locale.gettext("Expected in 30 days")
    text = range_text(lower_minor, upper_minor, code, locale)
    return key_item("expected", label, expected_minor, below=text)


def range_text(lower_minor: int, upper_minor: int, code: str, locale: Locale) -> str:
    """The range of a forecast: `R$ 1.000,00 – R$ 1.200,00`."""
    return f"{locale.money(lower_minor, code)} – {locale.money(upper_minor, code)}"


def behind_text(figures: WeekFigures, code: str, locale: Locale) -> str:
    """`6 of 48 plans, 13 %`; that no plan is behind, if so; empty without live plans."""
    plans_behind, live_plans = figures.plans_behind.get(code, 0), figures.live_plans.get(code, 0)
    if not live_plans:
        return ""
    if not plans_behind:
        return locale.gettext("no plan is behind")
    return locale.ngettext(
        "{n} of {live} plans, {share}",
        "{n} of {live} plans, {share}",
        plans_behind,
        live=locale.number(live_plans),
        share=locale.percent(plans_behind, live_plans),
    )


def other_currencies_table(figures: WeekFigures, locale: Locale) -> Table | None:
    """The five figures of the week in the other currencies; None if there are none."""
    _ = locale.gettext
    zeros = _zeros(figures.sold_minor)

    def money(name: str, label: str) -> Column:
        return Column(name, label, "money", "currency")

    rows = tuple(
        (
            code,
            figures.sold_minor.get(code, zeros)[-1],
            figures.received_minor.get(code, zeros)[-1],
            figures.overdue_minor.get(code, zeros)[-1],
            behind_text(figures, code, locale),
            figures.lost_minor.get(code, zeros)[-1],
            figures.expected_minor[code][1] if code in figures.expected_minor else None,
        )
        for code in figures.currencies[1:]
    )
    columns = (
        Column("currency", _("Currency")),
        money("sold_minor", _("Sold")),
        money("received_minor", _("Received")),
        money("overdue_minor", _("Overdue")),
        Column("behind", _("Plans behind")),
        money("lost_minor", _("Lost")),
        money("expected_minor", _("Expected in 30 days")),
    )
    return Table("other_currencies", _("Other currencies"), columns, rows) if rows else None
