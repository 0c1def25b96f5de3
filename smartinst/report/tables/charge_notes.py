"""Notes on money that the figures count in a way that the reader should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from smartinst.analytics.currency_order import sums_by_currency
from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.report.news.sentences import amounts_text


def charge_notes(
    rows: Mapping[str, pl.DataFrame], data_quality: DataQuality, locale: Locale
) -> Iterator[tuple[str, str]]:
    """What each note is about, and its sentence; empty if it does not apply."""
    _, plans = locale.gettext, rows["plans"]
    yield _("Charged twice"), _charged_twice(plans, locale)
    yield _("Negotiations"), _surplus(plans, locale)
    yield _("Several payments of one code"), _several_payments(data_quality, locale)
    yield _("Partial refunds of unknown size"), _unknown_parts(rows["charges"], locale)
    yield _("Refund dates"), _undated_refunds(data_quality, locale)
    yield _("Rounded amounts"), _rounded(data_quality, locale)


def unconfirmed(plans: pl.DataFrame, locale: Locale) -> str:
    """The overdue amounts that may have been paid; empty if there are none."""
    amounts = _positive_sums(plans, "unconfirmed_minor", locale)
    return amounts and locale.gettext(
        "{amounts} of the overdue amounts are unconfirmed; send no reminders for them.",
        amounts=amounts,
    )


def _charged_twice(plans: pl.DataFrame, locale: Locale) -> str:
    twice = plans.filter(pl.col("charged_twice_minor") > 0).sort("purchase_date", "plan_id")
    if twice.is_empty():
        return ""
    return locale.ngettext(
        "{amounts} in {n} plan ({example}) are owed to the buyer.",
        "{amounts} in {n} plans (the first: {example}) are owed to the buyers.",
        twice.height,
        example=twice["plan_id"][0],
        amounts=_positive_sums(twice, "charged_twice_minor", locale),
    )


def _surplus(plans: pl.DataFrame, locale: Locale) -> str:
    amounts = _positive_sums(plans, "surplus_minor", locale)
    return amounts and locale.gettext(
        "Paid in excess of the open amount: {amounts}.", amounts=amounts
    )


def _several_payments(data_quality: DataQuality, locale: Locale) -> str:
    codes = data_quality.several_payments
    if not codes.count:
        return ""
    return locale.ngettext(
        "{n} transaction code ({example}) is shared by several payments; each of them counts.",
        "{n} transaction codes (the first: {example}) are shared by several payments; each of them "
        "counts.",
        codes.count,
        example=codes.example,
    )


def _unknown_parts(charges: pl.DataFrame, locale: Locale) -> str:
    unknown_parts = charges.filter("is_unknown_part").sort("paid_date", "transaction")
    if unknown_parts.is_empty():
        return ""
    return locale.ngettext(
        "{n} charge ({example}) is partially refunded without saying how much; it counts as kept "
        "in full.",
        "{n} charges (the first: {example}) are partially refunded without saying how much; they "
        "count as kept in full.",
        unknown_parts.height,
        example=unknown_parts["transaction"][0],
    )


def _undated_refunds(data_quality: DataQuality, locale: Locale) -> str:
    refunds = data_quality.undated_refunds
    if not refunds.count:
        return ""
    return locale.ngettext(
        "{n} refund ({example}) came without a date; it is shown on the date of its payment.",
        "{n} refunds (the first: {example}) came without dates; they are shown on the dates of "
        "their payments.",
        refunds.count,
        example=refunds.example,
    )


def _rounded(data_quality: DataQuality, locale: Locale) -> str:
    payments = data_quality.rounded
    if not payments.count:
        return ""
    return locale.ngettext(
        "{n} payment ({example}) came with more decimals than its currency has; it is rounded to "
        "the currency's smallest unit.",
        "{n} payments (the first: {example}) came with more decimals than their currency has; they "
        "are rounded to the currency's smallest unit.",
        payments.count,
        example=payments.example,
    )


def _positive_sums(plans: pl.DataFrame, column: str, locale: Locale) -> str:
    """The column's sums by currency, joined; empty if none is positive."""
    sums = sums_by_currency(plans, column)
    return amounts_text({code: minor for code, minor in sums.items() if minor > 0}, locale)
