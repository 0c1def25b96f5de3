"""The `ledger` commands: verification of the ledger's files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from smartinst.commands.options import JSON, fail_if, say, show
from smartinst.settings import load_settings

if TYPE_CHECKING:
    from smartinst.ledger.verification import TableState


@click.group()
def ledger() -> None:
    """The ledger's files: checks every one of them against its hash."""


@ledger.command("verify")
@click.option(
    "--adopt",
    is_flag=True,
    help="first give files of an earlier version a hash, by writing their rows again",
)
@JSON
def verify_files(adopt: bool, as_json: bool) -> None:
    """Checks that every file is there, with its size, hash and rows; exit 1 if one is not."""
    from smartinst.ledger.presence import ledger_state
    from smartinst.ledger.verification import adopt_ledger

    settings = load_settings()
    if adopt:
        adopt_ledger(settings.ledger)
    state = ledger_state(settings)
    if as_json:
        click.echo(json.dumps(state.document(), ensure_ascii=False))
    else:
        for table in state.tables:
            show(_table_line(table))
    for problem in state.problems:
        say(f"smartinst: {problem}")
    if state.unhashed_files:
        say(
            f"{state.unhashed_files} files of an earlier version have no hash; "
            "smartinst ledger verify --adopt gives them one"
        )
    fail_if(bool(state.problems))


def _table_line(table: TableState) -> str:
    if table.version < 0:
        return f"{table.table}: empty"
    return (
        f"{table.table}: commit {table.version}, {table.files} files, "
        f"{table.bytes} bytes, {table.rows} rows"
    )
