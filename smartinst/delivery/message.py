"""The message to one seller: headers safe from injection, body, pictures and attachments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from smartinst.addresses import Mailbox, parse_mailbox, validate_address
from smartinst.delivery.executed_reports import report_at
from smartinst.delivery.headers import mailbox_header, text_header, token_header
from smartinst.errors import ConfigurationError, ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages.mail_body import MailBody, MailContext, mail_body
from smartinst.runs.definitions import Definition
from smartinst.settings import Seller, Settings

POLICY: Final = SMTP.clone(cte_type="7bit")
ATTACHMENT_TYPES: Final = {
    ".pdf": ("application", "pdf"),
    ".html": ("text", "html"),
    ".xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".ipynb": ("application", "x-ipynb+json"),
}
_MESSAGE_ID: Final = re.compile(r"<[!-;=?A-z]+@[!-;=?A-z]+>")


def compose(
    executed: Path,
    artifacts: Mapping[str, Path],
    seller: Seller,
    definition: Definition,
    period: str,
    message_id: str,
    settings: Settings,
    *,
    date: datetime | None = None,
) -> EmailMessage:
    """The message of one delivery, to `seller.email` only, in the seller's language.

    `artifacts` are paths by format, `period` is the nominal local time (`2026-11-02T07:00`),
    `message_id` includes its angle brackets, `date` is the Date header (None: the period's
    instant). ConfigurationError names an address that is invalid in a header; ReportError names a
    missing file.
    """
    locale = Locale(seller.locale)
    files = _attachments(artifacts, definition)
    unsubscribe = unsubscribe_link(settings, seller)
    context = MailContext(
        " ".join(locale.gettext(definition.title).split()),
        locale.date(period[:10], "long"),
        tuple(file.name for file in files),
        unsubscribe,
    )
    cid = f"{{name}}.{_validate_message_id(message_id)[1:-1]}"
    message = new_message(
        settings,
        _recipient_mailbox(seller),
        f"{context.title} · {context.period}",
        date or datetime.fromisoformat(period).replace(tzinfo=seller.zone),
        message_id,
    )
    if unsubscribe:
        message["List-Unsubscribe"] = token_header("List-Unsubscribe", f"<{unsubscribe}>")
        if unsubscribe.startswith("https:"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    body = mail_body(report_at(executed), locale, context, cid, settings.templates)
    _add_body(message, body, seller.locale)
    for file in files:
        maintype, subtype = ATTACHMENT_TYPES[file.suffix]
        message.add_attachment(
            file.read_bytes(), maintype=maintype, subtype=subtype, filename=file.name
        )
    message["Content-Language"] = seller.locale  # after the parts, which take over Content-* fields
    return message


def new_message(
    settings: Settings, to: Mailbox, subject: str, date: datetime, message_id: str
) -> EmailMessage:
    """A message without a body and without Content-Language."""
    message = EmailMessage(policy=POLICY)
    message["From"] = mailbox_header("From", parse_mailbox(settings.mail.sender))
    message["To"] = mailbox_header("To", to)
    message["Subject"] = text_header("Subject", subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = token_header("Message-ID", message_id)
    message["Auto-Submitted"] = "auto-generated"
    return message


def unsubscribe_link(settings: Settings, seller: Seller) -> str | None:
    """The link of `[mail] unsubscribe`, with `{seller}` replaced by the seller's id."""
    if not (template := settings.mail.unsubscribe):
        return None
    return template.replace("{seller}", quote(seller.id, safe=""))


def _recipient_mailbox(seller: Seller) -> Mailbox:
    """The seller's name and address; ConfigurationError unless it is exactly one address."""
    try:
        return Mailbox(seller.name, validate_address(seller.email))
    except ValueError as error:
        raise ConfigurationError(f"seller {seller.id}: email: {error}") from error


def _attachments(artifacts: Mapping[str, Path], definition: Definition) -> list[Path]:
    """The files of the definition's `attach`, in its order."""
    delivery = definition.delivery
    formats = delivery.attach if delivery else ()
    if missing := [kind for kind in formats if kind not in artifacts]:
        raise ReportError(f"report {definition.name}: attach: no {missing[0]} among its artifacts")
    return [artifacts[kind] for kind in formats]


def _validate_message_id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"expected a Message-ID such as <…@…>, found {message_id!r}")
    return message_id


def _add_body(message: EmailMessage, body: MailBody, language: str) -> None:
    """Adds text/plain and text/html as alternatives, and the pictures that the HTML shows."""
    fields = [f"Content-Language: {language}"]
    message.set_content(body.text, headers=fields)
    message.add_alternative(body.html, subtype="html", headers=fields)
    *_, page = message.iter_parts()
    for number, picture in enumerate(body.pictures, 1):
        page.add_related(
            picture.png,
            "image",
            "png",
            disposition="inline",
            filename=f"chart-{number}.png",
            headers=[token_header("Content-ID", f"<{picture.name}>")],
        )
