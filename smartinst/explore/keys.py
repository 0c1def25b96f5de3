"""The key figures of what passes: one card a currency, and the plans."""

from __future__ import annotations

from html import escape
from typing import Final

import polars as pl

from smartinst.explore.view import View
from smartinst.locale import N_, Locale

AMOUNTS: Final = (
    ("collected_minor", N_("Collected")),
    ("overdue_minor", N_("Overdue")),
    ("to_receive_minor", N_("To receive")),
    ("refunded_minor", N_("Refunded")),
    ("released_minor", N_("Released")),
)


def key_figures(view: View, words: Locale) -> str:
    """HTML: plans that pass of all, and money per currency in full; net by commission currency."""
    kept = int(view.mask().sum() or 0)
    counts = words.gettext("{some} of {all} plans", some=words.number(kept), all=words.number(view.plans.height))
    cards = [f'<div class="smartinst-count" data-count="{kept}">{escape(counts)}</div>']
    for row in view.fold("revenue").iter_rows(named=True):
        currency = row["currency"] or ""
        cells = "".join(amount(words.gettext(label), row[name], currency, name, words) for name, label in AMOUNTS)
        cards.append(f'<div class="smartinst-card"><b>{escape(currency)}</b><dl>{cells}</dl></div>')
    nets = view.fold("net").group_by("commission_currency").agg(pl.col("net_minor").sum()).sort("commission_currency")
    cells = "".join(
        amount(one["commission_currency"], one["net_minor"], one["commission_currency"], "net_minor", words)
        for one in nets.iter_rows(named=True)
    )
    if cells:
        cards.append(f'<div class="smartinst-card"><b>{escape(words.gettext("Net"))}</b><dl>{cells}</dl></div>')
    return f'<div class="smartinst-keys">{"".join(cards)}</div>'


def amount(label: str, minor: int, currency: str, name: str, words: Locale) -> str:
    """HTML of one line of a card: money of a figure."""
    return (
        f'<dt>{escape(label)}</dt><dd data-figure="{name}" data-currency="{escape(currency)}" data-minor="{minor}">'
        f"{escape(words.money(minor, currency))}</dd>"
    )
