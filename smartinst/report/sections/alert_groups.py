"""Alerts by kind: the plans, the amount, what to do, where, and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from smartinst.analytics.currency_order import currencies_of, sums_by_currency
from smartinst.i18n.locales import N_, Locale
from smartinst.report.table import Column, Table
from smartinst.report.tables.plans import ALERT_KINDS

if TYPE_CHECKING:
    from smartinst.report.book import Book

NAMES: Final = 3
"""Buyers that a group names."""

STEPS: Final = {
    "charged_twice_minor": (
        N_("Refund one of the two payments"),
        N_("in your Hotmart account, under Sales"),
        N_("this week"),
    ),
    "outstanding_minor": (
        N_("Ask the buyer for another card"),
        N_("the buyer changes it at consumer.hotmart.com"),
        N_("before the next due date"),
    ),
    "disputed_minor": (
        N_("Answer the buyer, or refund"),
        N_("in your Hotmart account, under Refunds"),
        N_("today"),
    ),
}
"""Amount of a kind of alert → what to do, where, and by when."""


def alert_group_table(book: Book) -> Table:
    """One row per kind of alert with plans; without buyers' names if the book is anonymous."""
    locale, plans = book.locale, book.rows["plans"]
    is_named = "buyer" not in book.excluded
    rows = [
        _row(plans.filter(rule), amount, text, locale, is_named=is_named)
        for rule, amount, text in ALERT_KINDS
    ]
    _ = locale.gettext
    columns = (
        Column("alert", _("Alert")),
        Column("plans", _("Plans"), "integer"),
        Column("amounts", _("Amount"), "amounts"),
        Column("buyers", _("Buyers") if is_named else _("Plan")),
        Column("step", _("What to do")),
        Column("place", _("Where")),
        Column("deadline", _("By when")),
    )
    return Table(
        "alerts", _("Alerts"), columns, tuple(row for row in rows if row[1]), role="alerts"
    )


def _row(
    plans: pl.DataFrame, amount: str, text: str, locale: Locale, *, is_named: bool
) -> tuple[Any, ...]:
    largest = plans.sort("currency", amount, descending=[False, True])
    sums = sums_by_currency(plans, amount)
    amounts = [(sums[code], code) for code in currencies_of(plans) if sums[code]]
    steps = (locale.gettext(step) for step in STEPS[amount])
    return (
        locale.gettext(text),
        plans.height,
        amounts,
        _names(largest["buyer" if is_named else "plan_id"].to_list(), locale),
        *steps,
    )


def _names(names: list[str | None], locale: Locale) -> str:
    """The first names, and the number of the others."""
    texts = [name or locale.gettext("no name") for name in names[:NAMES]]
    if omitted_count := len(names) - len(texts):
        texts.append(locale.ngettext("{n} more", "{n} more", omitted_count))
    return locale.join_words(texts)
