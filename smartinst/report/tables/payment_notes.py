"""Notes on accepted payments that are in no figure, or in one with another amount.

`lines` are those of `Reconciliation`: one row per part, billing type and currency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from smartinst.i18n.locales import Locale


def payment_notes(lines: pl.DataFrame, locale: Locale) -> Iterator[tuple[str, str]]:
    """What each note is about, and its sentence; empty if it does not apply."""
    _ = locale.gettext
    notes = (
        (_("Payments that name no charge"), "no_charge_minor", _no_charge),
        (_("Different prices"), "price_difference_minor", _price_differences),
        (_("Repeated payments"), "repeated_minor", _repeated),
        (_("Payments before the order"), "not_listed_minor", _not_listed),
        (_("Other sales"), "single_sale_minor", _single_sales),
    )
    for about, name, sentence in notes:
        part = _Part.of(lines, name, locale)
        yield about, sentence(part, locale) if part.count else ""


def amounts_of_part(lines: pl.DataFrame, part: str, locale: Locale) -> str:
    """The amounts of a part in all currencies, joined; empty if it has no payments."""
    sums = (
        lines.filter(pl.col("part") == part)
        .group_by("currency")
        .agg(pl.col("amount_minor").sum())
        .sort("currency")
    )
    return locale.join_words([locale.money(minor, unit) for unit, minor in sums.iter_rows()])


@dataclass(frozen=True)
class _Part:
    """The payments of one part: their number, the code of one, and the amounts as text."""

    count: int
    example: str
    amounts: str

    @classmethod
    def of(cls, lines: pl.DataFrame, name: str, locale: Locale) -> _Part:
        """The part of this name; its count is 0 if it has no payments."""
        rows = lines.filter(pl.col("part") == name)
        if rows.is_empty():
            return cls(0, "", "")
        amounts = amounts_of_part(lines, name, locale)
        return cls(int(rows["payments"].sum()), rows["example"][0], amounts)


def _no_charge(part: _Part, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} names no charge of its plan and fits none; it is in "
        "no figure.",
        "{n} payments (the first: {example}) of {amounts} in all name no charge of their plans "
        "and fit none; they are in no figure.",
        part.count,
        example=part.example,
        amounts=part.amounts,
    )


def _price_differences(part: _Part, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) differs from the price of its installment by {amounts}; the "
        "figures use that price.",
        "{n} payments (the first: {example}) differ from the prices of their installments by "
        "{amounts} in all; the figures use those prices.",
        part.count,
        example=part.example,
        amounts=part.amounts,
    )


def _repeated(part: _Part, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} repeats another; one of the two was returned to the "
        "buyer, and the figures have only one.",
        "{n} payments (the first: {example}) of {amounts} in all repeat others; one of each pair "
        "was returned to the buyer, and the figures have only one.",
        part.count,
        example=part.example,
        amounts=part.amounts,
    )


def _not_listed(part: _Part, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} was approved before the day of its order or of its "
        "plan's purchase; it counts from that day on.",
        "{n} payments (the first: {example}) of {amounts} in all were approved before the days of "
        "their orders or of their plans' purchases; they count from those days on.",
        part.count,
        example=part.example,
        amounts=part.amounts,
    )


def _single_sales(part: _Part, locale: Locale) -> str:
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} belongs to no plan: it is a sale of another kind, in "
        "no figure.",
        "{n} payments (the first: {example}) of {amounts} in all belong to no plan: they are "
        "sales of another kind, in no figure.",
        part.count,
        example=part.example,
        amounts=part.amounts,
    )
