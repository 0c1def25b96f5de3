"""Notes on plans that are in no figure, with the money paid in them and how to count them."""

from __future__ import annotations

import polars as pl

from smartinst.facts import DataQuality, UnidentifiedPlans
from smartinst.i18n.locales import Locale
from smartinst.report.tables.payment_notes import amounts_of_part
from smartinst.report.tables.word_notes import clipped


def unidentified_plans(data_quality: DataQuality, lines: pl.DataFrame, locale: Locale) -> str:
    """A sentence for each group of sources that alone mention some plans, and the money in them.

    `lines` as in `Reconciliation`.
    """
    sentences = [_of_sources(plans, locale) for plans in data_quality.unidentified_plans]
    if amounts := amounts_of_part(lines, "unidentified_minor", locale):
        sentences.append(
            locale.gettext(
                "Payments in unidentified plans, in no figure: {amounts}.", amounts=amounts
            )
        )
    return " ".join(sentences)


def _of_sources(plans: UnidentifiedPlans, locale: Locale) -> str:
    sources = locale.join_words([_source(source, locale) for source in plans.sources])
    count, example = plans.plans.count, plans.plans.example
    if "webhook" in plans.sources and plans.offers:
        return locale.ngettext(
            "{n} plan ({example}) is known from {sources} alone and is in no figure; to count it, "
            "tell the person who operates these reports that its offer ({offers}) is sold in Smart "
            "Installments.",
            "{n} plans (the first: {example}) are known from {sources} alone and are in no "
            "figure; to count them, tell the person who operates these reports that their offers "
            "({offers}) are sold in Smart Installments.",
            count,
            example=example,
            sources=sources,
            offers=clipped(plans.offers, locale),
        )
    return locale.ngettext(
        "{n} plan ({example}) is known from {sources} alone and is in no figure; to count it, ask "
        "the person who operates these reports to read it from the platform.",
        "{n} plans (the first: {example}) are known from {sources} alone and are in no figure; to "
        "count them, ask the person who operates these reports to read them from the platform.",
        count,
        example=example,
        sources=sources,
    )


def _source(source: str, locale: Locale) -> str:
    _ = locale.gettext
    return {
        "webhook": _("webhooks"),
        "export": _("exports"),
        "history": _("sales histories"),
    }[source]


def other_billing_types(data_quality: DataQuality, lines: pl.DataFrame, locale: Locale) -> str:
    """Plans of other billing types, whom to ask for them, and their money; may be empty."""
    sentences = []
    if counts := sorted(data_quality.other_billing_types.items()):
        types = [
            f"{_billing_type(name, locale)} ({locale.number(count)})" for name, count in counts
        ]
        sentences.append(
            locale.gettext(
                "There are plans of other billing types: {types}. The person who operates these "
                "reports can send you a report of them.",
                types=locale.join_words(types),
            )
        )
    if amounts := amounts_of_part(lines, "other_type_minor", locale):
        sentences.append(
            locale.gettext(
                "Payments in plans of other billing types, in no figure: {amounts}.",
                amounts=amounts,
            )
        )
    return " ".join(sentences)


def _billing_type(name: str, locale: Locale) -> str:
    """The platform's name of a type for its sellers; a type that is not known stays as it is."""
    _ = locale.gettext
    return {
        "SMART_INSTALLMENT": _("Smart Installments"),
        "SMART_RECOVERY": _("Smart Recovery"),
        "BILLET_INSTALLMENT": _("Installments by bank slip or Pix"),
        "HOTMART_INSTALLMENTS": _("Hotmart installments"),
    }.get(name) or clipped([name], locale)


def outside_plan(data_quality: DataQuality, locale: Locale) -> str:
    """Attempts with a charge number that their plan does not have; empty if there are none."""
    if not data_quality.outside_plan:
        return ""
    return locale.ngettext(
        "{n} record names an installment that its plan does not have; it is in no figure.",
        "{n} records name installments that their plans do not have; they are in no figure.",
        data_quality.outside_plan,
    )


def other_lengths(plans: pl.DataFrame, locale: Locale) -> str:
    """Plans that the status chart leaves out because of their number of installments."""
    sentences = []
    if count := plans["installments"].null_count():
        sentences.append(
            locale.ngettext(
                "{n} plan is not in the status chart, since its number of installments is unknown.",
                "{n} plans are not in the status chart, since their numbers of installments are "
                "unknown.",
                count,
            )
        )
    if count := plans.filter(pl.col("installments") > 12).height:
        sentences.append(
            locale.ngettext(
                "{n} plan of more than 12 installments is not in the status chart.",
                "{n} plans of more than 12 installments are not in the status chart.",
                count,
            )
        )
    return " ".join(sentences)
