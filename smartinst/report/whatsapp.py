"""The WhatsApp link of a plan, with a message in the buyer's language (docs/contracts.md §1).

A seller's own message for a language is in the workspace's `templates/whatsapp.<language>.txt`,
with the placeholders {buyer}, {product}, {seller} and {amount}; it is used if an overdue amount is
confirmed. If the buyer has no name, {buyer} is left out with the space and the comma before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, Final
from urllib.parse import quote

import phonenumbers
import polars as pl
from babel.core import get_global

from smartinst.errors import ConfigurationError
from smartinst.i18n.locales import N_, Locale, available_languages
from smartinst.report.reader_actions import reader_action
from smartinst.settings import Seller, Settings

MAX_NAME: Final = 80
MAX_TEMPLATE: Final = 2_000
PLACEHOLDERS: Final = ("buyer", "product", "seller", "amount")
_MOBILE: Final = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)

CONTACT: Final = N_("Hello {buyer}, this is {seller} about {product}.")
CONTACT_WITHOUT_NAME: Final = N_("Hello, this is {seller} about {product}.")
GREETING: Final = N_("Hello {buyer}, this is {seller}.")
GREETING_WITHOUT_NAME: Final = N_("Hello, this is {seller}.")
OFFERS: Final = {
    "change_card": N_("You can enter another card at consumer.hotmart.com. Can I help you?"),
    "pix_or_slip": N_(
        "Would you rather pay by Pix or boleto? Answer here and I will help you. You can also "
        "pay at consumer.hotmart.com."
    ),
    "other_payment": N_(
        "You can pay with another card at consumer.hotmart.com. If another day suits you "
        "better, tell me which."
    ),
    "ask": N_(
        "Did something go wrong? I am glad to help. You can also pay at consumer.hotmart.com."
    ),
    "retry": N_(
        "The card will be charged again on {date}. If you prefer, change it before then at "
        "consumer.hotmart.com. Can I help you?"
    ),
}
"""What to do for a row of the recovery queue (`reader_action`) → the end of the message."""

_MOST_DIGITS: Final = 5  # in a name; more are a phone number
_NO_NAMES: Final = frozenset(("none", "null", "undefined", "n/a", "nan"))
_ADDRESS: Final = re.compile(r"@|://|^www\.", re.I)
_BUYER_FIRST: Final = re.compile(r"(^|[.!?\n]\s*)\{buyer\}[\s,;:!]*(\w?)")
_BUYER: Final = re.compile(r"[\s,]*\{buyer\}")


def language_of(country: str | None, default: str) -> str:
    """The locale of a country's most spoken language; `default` if it has no catalogue."""
    likely = get_global("likely_subtags").get(f"und_{country}", "") if country else ""
    language = likely.split("_")[0]
    locales = {locale.split("-")[0]: locale for locale in available_languages()}
    return locales.get(language, default)


def whatsapp_text(row: dict[str, Any], seller: Seller, settings: Settings) -> str:
    """The message of a row in the buyer's language; ConfigurationError for a bad template.

    It names what the card is charged for the confirmed overdue charges. A row of the recovery queue
    has an `action`, which the message offers.
    """
    locale = Locale(language_of(row["country"], seller.locale))
    names = {
        "buyer": _shortened(row["buyer"]),
        "product": _shortened(row["product"]) or locale.gettext("your purchase"),
        "seller": _shortened(seller.name),
    }
    has_name = _is_name(names["buyer"])
    if not row["confirmed_minor"]:  # no reminder to a buyer who may have paid
        return locale.gettext(CONTACT if has_name else CONTACT_WITHOUT_NAME, **names)
    names["amount"] = locale.money(row["confirmed_charged_minor"], row["currency"])
    template = _template(settings.workspace / "templates" / f"whatsapp.{locale.tag}.txt")
    if template:
        return (template if has_name else _without_buyer(template)).format(**names)
    payments = row["overdue_installments"] - row["unconfirmed_installments"]
    greeting = locale.gettext(GREETING if has_name else GREETING_WITHOUT_NAME, **names)
    return f"{greeting} {_reminder(names, payments, locale)} {_offer(row, payments, locale)}"


def _reminder(names: dict[str, str], payments: int, locale: Locale) -> str:
    """What did not go through: one or several payments."""
    return locale.ngettext(
        "The payment of {amount} for {product} did not go through.",
        "The payments for {product}, {amount} in total, did not go through.",
        payments,
        **names,
    )


def _offer(row: dict[str, Any], payments: int, locale: Locale) -> str:
    """What the buyer can do: the row's action; without one, pay or change the card."""
    action = reader_action(row.get("action") or "", row["currency"])
    if action in OFFERS:
        day = locale.date(row["retry_date"]) if action == "retry" else ""
        return locale.gettext(OFFERS[action], date=day)
    return locale.ngettext(
        "You can pay it, or change the card, at consumer.hotmart.com. Can I help you?",
        "You can pay them, or change the card, at consumer.hotmart.com. Can I help you?",
        payments,
    )


def whatsapp_link(row: dict[str, Any], seller: Seller, settings: Settings) -> str | None:
    """`https://wa.me/<digits>?text=…` of a plan's row; None without a valid phone.

    Without a text if none of the debt is confirmed and an attempt's status is unknown.
    """
    if not row["phone"]:
        return None
    address = f"https://wa.me/{row['phone'].removeprefix('+')}"
    if is_debt_unconfirmed(row) and row["unknown_installments"]:
        return address
    return f"{address}?text={quote(whatsapp_text(row, seller, settings), safe='')}"


def is_debt_unconfirmed(row: dict[str, Any]) -> bool:
    """Whether a plan has debt, none of which is confirmed (docs/metrics.md §4)."""
    return bool(row["has_debt"]) and not row["confirmed_minor"]


def debtor_links(
    plans: pl.DataFrame, whatsapp: Callable[[dict[str, Any]], str | None]
) -> list[str | None]:
    """The link of each plan that has confirmed debt, else None."""
    return [
        whatsapp(plan) if plan["has_debt"] and plan["confirmed_minor"] else None
        for plan in plans.iter_rows(named=True)
    ]


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


def _is_name(text: str) -> bool:
    """Whether a text can be a person's name: no phone number, address, digits or punctuation."""
    if _ADDRESS.search(text) or text.strip("()").lower() in _NO_NAMES:
        return False
    has_letters = any(map(str.isalpha, text))
    return has_letters and sum(map(str.isdigit, text)) <= _MOST_DIGITS


def _without_buyer(template: str) -> str:
    """A message without {buyer}, and without the space and the comma that join it.

    A sentence that begins with {buyer} begins with its next word.
    """
    text = _BUYER_FIRST.sub(lambda match: match[1] + match[2].upper(), template)
    return _BUYER.sub("", text)
