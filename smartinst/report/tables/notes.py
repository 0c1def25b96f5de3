"""A report's notes: completeness and age of the data, and the reason if there are no plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from smartinst.analytics.currency_order import in_currency_order, sums_by_currency
from smartinst.analytics.reconciliation import Reconciliation
from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.report.previous import Previous
from smartinst.report.table import Column, Table
from smartinst.report.tables import charge_notes, payment_notes, plan_notes, word_notes


def notes_table(
    rows: Mapping[str, pl.DataFrame],
    data_quality: DataQuality,
    reconciliation: Reconciliation,
    previous: Previous,
    as_of: date,
    locale: Locale,
) -> Table:
    """One row per note, money first; notes that do not apply are left out.

    `reconciliation` has the payments of the whole seller, without filters.
    """
    _, plans = locale.gettext, rows["plans"]
    lines = in_currency_order(reconciliation.lines, plans)
    notes = (
        (_("Data through"), _data_through(data_quality, as_of, locale)),
        (_("Unconfirmed overdue"), charge_notes.unconfirmed(plans, locale)),
        (_("Unidentified plans"), plan_notes.unidentified_plans(data_quality, lines, locale)),
        (_("Other billing types"), plan_notes.other_billing_types(data_quality, lines, locale)),
        (_("Unread rows"), _quarantined(data_quality, locale)),
        *payment_notes.payment_notes(lines, locale),
        *charge_notes.charge_notes(rows, data_quality, locale),
        (_("Restated"), _restated(previous, locale)),
        *word_notes.word_notes(data_quality, locale),
        (_("Installments outside the plan"), plan_notes.outside_plan(data_quality, locale)),
        (_("Plans outside 1 to 12"), plan_notes.other_lengths(plans, locale)),
    )
    return Table(
        "notes",
        _("Notes"),
        (Column("about", _("About")), Column("says", _("Note"))),
        tuple(note for note in notes if note[1]),
        role="notes",
    )


def no_plans_reason(
    plans: pl.DataFrame,
    where: Mapping[str, Any],
    data_quality: DataQuality,
    reconciliation: Reconciliation,
    locale: Locale,
) -> str:
    """The reason why a report has no plans, and the remedy; empty if it has plans.

    `data_quality` and `reconciliation` are those of the whole seller, without filters.
    """
    if plans.height:
        return ""
    _ = locale.gettext
    if data_quality.data_through_date is None:
        return _(
            "No sales of this seller are known yet: the person who operates these reports has to "
            "read them from the platform, from its exports or from its webhooks."
        )
    lines = reconciliation.lines
    other_plans = (
        plan_notes.unidentified_plans(data_quality, lines, locale),
        plan_notes.other_billing_types(data_quality, lines, locale),
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


def data_end_note(data_quality: DataQuality, as_of: date, locale: Locale) -> str:
    """What a list of buyers to write to does not know; empty if there are data for the day."""
    day = data_quality.data_through_date
    if day is None or as_of <= day:
        return ""
    return locale.gettext(
        "The data end on {day}: a buyer who has paid since is still listed.", day=locale.date(day)
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


def _restated(previous: Previous, locale: Locale) -> str:
    """Overdue in the previous report, if the ledger has another amount for that date today."""
    earlier = previous.measures.get("overdue_minor")
    if not earlier:  # do not compute the plans of that date for this note alone
        return ""
    sums = sums_by_currency(previous.plans, "overdue_minor")
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
        "{n} row of the platform's data could not be read and is in no figure; the person who "
        "operates these reports can tell you why.",
        "{n} rows of the platform's data could not be read and are in no figure; the person who "
        "operates these reports can tell you why.",
        data_quality.quarantined,
    )
