"""The loan book of a seller: its plans and charges, with their state on every day until D."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import Horizon
from smartinst.analytics.book.periods import status_periods
from smartinst.analytics.book.versions import charge_versions
from smartinst.analytics.filters import apply_filters
from smartinst.analytics.keys import CHARGE
from smartinst.analytics.pooled_counts import SellerPool
from smartinst.analytics.sales import Sales
from smartinst.analytics.snapshot import Snapshot
from smartinst.facts import Facts


@dataclass(frozen=True)
class LoanBook:
    """One or many sellers as of a date: frames in memory, in which plan_index is a plan's key.

    plans     a plan, as in `Snapshot.plans`, with
              is_in_book  activated, and N is known (docs/metrics.md §6.0, "Book")
    charges   a charge as of D: is_in_book, and columns of `Snapshot.charges`
    versions  a version of a charge (versions.COLUMNS)
    late_versions  those of them that were not paid on the due date, if it was before D
    periods   a period of a plan with the same status (`periods.status_periods`)
    nets      the producer's net of a kept charge, as in `Snapshot.nets`: not computed before it is
              used
    facts     the facts that the others are computed from, also of plans that filters drop
    pool      what the operator's other sellers add to chances of payment; None: nothing
    """

    horizon: Horizon
    late_after_days: int
    facts: Facts
    plans: pl.DataFrame
    charges: pl.DataFrame
    versions: pl.DataFrame
    late_versions: pl.DataFrame
    periods: pl.DataFrame
    nets: pl.LazyFrame
    pool: SellerPool | None = None

    @property
    def as_of(self) -> date:
        """The date of the figures, D."""
        return self.horizon.as_of


def loan_book(
    facts: Facts,
    snapshot: Snapshot,
    *,
    late_after_days: int = 0,
    data_through: date | None = None,
    attempts_through: date | None = None,
    today: date | None = None,
    pool: SellerPool | None = None,
) -> LoanBook:
    """The loan book of the plans in a snapshot, which may be filtered.

    late_after_days, data_through  as for `analytics.snapshot.snapshot`
    attempts_through, today        as for `Horizon`; None: data_through, and the snapshot's date
    """
    as_of = snapshot.as_of
    is_in_book = pl.col("is_activated") & pl.col("installments").is_not_null()
    plans, charges = pl.collect_all(
        [
            snapshot.plans.with_columns(is_in_book=is_in_book),
            snapshot.charges.select(*_CHARGE_COLUMNS, is_in_book=is_in_book),
        ]
    )
    versions = charge_versions(facts, plans, charges, as_of, late_after_days)
    return LoanBook(
        Horizon(as_of, data_through or as_of, attempts_through or data_through or as_of, today),
        late_after_days,
        facts,
        plans,
        charges,
        versions,
        versions.filter(is_unpaid(pl.col("due_date")), pl.col("due_date") < as_of),
        status_periods(facts, plans, versions, as_of),
        snapshot.nets,
        pool,
    )


_CHARGE_COLUMNS: Final = (
    *("plan_index", *CHARGE, "currency", "country", "installments", "purchase_date"),
    *("scheduled_date", "due_date", "last_day", "own_due_date", "own_issued_date", "issued_date"),
    *("unknown_date", "first_failed_date", "own_minor", "first_minor", "amount_minor"),
    *("transaction", "paid_date", "paid_minor", "forgiven_minor", "guarantee_ends_date"),
    *("is_paid", "is_late", "is_reversed", "is_partially_refunded", "reversed_date"),
    *("returned_minor", "claim_date", "claim_end_date", "state", "status", "is_live", "end_date"),
    *("collected_minor", "to_receive_minor", "released_minor", "released_as"),
)
"""What figures of the book need; the others are columns of the dashboard's figures."""


def book_of_sales(sales: Sales, as_of: date, today: date | None = None) -> LoanBook:
    """The loan book of a seller's sales as of a date, after the filters; `today`: see `Horizon`."""
    return loan_book(
        sales.facts,
        apply_filters(sales.snapshot_as_of(as_of), sales.where),
        late_after_days=sales.late_after_days,
        data_through=sales.data_quality.data_through_date,
        attempts_through=_last_attempt_date(sales.facts),
        today=today,
        pool=sales.pool,
    )


def _last_attempt_date(facts: Facts) -> date | None:
    """The last day on which any plan of the seller was charged; None if none ever was."""
    day: date | None = facts.attempts.select(pl.col("ordered_date").max()).collect().item()
    return day


def periods_on(book: LoanBook, days: Sequence[date]) -> pl.LazyFrame:
    """One row per day and plan bought by then: `day`, and the plan's period of that day."""
    periods = book.periods.lazy()
    return _valid_on(periods, days, "from_date", "to_date")


def late_versions_on(book: LoanBook, days: Sequence[date]) -> pl.LazyFrame:
    """One row per day and charge that fell due before it: `day`, and the charge's late version.

    Charges that were paid when they fell due are left out.
    """
    is_due = pl.col("due_date") < pl.col("day")
    return _valid_on(book.late_versions.lazy(), days, "valid_from", "valid_to").filter(is_due)


def is_unpaid(day: pl.Expr) -> pl.Expr:
    """Whether a version of a charge is not paid at the end of a day."""
    return pl.col("paid_date").is_null() | (pl.col("paid_date") > day)


def is_confirmed(horizon: Horizon, day: pl.Expr) -> pl.Expr:
    """Whether the charge, if overdue at the end of a day, is certainly unpaid (docs/metrics.md §4).

    It was issued, none of its attempts has an unknown state, and it fell due when there were data.
    """
    has_unknown_attempt = (pl.col("unknown_date") <= day).fill_null(False)
    is_issued = (pl.col("issued_date") <= day).fill_null(False)
    return is_issued & ~has_unknown_attempt & (pl.col("due_date") <= horizon.data_through)


def _valid_on(
    rows: pl.LazyFrame, days: Sequence[date], first_day: str, next_day: str
) -> pl.LazyFrame:
    """The rows that are valid on each of the days, with `day`."""
    return pl.concat(
        rows.filter(
            pl.col(first_day) <= day, pl.col(next_day).is_null() | (pl.col(next_day) > day)
        ).with_columns(day=pl.lit(day))
        for day in days
    )
