"""Notes on accepted payments that are in no figure, or in one with another amount.

`lines` are those of `Reconciliation`: one row per part, billing type and currency.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from smartinst.i18n.locales import Locale


def payment_notes(lines: pl.DataFrame, locale: Locale) -> Iterator[tuple[str, str]]:
    """What each note is about, and its sentence; empty if it does not apply."""
    _ = locale.gettext
    yield _("Payments that name no charge"), _no_charge(lines, locale)
    yield _("Different prices"), _price_differences(lines, locale)
    yield _("Repeated payments"), _repeated(lines, locale)
    yield _("Payments before the order"), _not_listed(lines, locale)
    yield _("Other sales"), _single_sales(lines, locale)


def amounts_of_part(lines: pl.DataFrame, part: str, locale: Locale) -> str:
    """The amounts of a part in all currencies, joined; empty if it has no payments."""
    sums = (
        lines.filter(pl.col("part") == part)
        .group_by("currency")
        .agg(pl.col("amount_minor").sum())
        .sort("currency")
    )
    return locale.join_words([locale.money(minor, unit) for unit, minor in sums.iter_rows()])


def _payments(lines: pl.DataFrame, part: str) -> tuple[int, str]:
    """The number of payments of a part, and the code of one; (0, "") if it has none."""
    rows = lines.filter(pl.col("part") == part)
    return (int(rows["payments"].sum()), rows["example"][0]) if rows.height else (0, "")


def _no_charge(lines: pl.DataFrame, locale: Locale) -> str:
    count, example = _payments(lines, "no_charge_minor")
    if not count:
        return ""
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} names no charge of its plan and fits none; it is in "
        "no figure.",
        "{n} payments (the first: {example}) of {amounts} in all name no charge of their plans "
        "and fit none; they are in no figure.",
        count,
        example=example,
        amounts=amounts_of_part(lines, "no_charge_minor", locale),
    )


def _price_differences(lines: pl.DataFrame, locale: Locale) -> str:
    count, example = _payments(lines, "price_difference_minor")
    if not count:
        return ""
    return locale.ngettext(
        "{n} payment ({example}) differs from the price of its installment by {amounts}; the "
        "figures use that price.",
        "{n} payments (the first: {example}) differ from the prices of their installments by "
        "{amounts} in all; the figures use those prices.",
        count,
        example=example,
        amounts=amounts_of_part(lines, "price_difference_minor", locale),
    )


def _repeated(lines: pl.DataFrame, locale: Locale) -> str:
    count, example = _payments(lines, "repeated_minor")
    if not count:
        return ""
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} repeats another; one of the two was returned to the "
        "buyer, and the figures have only one.",
        "{n} payments (the first: {example}) of {amounts} in all repeat others; one of each pair "
        "was returned to the buyer, and the figures have only one.",
        count,
        example=example,
        amounts=amounts_of_part(lines, "repeated_minor", locale),
    )


def _not_listed(lines: pl.DataFrame, locale: Locale) -> str:
    count, example = _payments(lines, "not_listed_minor")
    if not count:
        return ""
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} was approved before the day of its order or of its "
        "plan's purchase; it counts from that day on.",
        "{n} payments (the first: {example}) of {amounts} in all were approved before the days of "
        "their orders or of their plans' purchases; they count from those days on.",
        count,
        example=example,
        amounts=amounts_of_part(lines, "not_listed_minor", locale),
    )


def _single_sales(lines: pl.DataFrame, locale: Locale) -> str:
    count, example = _payments(lines, "single_sale_minor")
    if not count:
        return ""
    return locale.ngettext(
        "{n} payment ({example}) of {amounts} belongs to no plan: it is a sale of another kind, in "
        "no figure.",
        "{n} payments (the first: {example}) of {amounts} in all belong to no plan: they are "
        "sales of another kind, in no figure.",
        count,
        example=example,
        amounts=amounts_of_part(lines, "single_sale_minor", locale),
    )
