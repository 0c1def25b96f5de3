"""A report's notes: how far and how whole the data are, what was never seen before, and the words' definitions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from smartinst.facts import DataQuality
from smartinst.i18n.locales import N_, Locale
from smartinst.report.headline import Previous
from smartinst.report.mime_bundles import Column, TableSpec
from smartinst.report.tables.empty_report import other_types

GLOSSARY: Final = (
    (
        N_("Received from buyers"),
        N_(
            "The amount charged by the platform. Whether taxes are in it is not known from the feed; this is not an "
            "accounting or tax statement of revenue."
        ),
    ),
    (
        N_("Net"),
        N_(
            "Your commission after platform fee, taxes withheld, co-producers and affiliates; not the amount available "
            "to withdraw. In the currency of the commission."
        ),
    ),
    (
        N_("Collected"),
        N_(
            "Charges paid and kept by the date of the report, disputed ones included, in the currency of the purchase."
        ),
    ),
    (
        N_("Overdue"),
        N_(
            "Charges of live plans whose due date has passed and that are not paid; due today is not overdue."
        ),
    ),
    (
        N_("Unconfirmed overdue"),
        N_(
            "Overdue with no attempt seen, or due after the last day of which the data tell; counted, shown apart, and "
            "in no contact list."
        ),
    ),
    (N_("To receive"), N_("Charges of live plans that are not due yet, or due today.")),
    (N_("Refunded"), N_("What went back to buyers: refunds and chargebacks.")),
    (
        N_("Released"),
        N_(
            "What will not come any more: lost (fallen due and unpaid when the plan ended), not earned (due after it "
            "ended), forgiven (by a negotiation), not activated (the first charge was never paid)."
        ),
    ),
    (
        N_("Total"),
        N_(
            "Collected + refunded + overdue + to receive + released, to the last cent, for every plan."
        ),
    ),
    (N_("Sold"), N_("Total of the plans whose first charge was ever paid.")),
    (
        N_("In progress with issues"),
        N_("A live plan with a charge overdue, paid late, refunded or disputed."),
    ),
    (
        N_("Inactive"),
        N_("No charge was ever paid, and the first one is past due, refused or canceled."),
    ),
    (
        N_("If all had paid to date"),
        N_("Collected + overdue of all plans; what canceled plans released is not in it."),
    ),
    (N_("Contracted"), N_("Overdue + to receive of live plans.")),
    (
        N_("PAR 30"),
        N_(
            "Outstanding balance of plans more than 30 days late ÷ outstanding balance of all live plans."
        ),
    ),
    (N_("Fallen due"), N_("Charges whose due date has passed, and charges paid before it.")),
)


def notes_table(
    rows: Mapping[str, pl.DataFrame],
    condition: DataQuality,
    previous: Previous,
    as_of: date,
    locale: Locale,
) -> TableSpec:
    """One row a remark; those that have nothing to say are left out."""
    remarks = [
        (locale.gettext("Data through"), _data_through(condition, as_of, locale)),
        (locale.gettext("Unconfirmed overdue"), _unconfirmed(rows["plans"], locale)),
        (
            locale.gettext("Unidentified plans"),
            _some(
                condition.unidentified,
                locale.ngettext(
                    "{n} plan is known from webhooks alone, its offer is no smart offer; it is in no figure.",
                    "{n} plans are known from webhooks alone, their offer is no smart offer; they are in no figure.",
                    condition.unidentified,
                ),
            ),
        ),
        (locale.gettext("Restated"), _restated(previous, locale)),
        (
            locale.gettext("Quarantined rows"),
            _some(
                condition.quarantined,
                locale.ngettext(
                    "{n} row could not be read; `smartinst quarantine` lists it with its reason.",
                    "{n} rows could not be read; `smartinst quarantine` lists them with their reasons.",
                    condition.quarantined,
                ),
            ),
        ),
        (locale.gettext("Other billing types"), other_types(condition, locale)),
        (locale.gettext("Unknown values"), _unknown(condition, locale)),
        (locale.gettext("Plans outside 1 to 12"), _outside(rows["plans"], locale)),
        (
            locale.gettext("Partial refunds of unknown size"),
            _some(
                int(rows["plans"]["unknown_parts"].sum()),
                locale.ngettext(
                    "{n} charge is partially refunded without saying how much; it counts as kept in full.",
                    "{n} charges are partially refunded without saying how much; they count as kept in full.",
                    int(rows["plans"]["unknown_parts"].sum()),
                ),
            ),
        ),
        (
            locale.gettext("Charge numbers outside the plan"),
            _some(
                condition.outside_plan,
                locale.ngettext(
                    "{n} attempt names a charge outside 1 to N; it is in no figure.",
                    "{n} attempts name a charge outside 1 to N; they are in no figure.",
                    condition.outside_plan,
                ),
            ),
        ),
        (locale.gettext("Negotiations"), _surplus(rows["plans"], locale)),
    ]
    return TableSpec(
        "notes",
        locale.gettext("Notes"),
        (Column("about", locale.gettext("About")), Column("says", locale.gettext("Note"))),
        [[about, says] for about, says in remarks if says],
        role="notes",
    )


def glossary_table(locale: Locale) -> TableSpec:
    """The definitions of the words that a report uses."""
    return TableSpec(
        "glossary",
        locale.gettext("Definitions"),
        (Column("term", locale.gettext("Term")), Column("meaning", locale.gettext("Meaning"))),
        [[locale.gettext(term), locale.gettext(meaning)] for term, meaning in GLOSSARY],
        role="glossary",
    )


def _data_through(condition: DataQuality, as_of: date, locale: Locale) -> str:
    through = condition.data_through_date
    if through is None:
        return locale.gettext("No sales are known yet.")
    if through < as_of:
        return locale.gettext(
            "The data tell of nothing after {day}; what fell due since is unconfirmed.",
            day=locale.date(through),
        )
    return locale.date(through)


def _some(n: int, said: str) -> str:
    """What is said of so many, where there are any."""
    return said if n else ""


def _unconfirmed(plans: pl.DataFrame, locale: Locale) -> str:
    sums = (
        plans.group_by("currency")
        .agg(pl.col("unconfirmed_minor").sum())
        .filter(pl.col("unconfirmed_minor") > 0)
    )
    amounts = [
        locale.money(minor, currency) for currency, minor in sums.sort("currency").iter_rows()
    ]
    if not amounts:
        return ""
    return locale.gettext(
        "{amounts} of the overdue amounts; nobody is to be reminded of it.",
        amounts=locale.join_words(amounts),
    )


def _restated(previous: Previous, locale: Locale) -> str:
    """Overdue as the previous report printed it, where the ledger says otherwise today."""
    printed = previous.printed.get("overdue_minor")
    if not printed:  # the rows of then, which nobody else may have asked for, stay unread
        return ""
    now = previous.rows["plans"].group_by("currency").agg(pl.col("overdue_minor").sum())
    changed = [
        f"{locale.money(printed[currency], currency)} → {locale.money(minor, currency)}"
        for currency, minor in now.sort("currency").iter_rows()
        if currency in printed and printed[currency] != minor
    ]
    if not changed:
        return ""
    return locale.gettext(
        "Overdue as of {day}, printed then and known now: {changes}.",
        day=locale.date(previous.as_of),
        changes="; ".join(changed),
    )


def _listed(counts: Mapping[str, int], locale: Locale) -> str:
    return ", ".join(f"{name} {locale.number(n)}" for name, n in sorted(counts.items()))


def _unknown(condition: DataQuality, locale: Locale) -> str:
    parts = [
        f"{column}: {_listed(found, locale)}"
        for column, found in sorted(condition.unknown_values.items())
        if found
    ]
    return "; ".join(parts)


def _outside(plans: pl.DataFrame, locale: Locale) -> str:
    unknown = plans.filter(pl.col("installments").is_null()).height
    above = plans.filter(pl.col("installments") > 12).height
    if not unknown and not above:
        return ""
    return locale.gettext(
        "Not in the status graph: plans of unknown length {unknown}, plans of more than 12 installments {above}.",
        unknown=locale.number(unknown),
        above=locale.number(above),
    )


def _surplus(plans: pl.DataFrame, locale: Locale) -> str:
    sums = (
        plans.group_by("currency")
        .agg(pl.col("surplus_minor").sum())
        .filter(pl.col("surplus_minor") > 0)
    )
    amounts = [
        locale.money(minor, currency) for currency, minor in sums.sort("currency").iter_rows()
    ]
    return (
        locale.gettext("Paid above what was open: {amounts}.", amounts=locale.join_words(amounts))
        if amounts
        else ""
    )
