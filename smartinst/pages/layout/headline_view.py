"""The headline of a report in the reader's language: a sentence, and key figures by currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.column_widths import fit_to_page
from smartinst.pages.layout.sparkline import sparkline
from smartinst.pages.layout.table_view import (
    NO_VALUE,
    CellView,
    ColumnHead,
    TableView,
    change_text,
)
from smartinst.pages.reading.blocks import KeyFigures

MAX_CARDS: Final = 3
"""Maximum number of currencies for cards; with more, key figures are rows of a table."""


@dataclass(frozen=True)
class HeadlineView:
    """The headline: a sentence, and cards or a table of figures per currency."""

    sentence: str
    cards: tuple[dict[str, Any], ...]
    view: TableView | None
    net: tuple[CellView, ...]
    note: str = ""
    news: tuple[dict[str, Any], ...] = ()
    kind: str = "figures"


def view_headline(figures: KeyFigures, locale: Locale, *, paper: bool) -> HeadlineView:
    """The key figures as cards or as a table; for `paper`, the table is fitted to the sheet."""
    net = tuple(_net(amount, locale) for amount in figures.net)
    if len(figures.currencies) > MAX_CARDS:
        table = _currency_table(figures, locale)
        view = fit_to_page(table) if paper else table
        return HeadlineView(figures.sentence, (), view, net, figures.note, figures.news)
    cards = tuple(
        {
            "currency": card["currency"],
            "name": locale.currency(card["currency"]),
            "items": _items(card, locale),
        }
        for card in figures.currencies
    )
    return HeadlineView(figures.sentence, cards, None, net, figures.note, figures.news)


def _items(card: dict[str, Any], locale: Locale) -> list[dict[str, Any]]:
    return [_item(item, card["currency"], locale) for item in card["items"]]


def _item(item: dict[str, Any], currency: str, locale: Locale) -> dict[str, Any]:
    change = item.get("change_minor")
    tone = (item.get("tone") or "") if change else ""
    return {
        "name": item["name"],
        "label": item["label"],
        "text": _value(item, currency, locale),
        "change": change_text(change, currency, tone, locale) if change else "",
        "note": (item.get("note") or "") if change else "",
        "tone": tone,
        "below": item.get("below") or "",
        "is_zero": item.get("minor") == 0,
        "spark": sparkline(item.get("history") or ()),
    }


def _value(item: dict[str, Any], currency: str, locale: Locale) -> str:
    if item.get("minor") is not None:
        return locale.money(int(item["minor"]), currency)
    return locale.number(int(item["count"])) if item.get("count") is not None else NO_VALUE


def _currency_table(figures: KeyFigures, locale: Locale) -> TableView:
    """Currencies as rows, figures as columns."""
    labels = {item["name"]: item["label"] for card in figures.currencies for item in card["items"]}
    head = (
        ColumnHead("currency", locale.gettext("Currency"), "text"),
        *(ColumnHead(name, label, "money") for name, label in labels.items()),
    )
    rows = []
    for card in figures.currencies:
        amounts = {
            item["name"]: CellView(
                item["text"], "money", second_line=item["change"], tone=item["tone"]
            )
            for item in _items(card, locale)
        }
        cells = (amounts.get(name, CellView(NO_VALUE, "money")) for name in labels)
        rows.append((CellView(card["currency"]), *cells))
    return TableView("headline", "", "", "headline", head, tuple(rows))


def _net(amount: dict[str, Any], locale: Locale) -> CellView:
    currency = amount["currency"]
    text = locale.money(int(amount["minor"]), currency)
    estimated = int(amount.get("estimated_minor") or 0)
    about = locale.gettext("of which estimated: {amount}", amount=locale.money(estimated, currency))
    return CellView(text, "money", slug=currency, about=about if estimated else "")
