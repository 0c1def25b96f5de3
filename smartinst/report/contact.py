"""The WhatsApp link of a plan: a ready message in the buyer's language (DESIGN §1, "recover by WhatsApp")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from babel.core import get_global

from smartinst.locale import Locale, available

MAX_NAME = 80


def language_of(country: str | None, otherwise: str) -> str:
    """The locale most spoken in a country, where we speak it; else the seller's."""
    likely = get_global("likely_subtags").get(f"und_{country}", "") if country else ""
    language = likely.split("_")[0]
    spoken = {locale.split("-")[0]: locale for locale in available()}
    return spoken.get(language, otherwise)


def whatsapp_link(row: dict[str, Any], seller: str, locale: str) -> str | None:
    """`https://wa.me/<digits>?text=…` of a plan's row; null without a valid phone."""
    if not row["phone"]:
        return None
    words = Locale(language_of(row["country"], locale))
    return f"https://wa.me/{row['phone'].removeprefix('+')}?text={quote(_message(row, seller, words), safe='')}"


def linker(seller: str, locale: str) -> Callable[[dict[str, Any]], str | None]:
    """`whatsapp_link` with one seller's name and language."""
    return lambda row: whatsapp_link(row, seller, locale)


def _message(row: dict[str, Any], seller: str, words: Locale) -> str:
    _ = words.gettext
    names = {"buyer": _short(row["buyer"]), "product": _short(row["product"]), "seller": _short(seller)}
    if not row["confirmed_minor"]:  # nobody who may have paid is reminded
        return _("Hello {buyer}, this is {seller} about {product}.", **names)
    names["amount"] = words.money(row["confirmed_minor"], row["currency"])
    return _(
        "Hello {buyer}, this is {seller}. A payment of {amount} for {product} did not go through. "
        "You can pay it, or change the card, at consumer.hotmart.com. Can I help you?",
        **names,
    )


def _short(text: str | None) -> str:
    return " ".join((text or "").split())[:MAX_NAME]
