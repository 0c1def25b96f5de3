"""What a report without plans is missing, said where the headline would be, and what shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from smartinst.facts import Condition
from smartinst.locale import Locale


def missing(plans: pl.DataFrame, where: Mapping[str, Any], condition: Condition, words: Locale) -> str:
    """One or two sentences where there is no plan to show; an empty text where there is one.

    `condition` counts plans of other billing types over the whole ledger, whatever the filters keep.
    """
    if plans.height:
        return ""
    _ = words.gettext
    if condition.data_through_date is None:
        return _("No sales of this seller are known yet: sync with the platform, or ingest its exports or webhooks.")
    others = condition.other_billing_types
    if not others:
        chosen = _("No plan passes the filters of this report.")
        return chosen if where else _("No Smart Installments plan is known up to this date.")
    told = words.listed([f"{name} {words.number(count)}" for name, count in sorted(others.items())])
    lead = _("No plan of this billing type passes the filters of this report.") if where else ""
    lead = lead or _("No Smart Installments plan is known up to this date.")
    options = words.listed([f"--billing-type {name}" for name in sorted(others)])
    return f"{lead} " + _("There are plans of other kinds: {types}; to show them: {options}.", types=told, options=options)
