"""A short message that tests the configured mail server; the delivery ledger is not changed."""

from __future__ import annotations

from datetime import datetime

from smartinst.addresses import Mailbox, parse_mailbox
from smartinst.delivery.delivery_ledger import new_message_id
from smartinst.delivery.message import new_message
from smartinst.delivery.transport.folder import open_transport
from smartinst.delivery.transport.send_result import SendResult
from smartinst.delivery.transport.verified_message import ExpectedHeaders, verify_message
from smartinst.settings import Settings


def send_trial_message(settings: Settings, address: str, now: datetime) -> SendResult:
    """Sends one short message in English to an address, and returns the server's result."""
    message_id = new_message_id(settings.mail.sender)
    message = new_message(
        settings, Mailbox("", address), "smartinst: test message", now, message_id
    )
    text = f"This message tests the mail server of smartinst: {transport_name(settings)}.\n"
    message.set_content(text, headers=["Content-Language: en"])
    headers = ExpectedHeaders(parse_mailbox(settings.mail.sender), address, message_id, "en")
    with open_transport(settings) as transport:
        return transport.send(verify_message(message, headers))


def transport_name(settings: Settings) -> str:
    """The mail server, or the folder, that messages go to."""
    if settings.delivery.to == "folder":
        return str(settings.home / settings.delivery.folder)
    return f"{settings.mail.host}:{settings.mail.port}, security {settings.mail.security}"
