"""Notes on money that the figures leave out, or count in a way that the reader should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from smartinst.facts import DataQuality, UnidentifiedPlans
from smartinst.i18n.locales import Locale
from smartinst.report.headline import amounts_text, sums_by_currency
from smartinst.report.tables.word_notes import clipped

Note = tuple[str, str]


def money_notes(
    rows: Mapping[str, pl.DataFrame], data_quality: DataQuality, locale: Locale
) -> Iterator[Note]:
    """What each note is about, and its sentence; empty if it does not apply."""
    _, plans = locale.gettext, rows["plans"]
    yield _("Unconfirmed overdue"), _unconfirmed(plans, locale)
    yield _("Unidentified plans"), unidentified_plans(data_quality, locale)
    yield _("Other billing types"), other_billing_types(data_quality, locale)
    yield _("Charge numbers outside the plan"), _outside_plan(data_quality, locale)
    yield _("Charged twice"), _charged_twice(plans, locale)
    yield _("Negotiations"), _surplus(plans, locale)
    yield _("Partial refunds of unknown size"), _unknown_parts(rows["charges"], locale)
    yield _("Refund dates"), _undated_refunds(data_quality, locale)
    yield _("Rounded amounts"), _rounded(data_quality, locale)


def unidentified_plans(data_quality: DataQuality, locale: Locale) -> str:
    """A sentence for each group of sources that alone mention some plans, and the remedy."""
    return " ".join(_unidentified(plans, locale) for plans in data_quality.unidentified_plans)


def _unidentified(plans: UnidentifiedPlans, locale: Locale) -> str:
    values = {
        "sources": locale.join_words([_source(source, locale) for source in plans.sources]),
        "example": plans.plans.example,
    }
    if "webhook" in plans.sources and plans.offers:
        return locale.ngettext(
            "{n} plan ({example}) is known from {sources} alone and is in no figure; to count it, "
            "list its offer in smart_offers ({offers}) or sync with the platform.",
            "{n} plans (the first: {example}) are known from {sources} alone and are in no "
            "figure; to count them, list their offers in smart_offers ({offers}) or sync with the "
            "platform.",
            plans.plans.count,
            offers=clipped(plans.offers, locale),
            **values,
        )
    return locale.ngettext(
        "{n} plan ({example}) is known from {sources} alone and is in no figure; to count it, sync "
        "with the platform.",
        "{n} plans (the first: {example}) are known from {sources} alone and are in no figure; to "
        "count them, sync with the platform.",
        plans.plans.count,
        **values,
    )


def _source(source: str, locale: Locale) -> str:
    _ = locale.gettext
    return {
        "webhook": _("webhooks"),
        "export": _("exports"),
        "history": _("sales histories"),
    }[source]


def other_billing_types(data_quality: DataQuality, locale: Locale) -> str:
    """A note on plans of other billing types, and how to select them; empty if there are none."""
    counts = sorted(data_quality.other_billing_types.items())
    if not counts:
        return ""
    return locale.gettext(
        "There are plans of other billing types: {types}. To show them: {options}.",
        types=locale.join_words([f"{name} {locale.number(count)}" for name, count in counts]),
        options=locale.join_words([f"--billing-type {name}" for name, _ in counts]),
    )


def _unconfirmed(plans: pl.DataFrame, locale: Locale) -> str:
    amounts = _positive_sums(plans, "unconfirmed_minor", locale)
    return amounts and locale.gettext(
        "{amounts} of the overdue amounts are unconfirmed; send no reminders for them.",
        amounts=amounts,
    )


def _outside_plan(data_quality: DataQuality, locale: Locale) -> str:
    if not data_quality.outside_plan:
        return ""
    return locale.ngettext(
        "{n} attempt has a charge number outside 1 to N; it is not in any figure.",
        "{n} attempts have a charge number outside 1 to N; they are not in any figure.",
        data_quality.outside_plan,
    )


def _charged_twice(plans: pl.DataFrame, locale: Locale) -> str:
    twice = plans.filter(pl.col("charged_twice_minor") > 0).sort("purchase_date", "plan_id")
    if twice.is_empty():
        return ""
    return locale.ngettext(
        "Charged twice in {n} plan ({example}): {amounts}, owed to the buyer.",
        "Charged twice in {n} plans (the first: {example}): {amounts}, owed to the buyers.",
        twice.height,
        example=twice["plan_id"][0],
        amounts=_positive_sums(twice, "charged_twice_minor", locale),
    )


def _surplus(plans: pl.DataFrame, locale: Locale) -> str:
    amounts = _positive_sums(plans, "surplus_minor", locale)
    return amounts and locale.gettext(
        "Paid in excess of the open amount: {amounts}.", amounts=amounts
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
        "{n} refund ({example}) has no date in the export; it is shown on the date of its payment.",
        "{n} refunds (the first: {example}) have no date in the export; they are shown on the "
        "dates of their payments.",
        refunds.count,
        example=refunds.example,
    )


def _rounded(data_quality: DataQuality, locale: Locale) -> str:
    payments = data_quality.rounded
    if not payments.count:
        return ""
    return locale.ngettext(
        "{n} payment ({example}) has more decimals than its currency; it is rounded to the "
        "smallest unit of the currency.",
        "{n} payments (the first: {example}) have more decimals than their currency; they are "
        "rounded to the smallest unit of the currency.",
        payments.count,
        example=payments.example,
    )


def _positive_sums(plans: pl.DataFrame, column: str, locale: Locale) -> str:
    """The column's sums by currency, joined; empty if none is positive."""
    sums = sums_by_currency(plans, column)
    return amounts_text({code: minor for code, minor in sums.items() if minor > 0}, locale)
