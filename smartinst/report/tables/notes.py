"""A report's notes: completeness and age of the data, and the reason if there are no plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.report.headline import Previous, sums_by_currency
from smartinst.report.table import Column, Table
from smartinst.report.tables import money_notes, word_notes


def notes_table(
    rows: Mapping[str, pl.DataFrame],
    data_quality: DataQuality,
    previous: Previous,
    as_of: date,
    locale: Locale,
) -> Table:
    """One row per note, money first; notes that do not apply are left out."""
    _, plans = locale.gettext, rows["plans"]
    notes = (
        (_("Data through"), _data_through(data_quality, as_of, locale)),
        *money_notes.money_notes(rows, data_quality, locale),
        (_("Restated"), _restated(previous, locale)),
        (_("Quarantined rows"), _quarantined(data_quality, locale)),
        *word_notes.word_notes(data_quality, locale),
        (_("Plans outside 1 to 12"), _other_lengths(plans, locale)),
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

    `data_quality` counts plans of other billing types, and unidentified ones, in the whole ledger,
    without filters.
    """
    if plans.height:
        return ""
    _ = locale.gettext
    if data_quality.data_through_date is None:
        return _(
            "No sales of this seller are known yet: sync with the platform, or ingest its exports "
            "or webhooks."
        )
    other_plans = (
        money_notes.unidentified_plans(data_quality, locale),
        money_notes.other_billing_types(data_quality, locale),
    )
    if where:
        reason = (
            _("No plan of this billing type passes the filters of this report.")
            if data_quality.other_billing_types
            else _("No plan passes the filters of this report.")
        )
    else:
        reason = _("No Smart Installments plan is known up to this date.")
    return " ".join(filter(None, (reason, *other_plans)))


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


def _restated(previous: Previous, locale: Locale) -> str:
    """Overdue in the previous report, if the ledger has another amount for that date today."""
    earlier = previous.measures.get("overdue_minor")
    if not earlier:  # do not compute the rows of that date for this note alone
        return ""
    sums = sums_by_currency(previous.rows["plans"], "overdue_minor")
    changes = [
        f"{locale.money(earlier[currency], currency)} → {locale.money(minor, currency)}"
        for currency, minor in sums.items()
        if currency in earlier and earlier[currency] != minor
    ]
    if not changes:
        return ""
    return locale.gettext(
        "Overdue as of {day}, as printed then and as known now: {changes}.",
        day=locale.date(previous.as_of),
        changes="; ".join(changes),
    )


def _quarantined(data_quality: DataQuality, locale: Locale) -> str:
    if not data_quality.quarantined:
        return ""
    return locale.ngettext(
        "{n} row could not be read; `smartinst quarantine` lists it with its reason.",
        "{n} rows could not be read; `smartinst quarantine` lists them with their reasons.",
        data_quality.quarantined,
    )


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
