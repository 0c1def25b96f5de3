"""The buyers to write to first: the head of the recovery queue (docs/metrics.md §6.3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import polars as pl

from smartinst.analytics.currency_order import in_currency_order, sums_by_currency
from smartinst.i18n.locales import N_, Locale, plural_message
from smartinst.report.mime_bundles import DisplayBundle, table_output, text_output
from smartinst.report.news.sentences import amounts_text
from smartinst.report.reader_actions import with_reader_actions
from smartinst.report.recovery import GROUPS
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import columns, row_values
from smartinst.report.tables.notes import data_end_note
from smartinst.report.tables.plans import contact_table
from smartinst.report.whatsapp import debtor_links, whatsapp_linker

TOP: Final = 10
ACTION_LABELS: Final = {action: title for action, title, _ in GROUPS}
"""What to do → its words; what is not worth writing is in no list."""


def contact_queue_table(book: Any) -> Table | None:
    """The first ten of the queue: buyer, amount, delay, what to do, retry date and link.

    None if nobody is to be written to, and for a date before the last day of data: the queue is
    for the day of the report.
    """
    rows = contact_queue(book)
    return _queue_table(book, rows) if rows is not None and rows.height else None


def _queue_table(book: Any, rows: pl.DataFrame, *, follows_filters: bool = False) -> Table:
    """The first ten rows of the queue, of which there are some.

    `follows_filters`: the page replaces the rows by those of the plans that pass, so the columns
    are those of all rows, and no caption adds up the first ten.
    """
    locale, top_rows = book.locale, rows.head(TOP)
    links = debtor_links(top_rows, whatsapp_linker(book.settings, book.seller))
    top_rows = top_rows.with_columns(whatsapp=pl.Series(links, dtype=pl.String))
    dates = (rows if follows_filters else top_rows)["retry_date"]
    table_columns = contact_columns(
        locale, has_retries=dates.null_count() < dates.len(), excluded=book.excluded
    )
    sums = () if follows_filters else (_caption(top_rows, rows, locale), _left_out_caption(book))
    return Table(
        "contacts",
        locale.gettext("Contact first"),
        table_columns,
        row_values(top_rows, tuple(column.name for column in table_columns)),
        caption=" ".join(
            filter(None, (*sums, data_end_note(book.data_quality, book.as_of, locale)))
        ),
        total_rows=rows.height if follows_filters else 0,
        role="contacts",
    )


def contact_queue(book: Any) -> pl.DataFrame | None:
    """The plans to write to in the order of the queue; `action` is a key of ACTION_LABELS.

    None for a date before the last day of data, and for a book without a loan book.
    """
    tables, plans = book.loan_book, book.rows["plans"]
    data_through = book.data_quality.data_through_date
    if tables is None or (data_through and book.as_of < data_through):
        return None
    rows = with_reader_actions(tables.queue.of_plans(plans["plan_id"]).rows)
    return in_currency_order(rows.filter(pl.col("action").is_in(list(ACTION_LABELS))), plans)


def contact_columns(
    locale: Locale, *, has_retries: bool, excluded: Collection[str]
) -> tuple[Column, ...]:
    """The columns of the queue; without the buyer, the plan's id comes first."""
    names = ("buyer", "product", "days_past_due", "currency", "overdue_minor")
    labels = {name: locale.gettext(text) for name, text in ACTION_LABELS.items()}
    action = Column("action", locale.gettext("What to do"), labels=labels)
    retry = Column("retry_date", locale.gettext("Next charge"), "date")
    retries = (retry,) if has_retries else ()
    queue_columns = (*columns(names, locale), action, *retries, *columns(("whatsapp",), locale))
    ids = columns(("plan_id",), locale) if "buyer" in excluded else ()
    return (*ids, *(column for column in queue_columns if column.name not in excluded))


def contacts_output(book: Any) -> DisplayBundle:
    """The first ten of the queue, which follow the filters of the page; a text if there are none.

    For a date without a queue, those of the plans with confirmed debt on that day.
    """
    table: Table | None
    rows = contact_queue(book)
    if rows is None:
        note = data_end_note(book.data_quality, book.as_of, book.locale)
        link = whatsapp_linker(book.settings, book.seller)
        table = contact_table(book.rows["plans"], book.locale, link, book.excluded, note)
        text = N_("No one to contact: there are no confirmed overdue installments.")
    else:
        table = _queue_table(book, rows, follows_filters=True) if rows.height else None
        text = N_("No one to write to today.")
    if table is None or not table.rows:
        return text_output(book.locale.gettext(text))
    return table_output(table, book.locale)


def _caption(top_rows: pl.DataFrame, rows: pl.DataFrame, locale: Locale) -> str:
    """`These 10 plans are X of the Y worth writing about.`; empty if the table has all."""
    if top_rows.height == rows.height:
        return ""
    return locale.ngettext(
        "This {n} plan is {part} of the {all} worth writing about.",
        "These {n} plans are {part} of the {all} worth writing about.",
        top_rows.height,
        part=amounts_text(sums_by_currency(top_rows, "overdue_minor"), locale),
        all=amounts_text(sums_by_currency(rows, "overdue_minor"), locale),
    )


def _left_out_caption(book: Any) -> str:
    """The confirmed debt of the book that its queue does not list."""
    from smartinst.analytics.book.recovery.queue_of_report import split_queue

    plans = book.rows["plans"]
    queue = book.loan_book.queue.of_plans(plans["plan_id"])
    _, left_out_plans = split_queue(queue, plans, book.as_of)
    debts = left_out_plans.join(plans, on="plan_id", how="left", validate="m:1")
    return left_out_text(in_currency_order(debts, plans), book.locale)


_LEFT_OUT: Final = {
    "retry_soon": plural_message(
        "{amounts} in {n} plan that the platform charges again within three days",
        "{amounts} in {n} plans that the platform charges again within three days",
    ),
    "suspended": plural_message(
        "{amounts} in {n} plan not charged any more until the buyer enters another card",
        "{amounts} in {n} plans not charged any more until the buyers enter another card",
    ),
    "not_worth": plural_message(
        "{amounts} in {n} plan for which a message would probably bring too little",
        "{amounts} in {n} plans for which a message would probably bring too little",
    ),
}
"""Why a plan with confirmed debt is not in the list."""


def left_out_text(plans: pl.DataFrame, locale: Locale) -> str:
    """The confirmed debt that the list does not have, by `reason`; empty if it has all."""
    parts = []
    for reason, message in _LEFT_OUT.items():
        rows = plans.filter(pl.col("reason") == reason)
        if rows.height:
            amounts = amounts_text(sums_by_currency(rows, "confirmed_minor"), locale)
            parts.append(locale.ngettext(*message, rows.height, amounts=amounts))
    return locale.gettext("Not listed: {reasons}.", reasons="; ".join(parts)) if parts else ""
