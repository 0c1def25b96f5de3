"""The message to one seller: headers safe from injection, body, pictures and attachments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date as date_type
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from smartinst.addresses import Mailbox, parse_mailbox, validate_address
from smartinst.delivery.attachments import (
    file_links,
    named_attachments,
    omission_note,
    within_size,
)
from smartinst.delivery.executed_reports import report_at
from smartinst.delivery.headers import mailbox_header, text_header, token_header
from smartinst.errors import ConfigurationError
from smartinst.i18n.locales import Locale
from smartinst.pages.mail.body import MailBody, mail_body
from smartinst.pages.mail.content import MailContext
from smartinst.report.period import PeriodName, report_period
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
    unsubscribe = unsubscribe_link(settings, seller)
    files = named_attachments(artifacts, definition, seller.id, period, locale)
    attached, omitted = within_size(files, settings.mail.max_mb)
    context = MailContext(
        " ".join(locale.gettext(definition.title).split()),
        subject_period(definition.period, date_type.fromisoformat(period[:10]), locale),
        tuple(name for name, _ in attached),
        settings.mail.sender,
        reply_address(settings),
        tuple(omission_note(name, path, locale) for name, path in omitted),
        tuple(file_links(omitted, settings)),
        unsubscribe,
        definition.delivery is None or definition.delivery.buyers_in_body,
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
    for name, path in attached:
        maintype, subtype = ATTACHMENT_TYPES[path.suffix]
        message.add_attachment(path.read_bytes(), maintype=maintype, subtype=subtype, filename=name)
    message["Content-Language"] = seller.locale  # after the parts, which take over Content-* fields
    return message


def new_message(
    settings: Settings, to: Mailbox, subject: str, date: datetime, message_id: str
) -> EmailMessage:
    """A message without a body and without Content-Language."""
    message = EmailMessage(policy=POLICY)
    message["From"] = mailbox_header("From", parse_mailbox(settings.mail.sender))
    message["To"] = mailbox_header("To", to)
    message["Reply-To"] = mailbox_header("Reply-To", Mailbox("", reply_address(settings)))
    message["Subject"] = text_header("Subject", subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = token_header("Message-ID", message_id)
    message["Auto-Submitted"] = "auto-generated"
    return message


def subject_period(name: PeriodName | None, day: date_type, locale: Locale) -> str:
    """The period of a report as of a date, as its subject has it: a date, a week or a month."""
    match name:
        case "week":
            last_day = report_period("week", day).end
            return locale.gettext("week to {day}", day=locale.date(last_day, "long"))
        case "month":
            return locale.month(f"{report_period('month', day).end:%Y-%m}", "long")
    return locale.date(day, "long")


def reply_address(settings: Settings) -> str:
    """The address of replies: `[mail] reply_to`, or else the sender's."""
    return settings.mail.reply_to or parse_mailbox(settings.mail.sender).address


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
