"""A report's notes: completeness and age of the data, and the reason if there are no plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.report.headline import Previous, amounts_text, sums_by_currency
from smartinst.report.table import Column, Table


def notes_table(
    rows: Mapping[str, pl.DataFrame],
    data_quality: DataQuality,
    previous: Previous,
    as_of: date,
    locale: Locale,
) -> Table:
    """One row per note; notes that do not apply are left out."""
    _, plans = locale.gettext, rows["plans"]
    unknown_refunds = int(plans["unknown_parts"].sum())
    notes = (
        (_("Data through"), _data_through(data_quality, as_of, locale)),
        (_("Unconfirmed overdue"), _unconfirmed(plans, locale)),
        (
            _("Unidentified plans"),
            locale.ngettext(
                "{n} plan is known only from webhooks and its offer is not a smart offer; "
                "it is not in any figure.",
                "{n} plans are known only from webhooks and their offers are not smart "
                "offers; they are not in any figure.",
                data_quality.unidentified,
            )
            if data_quality.unidentified
            else "",
        ),
        (_("Restated"), _restated(previous, locale)),
        (
            _("Quarantined rows"),
            locale.ngettext(
                "{n} row could not be read; `smartinst quarantine` lists it with its reason.",
                "{n} rows could not be read; `smartinst quarantine` lists them with their reasons.",
                data_quality.quarantined,
            )
            if data_quality.quarantined
            else "",
        ),
        (_("Other billing types"), other_billing_types(data_quality, locale)),
        (_("Unknown values"), _unknown_values(data_quality, locale)),
        (_("Plans outside 1 to 12"), _other_lengths(plans, locale)),
        (
            _("Partial refunds of unknown size"),
            locale.ngettext(
                "{n} charge is partially refunded without saying how much; it counts as kept in "
                "full.",
                "{n} charges are partially refunded without saying how much; they count as kept in "
                "full.",
                unknown_refunds,
            )
            if unknown_refunds
            else "",
        ),
        (
            _("Charge numbers outside the plan"),
            locale.ngettext(
                "{n} attempt has a charge number outside 1 to N; it is not in any figure.",
                "{n} attempts have a charge number outside 1 to N; they are not in any figure.",
                data_quality.outside_plan,
            )
            if data_quality.outside_plan
            else "",
        ),
        (_("Negotiations"), _surplus(plans, locale)),
    )
    return Table(
        "notes",
        _("Notes"),
        (Column("about", _("About")), Column("says", _("Note"))),
        tuple(note for note in notes if note[1]),
        role="notes",
    )


def no_plans_reason(
    plans: pl.DataFrame, where: Mapping[str, Any], data_quality: DataQuality, locale: Locale
) -> str:
    """The reason why a report has no plans, and the remedy; empty if it has plans.

    `data_quality` counts plans of other billing types in the whole ledger, without filters.
    """
    if plans.height:
        return ""
    _ = locale.gettext
    if data_quality.data_through_date is None:
        return _(
            "No sales of this seller are known yet: sync with the platform, or ingest its exports "
            "or webhooks."
        )
    no_plans = _("No Smart Installments plan is known up to this date.")
    if not data_quality.other_billing_types:
        return _("No plan passes the filters of this report.") if where else no_plans
    if where:
        no_plans = _("No plan of this billing type passes the filters of this report.")
    return f"{no_plans} {other_billing_types(data_quality, locale)}"


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


def _data_through(data_quality: DataQuality, as_of: date, locale: Locale) -> str:
    day = data_quality.data_through_date
    if day is None:
        return locale.gettext("No sales yet.")
    if day < as_of:
        return locale.gettext(
            "The data end on {day}; installments that fell due later are unconfirmed.",
            day=locale.date(day),
        )
    return locale.date(day)


def _unconfirmed(plans: pl.DataFrame, locale: Locale) -> str:
    amounts = _positive_sums(plans, "unconfirmed_minor", locale)
    return amounts and locale.gettext(
        "{amounts} of the overdue amounts; do not send reminders for it.", amounts=amounts
    )


def _restated(previous: Previous, locale: Locale) -> str:
    """Overdue in the previous report, if the ledger has another amount for that date today."""
    earlier = previous.measures.get("overdue_minor")
    if not earlier:  # do not compute the rows of that date for this note alone
        return ""
    sums = previous.rows["plans"].group_by("currency").agg(pl.col("overdue_minor").sum())
    changes = [
        f"{locale.money(earlier[currency], currency)} → {locale.money(minor, currency)}"
        for currency, minor in sums.sort("currency").iter_rows()
        if currency in earlier and earlier[currency] != minor
    ]
    if not changes:
        return ""
    return locale.gettext(
        "Overdue as of {day}, as printed then and as known now: {changes}.",
        day=locale.date(previous.as_of),
        changes="; ".join(changes),
    )


def _unknown_values(data_quality: DataQuality, locale: Locale) -> str:
    def texts(counts: Mapping[str, int]) -> str:
        return ", ".join(f"{value} {locale.number(n)}" for value, n in sorted(counts.items()))

    columns = sorted(data_quality.unknown_values.items())
    return "; ".join(f"{column}: {texts(counts)}" for column, counts in columns if counts)


def _other_lengths(plans: pl.DataFrame, locale: Locale) -> str:
    unknown_lengths = plans.filter(pl.col("installments").is_null()).height
    longer = plans.filter(pl.col("installments") > 12).height
    if not unknown_lengths and not longer:
        return ""
    return locale.gettext(
        "Not in the status chart: plans with an unknown number of installments: "
        "{unknown}; plans with more than 12 installments: {above}.",
        unknown=locale.number(unknown_lengths),
        above=locale.number(longer),
    )


def _surplus(plans: pl.DataFrame, locale: Locale) -> str:
    amounts = _positive_sums(plans, "surplus_minor", locale)
    return amounts and locale.gettext(
        "Paid in excess of the open amount: {amounts}.", amounts=amounts
    )


def _positive_sums(plans: pl.DataFrame, column: str, locale: Locale) -> str:
    """The column's sums by currency, joined; empty if none is positive."""
    sums = sums_by_currency(plans, column)
    return amounts_text({code: minor for code, minor in sums.items() if minor > 0}, locale)
