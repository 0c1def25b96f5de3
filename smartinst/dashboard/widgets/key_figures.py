"""The key figures of what passes: one card a currency, whose parts add up to its total, and the plans."""

from __future__ import annotations

from html import escape
from typing import Any, Final

import polars as pl

from smartinst.dashboard.selection import View
from smartinst.i18n.locales import N_, Locale

AMOUNTS: Final = (
    ("collected_minor", N_("Collected")),
    ("overdue_minor", N_("Overdue")),
    ("lost_minor", N_("Lost")),
    ("to_receive_minor", N_("To receive")),
    ("returned_minor", N_("Refunded")),
    ("charged_back_minor", N_("Charged back")),
    ("not_earned_minor", N_("Not earned")),
    ("forgiven_minor", N_("Forgiven")),
    ("not_activated_minor", N_("Not activated")),
)
"""The parts of a total, to the minor unit: refunded apart from charged back, released by its four reasons (docs/metrics.md §4)."""
ALWAYS: Final = ("collected_minor", "overdue_minor", "to_receive_minor")
"""What is shown where it is 0 too."""
OF_WHICH: Final = {
    "collected_minor": ("disputed_minor", N_("Of which disputed")),
    "overdue_minor": ("unconfirmed_minor", N_("Of which unconfirmed")),
    "net_minor": ("estimated_minor", N_("Of which estimated")),
}
"""Amount → what of it stands below it, where there is any; in no sum."""


def key_figures(view: View, locale: Locale) -> str:
    """HTML: plans that pass of all, and money per currency in full; net by commission currency."""
    kept = int(view.mask().sum() or 0)
    counts = locale.gettext(
        "{some} of {all} plans", some=locale.number(kept), all=locale.number(view.plans.height)
    )
    cards = [f'<div class="smartinst-count" data-count="{kept}">{escape(counts)}</div>']
    for row in view.fold("revenue").iter_rows(named=True):
        returned = row["refunded_minor"] - row["charged_back_minor"]
        cards.append(
            _card(row["currency"] or "", _parts({**row, "returned_minor": returned}, locale))
        )
    sums = (
        view.fold("net")
        .group_by("commission_currency")
        .agg(pl.col("net_minor", "estimated_minor").sum())
    )
    nets = sums.sort("commission_currency").to_dicts()
    if nets:
        cells = "".join(
            _with_part(one, "net_minor", one["commission_currency"], locale) for one in nets
        )
        cards.append(_card(locale.gettext("Net"), cells))
    return f'<div class="smartinst-key-figures" lang="{locale.tag}">{"".join(cards)}</div>'


def _card(title: str, cells: str) -> str:
    return f'<div class="smartinst-card"><b>{escape(title)}</b><dl>{cells}</dl></div>'


def _parts(row: dict[str, Any], locale: Locale) -> str:
    """The parts that are not 0 and, below them, the total that they add up to."""
    shown = [(name, label) for name, label in AMOUNTS if row[name] or name in ALWAYS]
    cells = "".join(_with_part(row, name, locale.gettext(label), locale) for name, label in shown)
    total = amount(
        locale.gettext("Total"),
        row["total_minor"],
        row["currency"] or "",
        "total_minor",
        locale,
        "total",
    )
    return cells + total


def _with_part(row: dict[str, Any], name: str, label: str, locale: Locale) -> str:
    """An amount, and what of it is set apart."""
    currency = row.get("commission_currency") or row.get("currency") or ""
    cells = amount(label, row[name], currency, name, locale)
    part, said = OF_WHICH.get(name, ("", ""))
    return cells + (
        amount(locale.gettext(said), row[part], currency, part, locale, "of-which")
        if row.get(part)
        else ""
    )


def amount(label: str, minor: int, currency: str, name: str, locale: Locale, kind: str = "") -> str:
    """HTML of one line of a card: money of a figure; `kind`: total, or within the line above."""
    look = f' class="smartinst-{kind}"' if kind else ""
    return (
        f'<dt{look}>{escape(label)}</dt><dd{look} data-figure="{name}" data-currency="{escape(currency)}" '
        f'data-minor="{minor}">{escape(locale.money(minor, currency))}</dd>'
    )
