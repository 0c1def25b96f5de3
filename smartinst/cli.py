"""The command line: its commands, and the exit codes of errors."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from smartinst.commands.act import act
from smartinst.commands.data import ingest, metrics, plans, quarantine
from smartinst.commands.deliveries import deliveries
from smartinst.commands.lab import lab, serve
from smartinst.commands.options import say
from smartinst.commands.reports import demo, doctor, render, run
from smartinst.commands.runs import runs
from smartinst.commands.schedule import schedule
from smartinst.commands.sync import sync
from smartinst.commands.webhooks import webhooks
from smartinst.errors import SmartinstError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smartinst")
def cli() -> None:
    """Smart installments: statuses, money and reports from the platform's own payloads."""


def main() -> NoReturn:
    """Entry point. Bad usage exits with 2; SmartinstError and machine faults with 1.

    These errors are one line on stderr. Any other exception is a bug and has a traceback.
    """
    try:
        code = cli.main(standalone_mode=False) or 0  # the code of ctx.exit or Exit
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = 130
    except SmartinstError as error:
        say(f"smartinst: {' '.join(str(error).split())}")
        code = 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:
        if (line := _machine_error(error)) is None:
            raise
        say(f"smartinst: {line}")
        code = 1
    sys.stdout.flush()
    sys.exit(code)


def _machine_error(error: Exception) -> str | None:
    """One line about an unusable file or database (read-only, full, missing); None otherwise."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if "sqlalchemy" in sys.modules:  # many commands do not load it
        from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

        if isinstance(error, DatabaseError) and not isinstance(
            error, (DataError, IntegrityError, ProgrammingError)
        ):
            return f"database: {' '.join(str(error.orig).split())}"
    return None


_DATA = (ingest, sync, webhooks, quarantine, plans, metrics)
_REPORTS = (run, render, schedule, deliveries, runs, demo, lab, serve)
for _command in (*_DATA, *_REPORTS, act, doctor):
    cli.add_command(_command)
