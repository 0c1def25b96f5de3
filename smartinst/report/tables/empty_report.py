"""What a report without plans is missing, said where the headline would be, and what shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale


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
