"""The buyers to write to first: the head of the recovery queue (docs/metrics.md §6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from smartinst.analytics.currency_order import in_currency_order, sums_by_currency
from smartinst.i18n.locales import Locale
from smartinst.report.news.sentences import amounts_text
from smartinst.report.recovery import GROUPS, with_reader_actions
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import columns, row_values
from smartinst.report.tables.notes import data_end_note
from smartinst.report.whatsapp import debtor_links, whatsapp_linker

if TYPE_CHECKING:
    from smartinst.report.book import Book

TOP: Final = 10
ACTION_LABELS: Final = {action: title for action, title, _ in GROUPS}
"""What to do → its words; what is not worth writing is in no list."""


def contact_queue_table(book: Book) -> Table | None:
    """The first ten of the queue: buyer, amount, delay, what to do, retry date and link.

    None if nobody is to be written to, and for a date before the last day of data: the queue is
    for the day of the report.
    """
    rows = _queue(book)
    if rows is None or not rows.height:
        return None
    locale, top_rows = book.locale, rows.head(TOP)
    links = debtor_links(top_rows, whatsapp_linker(book.settings, book.seller))
    top_rows = top_rows.with_columns(whatsapp=pl.Series(links, dtype=pl.String))
    table_columns = _columns(
        locale, has_retries=top_rows["retry_date"].null_count() < top_rows.height
    )
    table_columns = tuple(column for column in table_columns if column.name not in book.excluded)
    if "buyer" in book.excluded:
        table_columns = (*columns(("plan_id",), locale), *table_columns)
    return Table(
        "contacts",
        locale.gettext("Contact first"),
        table_columns,
        row_values(top_rows, tuple(column.name for column in table_columns)),
        caption=" ".join(
            filter(
                None,
                (
                    _caption(top_rows, rows, locale),
                    data_end_note(book.data_quality, book.as_of, locale),
                ),
            )
        ),
        role="contacts",
    )


def _queue(book: Book) -> pl.DataFrame | None:
    from smartinst.analytics.book.recovery.recovery_queue import recovery_queue

    tables, plans = book.loan_book, book.rows["plans"]
    data_through = book.data_quality.data_through_date
    if tables is None or (data_through and book.as_of < data_through):
        return None
    queue = recovery_queue(tables.unfiltered_book).of_plans(plans["plan_id"])
    rows = with_reader_actions(queue.rows)
    return in_currency_order(rows.filter(pl.col("action").is_in(list(ACTION_LABELS))), plans)


def _columns(locale: Locale, *, has_retries: bool) -> tuple[Column, ...]:
    names = ("buyer", "product", "currency", "overdue_minor", "days_past_due", "whatsapp")
    buyer, product, currency, overdue, days, whatsapp = columns(names, locale)
    labels = {name: locale.gettext(text) for name, text in ACTION_LABELS.items()}
    action = Column("action", locale.gettext("What to do"), labels=labels)
    retry = Column("retry_date", locale.gettext("Next charge"), "date")
    retries = (retry,) if has_retries else ()
    return (buyer, product, days, currency, overdue, action, *retries, whatsapp)


def _caption(top_rows: pl.DataFrame, rows: pl.DataFrame, locale: Locale) -> str:
    """`These 10 are X of Y overdue.`; empty if the table has all."""
    if top_rows.height == rows.height:
        return ""
    return locale.ngettext(
        "This {n} plan is {part} of {all} overdue.",
        "These {n} plans are {part} of {all} overdue.",
        top_rows.height,
        part=amounts_text(sums_by_currency(top_rows, "overdue_minor"), locale),
        all=amounts_text(sums_by_currency(rows, "overdue_minor"), locale),
    )
