"""The `sync` command: pulls the platform's sales into the ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from smartinst.billing_types import PULLED_BILLING_TYPES
from smartinst.commands.options import JSON, SELLER, say, show
from smartinst.errors import PlatformError
from smartinst.settings import load_settings

if TYPE_CHECKING:
    from smartinst.intake.sync import SyncResult


@click.command()
@SELLER
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="first day; default: [hotmart] since"
)
@click.option(
    "--billing-type",
    type=click.Choice(PULLED_BILLING_TYPES),
    default="SMART_INSTALLMENT",
    show_default=True,
    help="type of the plans to pull",
)
@click.option(
    "--again",
    is_flag=True,
    help="pull every window, not only those that may have changed (after the loss of a ledger)",
)
@JSON
def sync(
    seller_id: str, since: datetime | None, billing_type: str, again: bool, as_json: bool
) -> None:
    """Pulls a seller's sales from the platform: the windows of 30 days that may have changed."""
    from smartinst.database.engine import connected
    from smartinst.intake.connection import platform_of
    from smartinst.intake.sync import SyncOptions, sync_seller
    from smartinst.ledger.presence import begin_ledger

    settings = load_settings()
    seller = settings.find(seller_id)
    options = SyncOptions(billing_type, since.date() if since else settings.hotmart.since, again)
    now = datetime.now(UTC)
    ledger, notice = begin_ledger(settings)
    if notice:
        say(notice)
    with (
        platform_of(settings, seller.id) as platform,
        connected(settings.database) as engine,
        _progress(f"sync {seller.id}") as progress,
    ):
        result = sync_seller(ledger, seller, platform, engine, now, options, progress)
    _print_result(result, seller.id, as_json, now.astimezone(seller.zone).date())
    if result.error:
        raise PlatformError(f"sync of {seller.id} is not complete: {result.error}; run it again")


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr if it is a terminal; its length is set with the first window."""
    with click.progressbar(length=1, label=label, file=sys.__stderr__) as bar:

        def progress(windows: int, windows_due: int) -> None:
            bar.length = max(windows_due, 1)
            bar.update(windows - bar.pos)

        yield progress


def _print_result(result: SyncResult, seller_id: str, as_json: bool, today: date) -> None:
    if as_json:
        click.echo(json.dumps(result.document(), ensure_ascii=False))
        return
    items = result.items
    show(
        f"{seller_id}: {items.read} items in {result.windows} of {result.windows_due} windows: "
        f"accepted {items.accepted}, duplicates {items.duplicates}, ignored {items.ignored}, "
        f"quarantined {items.quarantined}"
    )
    if result.data_through:
        say(
            f"data through {result.data_through}, today is {today}; "
            "the platform's feed lags up to 24 hours"
        )
    if result.recovery_plans:
        say(
            f"{result.recovery_plans} Smart Recovery plans were not pulled; "
            "use --billing-type SMART_RECOVERY to pull them"
        )
