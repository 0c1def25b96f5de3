"""A complete message to one seller: headers that nobody can smuggle into, body, pictures, exactly the files asked for."""

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
TYPES: Final = {
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
    """The message of one delivery, to `seller.email` and nobody else, in the seller's language.

    `artifacts` are paths by format, `period` the nominal local time (`2026-11-02T07:00`), `message_id` has its angle
    brackets. `date` is the Date header, the period's instant when null. ConfigurationError names an address or link
    that cannot stand in a header; ReportError a file that is missing.
    """
    locale = Locale(seller.locale)
    files = _attached(artifacts, definition)
    unsubscribe = _unsubscribe(settings, seller)
    context = MailContext(
        _title(definition, locale),
        locale.date(period[:10], "long"),
        tuple(f.name for f in files),
        unsubscribe,
    )
    cid = f"{{name}}.{_checked_id(message_id)[1:-1]}"
    message = EmailMessage(policy=POLICY)
    message["From"] = sender(settings)
    message["To"] = address(seller.name, seller.email, where=f"seller {seller.id}: email")
    message["Subject"] = f"{context.title} · {context.period}"
    message["Date"] = format_datetime(
        date or datetime.fromisoformat(period).replace(tzinfo=seller.zone)
    )
    message["Message-ID"] = message_id
    message["Content-Language"] = seller.locale
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        if unsubscribe.startswith("https:"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    _fill(message, mail_body(read_report(executed), locale, context, cid, settings.templates))
    for file in files:
        maintype, subtype = TYPES[file.suffix]
        message.add_attachment(
            file.read_bytes(), maintype=maintype, subtype=subtype, filename=file.name
        )
    return message


def address(name: str, email: str, *, where: str) -> Address:
    """One address for a header; ConfigurationError for anything that is not exactly one."""
    local = email.rpartition("@")[0]
    try:
        domain = encode_domain(validate_address(email)).rpartition("@")[2]
        return Address(" ".join(name.split()), local, domain)
    except (ValueError, IndexError) as error:  # UnicodeError of a domain is a ValueError too
        raise ConfigurationError(f"{where}: {email!r}: {error}") from error


def sender(settings: Settings) -> Address:
    """The From of every message; ConfigurationError when `[mail] sender` is no address."""
    return address(*parseaddr(settings.mail.sender), where="[mail] sender")


def _title(definition: Definition, locale: Locale) -> str:
    return " ".join(locale.gettext(definition.title).split())


def _attached(artifacts: Mapping[str, Path], definition: Definition) -> list[Path]:
    """The files of `attach`, in its order."""
    delivery = definition.delivery
    wanted = delivery.attach if delivery else ()
    if missing := [kind for kind in wanted if kind not in artifacts]:
        raise ReportError(f"report {definition.name}: attach: no {missing[0]} among its artifacts")
    return [artifacts[kind] for kind in wanted]


def _unsubscribe(settings: Settings, seller: Seller) -> str | None:
    """The link of `[mail] unsubscribe`, `{seller}` in it replaced by the seller's id."""
    if not (given := settings.mail.unsubscribe):
        return None
    return given.replace("{seller}", quote(seller.id, safe=""))


def _checked_id(message_id: str) -> str:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"expected a Message-ID such as <…@…>, found {message_id!r}")
    return message_id


def _fill(message: EmailMessage, body: MailBody) -> None:
    """text/plain and text/html as alternatives, the pictures beside the HTML that shows them."""
    message.set_content(body.text)
    message.add_alternative(body.html, subtype="html")
    *_, page = message.iter_parts()
    for number, one in enumerate(body.pictures, 1):
        page.add_related(
            one.png,
            "image",
            "png",
            cid=f"<{one.name}>",
            disposition="inline",
            filename=f"chart-{number}.png",
        )
