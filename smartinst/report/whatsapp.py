"""The WhatsApp link of a plan, with a message in the buyer's language (docs/contracts.md §1).

A seller's own message for a language is in the workspace's `templates/whatsapp.<language>.txt`,
with the placeholders {buyer}, {product}, {seller} and {amount}; it is used if an overdue amount is
confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, Final
from urllib.parse import quote

import phonenumbers
from babel.core import get_global

from smartinst.errors import ConfigurationError
from smartinst.i18n.locales import N_, Locale, available_languages
from smartinst.settings import Seller, Settings

MAX_NAME: Final = 80
MAX_TEMPLATE: Final = 2_000
PLACEHOLDERS: Final = ("buyer", "product", "seller", "amount")
_MOBILE: Final = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


def language_of(country: str | None, default: str) -> str:
    """The locale of a country's most spoken language; `default` if it has no catalogue."""
    likely = get_global("likely_subtags").get(f"und_{country}", "") if country else ""
    language = likely.split("_")[0]
    locales = {locale.split("-")[0]: locale for locale in available_languages()}
    return locales.get(language, default)


def whatsapp_text(row: dict[str, Any], seller: Seller, settings: Settings) -> str:
    """The message of a row in the buyer's language; ConfigurationError for a bad template."""
    locale = Locale(language_of(row["country"], seller.locale))
    names = {
        "buyer": _shortened(row["buyer"]),
        "product": _shortened(row["product"]),
        "seller": _shortened(seller.name),
    }
    if not row["confirmed_minor"]:  # no reminder to a buyer who may have paid
        return locale.gettext("Hello {buyer}, this is {seller} about {product}.", **names)
    names["amount"] = locale.money(row["confirmed_minor"], row["currency"])
    template = _template(settings.workspace / "templates" / f"whatsapp.{locale.tag}.txt")
    return template.format(**names) if template else locale.gettext(REMINDER, **names)


def whatsapp_link(row: dict[str, Any], seller: Seller, settings: Settings) -> str | None:
    """`https://wa.me/<digits>?text=…` of a plan's row; None without a valid phone."""
    if not row["phone"]:
        return None
    digits = row["phone"].removeprefix("+")
    return f"https://wa.me/{digits}?text={quote(whatsapp_text(row, seller, settings), safe='')}"


REMINDER: Final = N_(
    "Hello {buyer}, this is {seller}. A payment of {amount} for {product} did not go through. "
    "You can pay it, or change the card, at consumer.hotmart.com. Can I help you?"
)


def whatsapp_linker(settings: Settings, seller: Seller) -> Callable[[dict[str, Any]], str | None]:
    """A function from a plan's row to its link, for one seller."""
    return partial(whatsapp_link, seller=seller, settings=settings)


def mobile_link(row: dict[str, Any], seller: Seller, settings: Settings) -> str | None:
    """The link if the phone is a mobile; a landline has no WhatsApp."""
    if (
        not row["phone"]
        or phonenumbers.number_type(phonenumbers.parse(row["phone"])) not in _MOBILE
    ):
        return None
    return whatsapp_link(row, seller, settings)


@lru_cache(maxsize=32)
def _template(path: Path) -> str | None:
    """A seller's own message, None without one; ConfigurationError for an unknown placeholder."""
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
        placeholders = [
            part
            for _, part, form, conversion in Formatter().parse(text)
            if part is not None or form or conversion
        ]
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"templates/{path.name}: {error}") from error
    if unknown := [part for part in placeholders if part not in PLACEHOLDERS]:
        raise ConfigurationError(
            f"templates/{path.name}: {{{unknown[0]}}} is not a placeholder; "
            f"expected {', '.join(PLACEHOLDERS)}"
        )
    if len(text) > MAX_TEMPLATE:
        raise ConfigurationError(f"templates/{path.name}: more than {MAX_TEMPLATE} characters")
    return text or None


def _shortened(text: str | None) -> str:
    return " ".join((text or "").split())[:MAX_NAME]
