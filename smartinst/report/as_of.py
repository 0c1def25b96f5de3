"""The date of a report, from its parameter."""

from __future__ import annotations

from datetime import date

from smartinst.errors import InputError
from smartinst.facts import DataQuality
from smartinst.settings import Seller


def report_date(as_of: str | date, seller: Seller, data_quality: DataQuality) -> date:
    """The date; if empty, the last day with data."""
    if isinstance(as_of, date):
        return as_of
    if as_of:
        return as_of_date(as_of)
    if data_quality.data_through_date is None:
        raise InputError(
            f"seller {seller.id}: the ledger has no data yet; "
            "run smartinst ingest, or smartinst demo"
        )
    return data_quality.data_through_date


def as_of_date(text: str) -> date:
    """The ISO date of a parameter `as_of`; InputError if the text is not one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"as_of: expected a date YYYY-MM-DD, found {text!r}") from None
