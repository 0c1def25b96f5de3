"""The command line: every command, and what becomes of its errors."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from smartinst.commands.act import act
from smartinst.commands.data import ingest, metrics, plans, quarantine
from smartinst.commands.delivery import deliveries, runs, schedule
from smartinst.commands.lab import lab, serve
from smartinst.commands.options import say
from smartinst.commands.platform import sync
from smartinst.commands.receiver import webhooks
from smartinst.commands.reports import demo, doctor, render, run
from smartinst.errors import SmartinstError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smartinst")
def cli() -> None:
    """Smart installments: statuses, money and reports from the platform's own payloads."""


def main() -> NoReturn:
    """Entry point: a SmartinstError is one line on stderr and exit 1; bad usage exits 2; anything else is a bug."""
    try:
        code = cli.main(standalone_mode=False) or 0  # a command that ends with ctx.exit or Exit returns its code
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
    sys.stdout.flush()
    sys.exit(code)


_DATA = (ingest, sync, webhooks, quarantine, plans, metrics)
_REPORTS = (run, render, schedule, deliveries, runs, demo, lab, serve)
for _command in (*_DATA, *_REPORTS, act, doctor):
    cli.add_command(_command)
