"""The `webhooks` command: receives the platform's events and folds them into the ledger."""

from __future__ import annotations

import click

from smartinst.commands.options import JSON, print_summary, say
from smartinst.settings import Settings, load_settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="the address to listen on")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0: any free"
)
@click.option(
    "--no-fold", is_flag=True, help="only receive; `smartinst webhooks --fold-once` folds"
)
@click.option(
    "--fold-once",
    is_flag=True,
    help="fold the waiting events of the inbox into the ledger and exit, for use from cron",
)
@click.option(
    "--again",
    is_flag=True,
    help="with --fold-once: fold every stored event, as after the loss of a ledger",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="the port of /metrics on 127.0.0.1; default: the next one, or any free one with --port 0",
)
@JSON
def webhooks(
    host: str,
    port: int,
    no_fold: bool,
    fold_once: bool,
    again: bool,
    metrics_port: int | None,
    as_json: bool,
) -> None:
    """Receives the platform's webhooks and folds them into the ledger; has /health, /metrics.

    The token of a seller is SMARTINST_HOTMART_<SELLER>_HOTTOK; while the seller changes it, the
    second one is …_HOTTOK_2. Tokens in files (…_HOTTOK_FILE, …_HOTTOK_2_FILE) are read again on
    SIGHUP; tokens in variables need a restart.
    """
    if no_fold and fold_once:
        raise click.UsageError("--no-fold and --fold-once exclude each other")
    if (as_json or again) and not fold_once:
        raise click.UsageError("--json and --again need --fold-once")
    settings = load_settings()
    if fold_once:
        _fold(settings, again, as_json)
        return
    from smartinst.intake.connection import current_instant
    from smartinst.intake.webhook_server import serve

    if metrics_port is None:
        metrics_port = port + 1 if 0 < port < 65535 else 0
    serve(
        settings,
        host,
        port,
        current_instant,
        not no_fold,
        metrics_port,
        _listening,
        lambda address: say(f"webhooks: metrics at {address}"),
    )


def _listening(address: str, has_tokens: bool) -> None:
    say(f"webhooks: listening on {address}")
    if not has_tokens:
        say(
            "webhooks: no seller has a token, so every event is answered with 401; "
            "set SMARTINST_HOTMART_<SELLER>_HOTTOK"
        )


def _fold(settings: Settings, again: bool, as_json: bool) -> None:
    from smartinst.database.engine import connected
    from smartinst.intake.connection import current_instant
    from smartinst.intake.fold import fold, prune, unfold
    from smartinst.ledger.presence import open_ledger

    with connected(settings.database) as engine:
        if again:
            unfold(engine)
        ledger = open_ledger(settings)
        summary = fold(engine, ledger, current_instant)
        prune(engine, ledger, current_instant(), settings.limits.keep_event_days)
    print_summary("folded", summary, as_json)
