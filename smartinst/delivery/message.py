"""The message to one seller: headers safe from injection, body, pictures and attachments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Final
from urllib.parse import quote

from smartinst.addresses import encode_domain, validate_address
from smartinst.errors import ConfigurationError, ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages.mail_body import MailBody, MailContext, mail_body
from smartinst.pages.reading.report import read_report
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
    unsubscribe = _unsubscribe_link(settings, seller)
    context = MailContext(
        " ".join(locale.gettext(definition.title).split()),
        locale.date(period[:10], "long"),
        tuple(file.name for file in files),
        unsubscribe,
    )
    cid = f"{{name}}.{_validate_message_id(message_id)[1:-1]}"
    message = new_message(
        settings,
        header_address(seller.name, seller.email, key=f"seller {seller.id}: email"),
        f"{context.title} · {context.period}",
        date or datetime.fromisoformat(period).replace(tzinfo=seller.zone),
        message_id,
    )
    message["Content-Language"] = seller.locale
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        if unsubscribe.startswith("https:"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    _add_body(message, mail_body(read_report(executed), locale, context, cid, settings.templates))
    for file in files:
        maintype, subtype = ATTACHMENT_TYPES[file.suffix]
        message.add_attachment(
            file.read_bytes(), maintype=maintype, subtype=subtype, filename=file.name
        )
    return message


def new_message(
    settings: Settings, to: Address, subject: str, date: datetime, message_id: str
) -> EmailMessage:
    """A message without a body; ConfigurationError if `[mail] sender` is not an address."""
    message = EmailMessage(policy=POLICY)
    message["From"] = header_address(*parseaddr(settings.mail.sender), key="[mail] sender")
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    return message


def header_address(name: str, email: str, *, key: str) -> Address:
    """An address for a header; ConfigurationError names `key` unless it is exactly one address."""
    local = email.rpartition("@")[0]
    try:
        domain = encode_domain(validate_address(email)).rpartition("@")[2]
        return Address(" ".join(name.split()), local, domain)
    except (ValueError, IndexError) as error:  # UnicodeError is a ValueError
        raise ConfigurationError(f"{key}: {email!r}: {error}") from error


def _attachments(artifacts: Mapping[str, Path], definition: Definition) -> list[Path]:
    """The files of the definition's `attach`, in its order."""
    delivery = definition.delivery
    formats = delivery.attach if delivery else ()
    if missing := [kind for kind in formats if kind not in artifacts]:
        raise ReportError(f"report {definition.name}: attach: no {missing[0]} among its artifacts")
    return [artifacts[kind] for kind in formats]


def _unsubscribe_link(settings: Settings, seller: Seller) -> str | None:
    """The link of `[mail] unsubscribe`, with `{seller}` replaced by the seller's id."""
    if not (template := settings.mail.unsubscribe):
        return None
    return template.replace("{seller}", quote(seller.id, safe=""))


def _validate_message_id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"expected a Message-ID such as <…@…>, found {message_id!r}")
    return message_id


def _add_body(message: EmailMessage, body: MailBody) -> None:
    """Adds text/plain and text/html as alternatives, and the pictures that the HTML shows."""
    message.set_content(body.text)
    message.add_alternative(body.html, subtype="html")
    *_, page = message.iter_parts()
    for number, picture in enumerate(body.pictures, 1):
        page.add_related(
            picture.png,
            "image",
            "png",
            cid=f"<{picture.name}>",
            disposition="inline",
            filename=f"chart-{number}.png",
        )
