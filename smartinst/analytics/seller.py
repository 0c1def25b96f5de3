"""One seller's rows as of a date: the ledger read, the rules applied, the filters kept; the edge where frames collect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from smartinst.analytics import filters
from smartinst.analytics.figures import collect
from smartinst.analytics.plans import snapshot
from smartinst.facts import BILLING_TYPES, Condition
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Seller, Settings

Rows = dict[str, pl.DataFrame]


def read_rows(settings: Settings, seller: Seller, as_of: date, where: Mapping[str, Any]) -> tuple[Rows, Condition]:
    """The rows of every grain (figures.collect) after the filters, and how whole the data are."""
    ledger = Ledger(settings.ledger)
    wanted = filters.check(where)
    billing_types = (wanted["billing_type"],) if "billing_type" in wanted else BILLING_TYPES[:1]
    condition = ledger.condition(seller, billing_types)
    shown = snapshot(
        ledger.read(seller, billing_types),
        as_of,
        late_after_days=settings.rules.late_after_days,
        data_through=condition.data_through_date,
    )
    return collect(shown, wanted), condition
