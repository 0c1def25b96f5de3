"""The `mail` commands: a test of the configured mail server."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from smartinst.addresses import validate_address
from smartinst.commands.options import ParameterError, fail_if, say
from smartinst.settings import load_settings


@click.group()
def mail() -> None:
    """Tests the configured mail server."""


@mail.command("test")
@click.argument("address")
def test_mail_server(address: str) -> None:
    """Sends one short message to ADDRESS and prints what the server answered."""
    from smartinst.delivery.transport.send_result import Sent
    from smartinst.delivery.trial_message import send_trial_message, transport_name

    try:
        validate_address(address)
    except ValueError as error:
        raise ParameterError(str(error)) from error
    settings = load_settings()
    result = send_trial_message(settings, address, datetime.now(UTC))
    if isinstance(result, Sent):
        click.echo(f"{transport_name(settings)}: accepted: {result.answer or address}")
        return
    say(f"smartinst: {transport_name(settings)}: not sent: {result.reason}")
    fail_if(True)
