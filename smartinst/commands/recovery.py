"""The `recovery` command: which buyers with debt to write to first (docs/metrics.md §6.3).

Heavy libraries are imported by the functions that need them.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.data_end import say_data_end
from smartinst.commands.options import AS_OF, JSON, SELLER, day_of, filter_options, say, show
from smartinst.commands.text_table import text_table
from smartinst.settings import load_settings

if TYPE_CHECKING:
    from smartinst.analytics.book.recovery.recovery_queue import RecoveryQueue
    from smartinst.i18n.locales import Locale


@click.command()
@SELLER
@AS_OF
@click.option(
    "--format", "kind", type=click.Choice(["table", "csv"]), default="table", show_default=True
)
@JSON
@filter_options
def recovery(
    seller_id: str, as_of: datetime | None, kind: str, as_json: bool, where: dict[str, Any]
) -> None:
    """Prints the plans with debt, in the order in which writing to the buyer pays most."""
    import polars as pl

    from smartinst.actions.recovery import queue_rows, seller_queue
    from smartinst.analytics.book.loan_book import book_of_sales
    from smartinst.analytics.book.pool.other_sellers import read_pooled_sales
    from smartinst.analytics.book.recovery.recovery_queue import COLUMNS
    from smartinst.i18n.locales import Locale
    from smartinst.pages.csv_export import to_csv

    settings = load_settings()
    seller = settings.find(seller_id)
    sales, day = read_pooled_sales(settings, seller, where), day_of(as_of, seller)
    book = book_of_sales(sales.unfiltered(), day)
    queue, plans = seller_queue(settings, seller, book), book.plans
    if sales.where:
        plan_ids = sales.plans(day)["plan_id"]
        queue = queue.of_plans(plan_ids)
        plans = plans.filter(pl.col("plan_id").is_in(plan_ids.to_list()))
    unconfirmed = plans.filter("is_live", pl.col("unconfirmed_minor") > 0)
    say_data_end(book.horizon.data_through, day, unconfirmed.height)
    rows = queue_rows(settings, seller, queue)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=date.isoformat))
        return
    if kind == "csv":
        click.echo(to_csv(rows, [*COLUMNS, "whatsapp"]).rstrip("\n"))
        return
    show(_table(rows, Locale(seller.locale)))
    say(_summary(queue, len(rows)))


def _table(rows: list[dict[str, Any]], locale: Locale) -> str:
    """The rows of `recovery --format table`, in the seller's language."""
    from smartinst.report.loan_book.labels import what_to_do

    _ = locale.gettext
    headings = (
        *(_("No."), _("Plan"), _("Buyer"), _("Overdue"), _("Days past due")),
        *(_("Chance of payment"), _("What to do")),
    )
    cells = [
        (
            locale.number(row["rank"]),
            row["plan_id"],
            " ".join((row["buyer"] or "").split())[:28],
            locale.money(row["overdue_minor"], row["currency"]),
            locale.number(row["days_past_due"]),
            "–" if row["p"] is None else locale.percent(Decimal(str(row["p"]))),
            what_to_do(row, locale),
        )
        for row in rows
    ]
    return text_table(headings, cells, left_aligned=(1, 2, 6))


def _summary(queue: RecoveryQueue, count: int) -> str:
    """What the order means: the effect of writing with its range, or the chance of payment."""
    if (effect := queue.effect) is None:
        return f"{count} plans; ranking by the chance of payment, not by the effect of writing"
    return (
        f"{count} plans; effect: {effect.contacted_share:.0%} paid after a message, "
        f"{effect.held_out_share:.0%} of those held out: {effect.difference:+.1%} "
        f"(80 % range {effect.lower_bound:+.1%} to {effect.upper_bound:+.1%})"
    )
