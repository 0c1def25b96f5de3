"""One seller's rows as of a date, after the filters: read from the ledger and collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import collect_plans, collect_rows
from smartinst.analytics.filters import check_billing_type, check_filters
from smartinst.analytics.pooled_counts import SellerPool
from smartinst.analytics.reconciliation import Reconciliation, reconcile
from smartinst.analytics.snapshot import Snapshot, snapshot
from smartinst.billing_types import BILLING_TYPES
from smartinst.facts import DataQuality, Facts
from smartinst.ledger.presence import open_ledger
from smartinst.settings import Seller, Settings

Rows = dict[str, pl.DataFrame]

MAX_SNAPSHOTS: Final = 2
"""The date of a report and the one that it compares with."""


@dataclass(frozen=True)
class Sales:
    """One seller's facts, read once, from which rows as of any date are computed.

    `pool` has the counts of the operator's other sellers; None: they are not used.
    """

    seller: Seller
    facts: Facts
    data_quality: DataQuality
    where: Mapping[str, Any]
    late_after_days: int = 0
    pool: SellerPool | None = None

    def unfiltered(self) -> Sales:
        """The sales of all plans, from the same facts."""
        return replace(self, where={}) if self.where else self

    def rows(self, as_of: date) -> Rows:
        """The rows of every grain as of a date, after the filters (`figures.collect_rows`)."""
        return collect_rows(self.snapshot_as_of(as_of), self.where)

    def plans(self, as_of: date) -> pl.DataFrame:
        """The plans of `rows`, without computing the other rows."""
        return collect_plans(self.snapshot_as_of(as_of), self.where)

    def rows_and_reconciliation(self, as_of: date) -> tuple[Rows, Reconciliation]:
        """`rows`, and the payments behind them: those of the whole seller, without filters."""
        unfiltered = self.snapshot_as_of(as_of)
        return collect_rows(unfiltered, self.where), reconcile(self.facts, unfiltered)

    def snapshot_as_of(self, as_of: date) -> Snapshot:
        """All rows as of a date, before the filters; those of two dates are kept."""
        if as_of not in self._snapshots:
            if len(self._snapshots) == MAX_SNAPSHOTS:
                del self._snapshots[next(iter(self._snapshots))]
            self._snapshots[as_of] = snapshot(
                self.facts,
                as_of,
                late_after_days=self.late_after_days,
                data_through=self.data_quality.data_through_date,
            )
        return self._snapshots[as_of]

    @cached_property
    def _snapshots(self) -> dict[date, Snapshot]:
        return {}


def read_sales(settings: Settings, seller: Seller, where: Mapping[str, Any]) -> Sales:
    """One seller's sales of the requested billing type; InputError for an invalid filter."""
    ledger = open_ledger(settings)
    valid = check_filters(where)
    billing_types = (valid["billing_type"],) if "billing_type" in valid else BILLING_TYPES[:1]
    facts, data_quality = ledger.read_with_quality(seller, billing_types)
    check_billing_type(valid, has_plans=facts.plans.limit(1).collect().height > 0)
    return Sales(seller, facts, data_quality, valid, settings.rules.late_after_days)
