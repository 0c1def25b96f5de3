"""The `deliveries` commands: the delivery ledger, and corrections by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from smartinst.commands.options import JSON, print_rows, show
from smartinst.settings import load_settings


@click.group()
def deliveries() -> None:
    """The delivery ledger: every message to send, and its result."""


@deliveries.command("list")
@JSON
def list_all_deliveries(as_json: bool) -> None:
    """Lists every delivery, oldest period first."""
    from smartinst.database.engine import connected
    from smartinst.delivery.delivery_ledger import LIST_COLUMNS, list_deliveries

    with connected(load_settings().database) as engine, engine.begin() as connection:
        rows = list_deliveries(connection)
    print_rows(
        rows,
        lambda row: "  ".join(str(row[name]) for name in LIST_COLUMNS),
        as_json,
        "deliveries",
    )


@deliveries.command("show")
@click.argument("delivery_id")
def show_delivery(delivery_id: str) -> None:
    """Prints one delivery with its files, reason and times, as JSON."""
    from smartinst.database.engine import connected
    from smartinst.delivery.delivery_ledger import find_delivery

    with connected(load_settings().database) as engine, engine.begin() as connection:
        row = find_delivery(connection, delivery_id)
    click.echo(json.dumps(row, ensure_ascii=False, indent=2))


@deliveries.command("retry")
@click.argument("delivery_id")
def retry_delivery(delivery_id: str) -> None:
    """Queues a held, refused, missed or waiting delivery; the next tick sends it."""
    from smartinst.database.engine import connected
    from smartinst.database.holds import require_released
    from smartinst.delivery.delivery_ledger import requeue

    with connected(load_settings().database) as engine, engine.begin() as connection:
        require_released(connection)
        requeue(connection, delivery_id, datetime.now(UTC))
    show(f"{delivery_id}: queued; smartinst schedule tick sends it")


@deliveries.command("resolve")
@click.argument("delivery_id")
@click.argument("outcome", type=click.Choice(["sent", "not_sent"]))
def resolve_doubt(delivery_id: str, outcome: str) -> None:
    """Records whether a delivery in doubt was sent, according to the mail server's log.

    not_sent queues it for the next tick.
    """
    from smartinst.database.engine import connected
    from smartinst.database.holds import require_released
    from smartinst.delivery.delivery_ledger import resolve_delivery

    with connected(load_settings().database) as engine, engine.begin() as connection:
        require_released(connection)
        resolve_delivery(connection, delivery_id, outcome, datetime.now(UTC))
    show(f"{delivery_id}: {outcome.replace('_', ' ')}")
