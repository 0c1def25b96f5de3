"""The command line: its commands, and the exit codes of errors."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final, NoReturn

import click

from smartinst.commands.lazy_group import CommandEntry, LazyGroup
from smartinst.errors import SmartinstError
from smartinst.machine_errors import machine_error
from smartinst.terminal import show_control_characters, visible_line

COMMANDS: Final = {
    "act": CommandEntry(
        "smartinst.commands.act",
        "Recovers or refunds real money: shows calls and amounts; sends them only with --yes.",
    ),
    "backup": CommandEntry(
        "smartinst.commands.archive",
        "Writes database, ledger and configuration as one archive; others may work meanwhile.",
    ),
    "deliveries": CommandEntry(
        "smartinst.commands.deliveries",
        "The delivery ledger: every message to send, and its result.",
    ),
    "demo": CommandEntry(
        "smartinst.commands.reports",
        "Runs reports on sample sales of three sellers, in ./var/demo.",
    ),
    "doctor": CommandEntry(
        "smartinst.commands.reports",
        "Checks libraries, fonts, ledger and configuration, and names remedies.",
    ),
    "erase": CommandEntry(
        "smartinst.commands.archive",
        "Removes a buyer's name, e-mail, phone and texts; money and statuses stay.",
    ),
    "ingest": CommandEntry(
        "smartinst.commands.data",
        "Reads files or folders of the platform's payloads into the ledger.",
    ),
    "lab": CommandEntry(
        "smartinst.commands.lab",
        "Opens JupyterLab on notebooks/explore.ipynb of the workspace, with a token, on 127.0.0.1.",
    ),
    "ledger": CommandEntry(
        "smartinst.commands.ledger",
        "The ledger's files: checks every one of them against its hash.",
    ),
    "loan-book": CommandEntry(
        "smartinst.commands.loan_book",
        "Prints the loan book: arrears, collection, cures, losses, and which offers lose money.",
    ),
    "mail": CommandEntry("smartinst.commands.mail", "Tests the configured mail server."),
    "metrics": CommandEntry(
        "smartinst.commands.data",
        "Prints every figure as a table: revenue, statuses, countries, products and delays.",
    ),
    "plans": CommandEntry(
        "smartinst.commands.data", "Prints one row per plan; the plans to contact come first."
    ),
    "preview": CommandEntry(
        "smartinst.commands.preview",
        "Writes mail and attachments of a report into a folder; sends and records nothing.",
    ),
    "quarantine": CommandEntry(
        "smartinst.commands.data",
        "Lists the rows that could not be read, with their file, position and reason.",
    ),
    "recovery": CommandEntry(
        "smartinst.commands.recovery",
        "Prints the plans with debt, in the order in which writing to the buyer pays most.",
    ),
    "render": CommandEntry(
        "smartinst.commands.reports", "Compiles an executed notebook again, without running it."
    ),
    "restore": CommandEntry(
        "smartinst.commands.archive",
        "Restores a backup into an empty home, which then sends and acts on nothing.",
    ),
    "run": CommandEntry(
        "smartinst.commands.reports",
        "Runs a report now: executes its notebook and writes its artifacts.",
    ),
    "runs": CommandEntry(
        "smartinst.commands.runs",
        "Scheduled runs: their parameters, artifacts, duration and errors.",
    ),
    "schedule": CommandEntry(
        "smartinst.commands.schedule",
        "Lists what is due, and runs and delivers it: once, or every minute.",
    ),
    "serve": CommandEntry(
        "smartinst.commands.lab",
        "Serves the explore notebook as a page by Voilà, with a token, on 127.0.0.1.",
    ),
    "sync": CommandEntry(
        "smartinst.commands.sync",
        "Pulls a seller's sales from the platform: the windows of 30 days that may have changed.",
    ),
    "webhooks": CommandEntry(
        "smartinst.commands.webhooks",
        "Receives the platform's webhooks and folds them into the ledger; has /health, /metrics.",
    ),
}
"""Name → command. The summary is the first sentence of the command's help; a test compares them."""


@click.group(
    cls=LazyGroup, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="smartinst")
def cli() -> None:
    """Smart installments: statuses, money and reports from the platform's own payloads."""


def main() -> NoReturn:
    """Entry point. Bad usage exits with 2; SmartinstError and machine faults with 1.

    These errors are one line on stderr. Any other exception is a bug and has a traceback.
    """
    show_control_characters()
    is_reported = True
    try:
        code = cli.main(standalone_mode=False) or 0  # the code of ctx.exit or Exit
        is_reported = False
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        click.echo("smartinst: interrupted", err=True)
        code = 130
    except SmartinstError as error:
        click.echo(f"smartinst: {visible_line(error)}", err=True)
        code = 1
    except BrokenPipeError:
        _discard_output()
        code = 1
    except Exception as error:
        if (line := machine_error(error, _data_folders())) is None:
            raise
        click.echo(f"smartinst: {visible_line(line)}", err=True)
        code = 1
    sys.exit(_flush(is_reported=is_reported) or code)


def _data_folders() -> tuple[Path, ...]:
    """The folders with data of the workspace, the home first; none if it is not configured."""
    from smartinst.settings import load_settings

    try:
        return load_settings().local_folders
    except (SmartinstError, OSError):
        return ()


def _flush(*, is_reported: bool) -> int:
    """Writes what is buffered; 1 if the reader of a pipe has gone, or the disk is full.

    A full disk is a line on stderr, unless an error of the command `is_reported` there already:
    what could not be written then is still buffered.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return 1
    except OSError as error:
        _discard_output()
        if not is_reported:
            click.echo(f"smartinst: the output cannot be written: {error.strerror}", err=True)
        return 1
    return 0


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
