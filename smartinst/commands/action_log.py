"""The commands of `act` for the log of actions: log, verify, resolve."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import JSON, print_rows, show
from smartinst.errors import SmartinstError
from smartinst.settings import Settings, load_settings

if TYPE_CHECKING:
    from smartinst.actions.log import ActionLog


@contextmanager
def open_log(settings: Settings) -> Iterator[ActionLog]:
    """The log of actions in the configured database."""
    from smartinst.actions.anchor import Anchor
    from smartinst.actions.log import ActionLog
    from smartinst.database.engine import connected

    with connected(settings.database) as engine:
        yield ActionLog(engine, Anchor(settings.home))


@click.command("log")
@JSON
def show_log(as_json: bool) -> None:
    """Lists every call to the platform, oldest first."""
    with open_log(load_settings()) as log:
        calls = log.calls()
    print_rows(calls, _call_lines, as_json, "calls")


def _call_lines(call: dict[str, Any]) -> str:
    return (
        f"{call['requested_at']}  {call['seller_id']}  {call['kind']}  "
        f"{call['transaction'] or call['plan_id']}  {call['state']}  {call['detail']}\n"
        f"    id {call['id']}"
    )


@click.command()
@click.option(
    "--accept",
    is_flag=True,
    help="seal the log as it is, after you have compared it with the operator's mails",
)
def verify(accept: bool) -> None:
    """Checks by hashes and seal that no event of the log was changed, removed or cut off."""
    with open_log(load_settings()) as log:
        if accept:
            log.accept()
        broken_event, (count, seal) = log.first_broken_event(), log.head()
        tail_problem = log.tail_problem()
    if broken_event is not None:
        raise SmartinstError(
            f"the log of actions was altered: event {broken_event} was changed or removed"
        )
    if tail_problem is not None:
        raise SmartinstError(tail_problem)
    show(f"{count} events are intact; the last hash is {seal}")


@click.command()
@click.argument("call_id")
@click.argument("state", type=click.Choice(["done", "not_done"]))
@click.option("--note", required=True, help="how you know the outcome; recorded in the log")
def resolve(call_id: str, state: str, note: str) -> None:
    """Records the outcome of a call in doubt that you checked on the platform's own screen."""
    from smartinst.actions.call_states import resolve_call

    with open_log(load_settings()) as log:
        resolve_call(log, call_id, state, note, datetime.now(UTC))
    show(f"{call_id}: {state.replace('_', ' ')}")
