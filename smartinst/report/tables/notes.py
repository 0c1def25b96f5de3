"""A report's notes: how far and how whole the data are, what was never seen before, and the words' definitions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.report.headline import Previous
from smartinst.report.table import Column, Table


def notes_table(
    rows: Mapping[str, pl.DataFrame],
    condition: DataQuality,
    previous: Previous,
    as_of: date,
    locale: Locale,
) -> Table:
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
    return Table(
        "notes",
        locale.gettext("Notes"),
        (Column("about", locale.gettext("About")), Column("says", locale.gettext("Note"))),
        tuple(remark for remark in remarks if remark[1]),
        role="notes",
    )


def missing(
    plans: pl.DataFrame, where: Mapping[str, Any], condition: DataQuality, locale: Locale
) -> str:
    """One or two sentences where there is no plan to show; an empty text where there is one.

    `condition` counts plans of other billing types over the whole ledger, whatever the filters keep.
    """
    if plans.height:
        return ""
    _ = locale.gettext
    if condition.data_through_date is None:
        return _(
            "No sales of this seller are known yet: sync with the platform, or ingest its exports or webhooks."
        )
    if not condition.other_billing_types:
        chosen = _("No plan passes the filters of this report.")
        return chosen if where else _("No Smart Installments plan is known up to this date.")
    lead = _("No plan of this billing type passes the filters of this report.") if where else ""
    lead = lead or _("No Smart Installments plan is known up to this date.")
    return f"{lead} {other_types(condition, locale)}"


def other_types(condition: DataQuality, locale: Locale) -> str:
    """How many plans of other billing types there are and what shows them; an empty text where there is none."""
    others = condition.other_billing_types
    told = locale.join_words(
        [f"{name} {locale.number(count)}" for name, count in sorted(others.items())]
    )
    options = locale.join_words([f"--billing-type {name}" for name in sorted(others)])
    said = locale.gettext(
        "There are plans of other kinds: {types}; to show them: {options}.",
        types=told,
        options=options,
    )
    return said if others else ""


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
