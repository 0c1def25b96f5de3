"""The key figures of the selected plans: their number, and a card of sums per currency."""

from __future__ import annotations

from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl

from smartinst.dashboard.selection import Selection
from smartinst.dashboard.templating import render_html
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
"""The parts of a total, to the minor unit: refunds without chargebacks, and the released amount by
reason (docs/metrics.md §4)."""
UNCONDITIONAL_AMOUNTS: Final = ("collected_minor", "overdue_minor", "to_receive_minor")
"""Amounts that are displayed even if they are 0; the others are details."""
SUBSETS: Final = {
    "collected_minor": ("disputed_minor", N_("Of which disputed")),
    "overdue_minor": ("unconfirmed_minor", N_("Of which unconfirmed")),
    "net_minor": ("estimated_minor", N_("Of which estimated")),
}
"""Amount → a part of it, displayed below unless it is 0; not added to the total."""
Line = dict[str, Any]


class KeyFigureCards:
    """The cards of the selected plans; a button displays the details, which are hidden first."""

    def __init__(self, locale: Locale) -> None:
        self._locale, self.html = locale, widgets.HTML()
        self.details_button = widgets.ToggleButton(
            description=locale.gettext("All amounts"), layout=widgets.Layout(width="auto")
        ).add_class("smartinst-details-button")
        self.details_button.observe(lambda change: self._show_details(change["new"]), names="value")
        self.widget = widgets.VBox([self.details_button, self.html]).add_class("smartinst-keys")

    def show(self, selection: Selection) -> None:
        """Displays the figures of a selection."""
        self.html.value = key_figures_html(selection, self._locale)

    def _show_details(self, is_visible: bool) -> None:
        change = self.widget.add_class if is_visible else self.widget.remove_class
        change("smartinst-all-amounts")


def key_figures_html(selection: Selection, locale: Locale) -> str:
    """HTML: the number of selected plans, and money per currency; net by commission currency."""
    count = int(selection.mask().sum() or 0)
    return render_html(
        "key_figures",
        locale,
        lang=locale.tag,
        count=count,
        count_text=locale.gettext(
            "{some} of {all} plans",
            some=locale.number(count),
            all=locale.number(selection.plans.height),
        ),
        cards=[*_currency_cards(selection, locale), *_net_cards(selection, locale)],
    )


def _currency_cards(selection: Selection, locale: Locale) -> list[dict[str, Any]]:
    cards = []
    for row in selection.fold("revenue").iter_rows(named=True):
        amounts = {**row, "returned_minor": row["refunded_minor"] - row["charged_back_minor"]}
        cards.append({"title": row["currency"] or "", "lines": _card_lines(amounts, locale)})
    return cards


def _card_lines(amounts: dict[str, Any], locale: Locale) -> list[Line]:
    """The lines of the parts that are not 0, and of the total."""
    currency = amounts["currency"] or ""
    lines = [
        line
        for name, label in AMOUNTS
        if amounts[name] or name in UNCONDITIONAL_AMOUNTS
        for line in _with_subset(
            amounts,
            name,
            locale.gettext(label),
            currency,
            locale,
            "" if name in UNCONDITIONAL_AMOUNTS else "detail",
        )
    ]
    total = amounts["total_minor"]
    label = locale.gettext("Total")
    return [*lines, amount_line(label, total, currency, "total_minor", locale, "total")]


def _net_cards(selection: Selection, locale: Locale) -> list[dict[str, Any]]:
    """One card with the net of every commission currency; no card if there is no net."""
    sums = (
        selection.fold("net")
        .group_by("commission_currency")
        .agg(pl.col("net_minor", "estimated_minor").sum())
        .sort("commission_currency")
    )
    lines = [
        line
        for row in sums.iter_rows(named=True)
        for line in _with_subset(
            row, "net_minor", row["commission_currency"], row["commission_currency"], locale
        )
    ]
    return [{"title": locale.gettext("Net"), "lines": lines}] if lines else []


def _with_subset(
    amounts: dict[str, Any], name: str, label: str, currency: str, locale: Locale, part: str = ""
) -> list[Line]:
    """The line of an amount, and that of its part below."""
    lines = [amount_line(label, amounts[name], currency, name, locale, part)]
    subset, subset_label = SUBSETS.get(name, ("", ""))
    if amounts.get(subset):
        text = locale.gettext(subset_label)
        lines.append(amount_line(text, amounts[subset], currency, subset, locale, "of-which"))
    return lines


def amount_line(
    label: str, minor: int, currency: str, figure: str, locale: Locale, part: str = ""
) -> Line:
    """One line of a card; `part`: "total", "of-which", "detail" or empty."""
    return {
        "label": label,
        "figure": figure,
        "currency": currency,
        "minor": minor,
        "text": locale.money(minor, currency),
        "part": part,
    }
