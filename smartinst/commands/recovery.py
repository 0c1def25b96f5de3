"""The `recovery` command: which buyers with debt to write to first (docs/metrics.md §6.3).

Heavy libraries are imported by the functions that need them.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import AS_OF, JSON, SELLER, day_of, filter_options, say, show
from smartinst.settings import Seller, Settings, load_settings

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
    from smartinst.actions.recovery import queue_rows
    from smartinst.analytics.book.recovery.recovery_queue import COLUMNS
    from smartinst.i18n.locales import Locale
    from smartinst.pages.csv_export import to_csv

    settings = load_settings()
    seller = settings.find(seller_id)
    queue = _queue(settings, seller, day_of(as_of, seller), where)
    rows = queue_rows(settings, seller, queue)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=date.isoformat))
        return
    if kind == "csv":
        click.echo(to_csv(rows, [*COLUMNS, "whatsapp"]).rstrip("\n"))
        return
    locale = Locale(seller.locale)
    for row in rows:
        show(_line(row, locale))
    say(_summary(queue, len(rows)))


def _queue(settings: Settings, seller: Seller, day: date, where: dict[str, Any]) -> RecoveryQueue:
    """The queue of the plans that pass the filters; its chances are those of all plans."""
    from smartinst.actions.recovery import seller_queue
    from smartinst.analytics.book.loan_book import book_of_sales
    from smartinst.analytics.sales import read_sales

    sales = read_sales(settings, seller, where)
    queue = seller_queue(settings, seller, book_of_sales(sales.unfiltered(), day))
    return queue.of_plans(sales.rows(day)["plans"]["plan_id"]) if sales.where else queue


def _line(row: dict[str, Any], locale: Locale) -> str:
    """One line of the table."""
    from smartinst.analytics.book.recovery.effect import HELD_OUT

    action = row["action"].replace("_", " ")
    if row["retry_date"] and row["action"] == "retry":
        action = f"retry on {row['retry_date']}"
    p = "–" if row["p"] is None else f"{row['p']:.0%}"
    cells = (
        f"{row['rank']:>4}",
        f"{row['plan_id']:<12}",
        f"{' '.join((row['buyer'] or '').split())[:28]:<28}",
        f"{locale.money(row['overdue_minor'], row['currency']):>18}",
        f"{row['days_past_due']:>4} d",
        f"{p:>5}",
        "held out" if row["arm"] == HELD_OUT else action,
    )
    return "  ".join(cells).rstrip()


def _summary(queue: RecoveryQueue, count: int) -> str:
    """What the order means: the effect of writing with its range, or the chance of payment."""
    if (effect := queue.effect) is None:
        return f"{count} plans; ranking by the chance of payment, not by the effect of writing"
    return (
        f"{count} plans; effect: {effect.contacted_share:.0%} paid after a message, "
        f"{effect.held_out_share:.0%} of those held out: {effect.difference:+.1%} "
        f"(80 % range {effect.lower_bound:+.1%} to {effect.upper_bound:+.1%})"
    )
