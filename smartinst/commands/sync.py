"""sync: the platform's sales into the ledger."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from smartinst.commands.options import JSON, SELLER, say
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
    type=click.Choice(["SMART_INSTALLMENT", "SMART_RECOVERY"]),
    default="SMART_INSTALLMENT",
    show_default=True,
    help="which plans are taken",
)
@click.option(
    "--again",
    is_flag=True,
    help="every window, as after the loss of a ledger; else those that may have changed",
)
@JSON
def sync(
    seller_id: str, since: datetime | None, billing_type: str, again: bool, as_json: bool
) -> None:
    """Pulls what the platform holds of a seller: windows of thirty days, those that may have changed."""
    from smartinst.database.engine import connect
    from smartinst.intake.connection import platform_of
    from smartinst.intake.sync import sync_seller

    settings = load_settings()
    seller = settings.find(seller_id)
    first = since.date() if since else settings.hotmart.since
    now = datetime.now(UTC)
    with platform_of(settings, seller.id) as platform:
        engine = connect(settings.database)
        try:
            with _progress(f"sync {seller.id}") as progress:
                done = sync_seller(
                    settings,
                    seller,
                    platform,
                    engine,
                    now,
                    since=first,
                    billing_type=billing_type,
                    progress=progress,
                    again=again,
                )
        finally:
            engine.dispose()
    _tell(done, seller.id, as_json, now.astimezone(seller.zone).date().isoformat())
    if done.failed:
        raise PlatformError(f"sync of {seller.id} is not complete: {done.failed}; run it again")


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's stderr, nothing elsewhere; the total is known with the first window."""
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = max(of, 1)
            bar.update(done - bar.pos)

        yield progress


def _tell(done: SyncResult, seller_id: str, as_json: bool, today: str) -> None:
    if as_json:
        click.echo(json.dumps(done.document(), ensure_ascii=False))
        return
    items = done.items
    click.echo(
        f"{seller_id}: {items.read} items in {done.windows} of {done.windows_due} windows: accepted {items.accepted}, "
        f"duplicates {items.duplicates}, ignored {items.ignored}, quarantined {items.quarantined}"
    )
    if done.data_through:
        say(
            f"data through {done.data_through}, today is {today}; the platform's feed lags up to 24 hours"
        )
    if done.recovery_plans:
        say(
            f"{done.recovery_plans} Smart Recovery plans were not taken: --billing-type SMART_RECOVERY pulls them"
        )
