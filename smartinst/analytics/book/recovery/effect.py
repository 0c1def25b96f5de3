"""The effect of writing to a buyer, from the contact log's hold-out (docs/metrics.md §6.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import polars as pl

from smartinst.analytics.book.forecast.open_charges import open_charges
from smartinst.analytics.book.forecast.windows import last_known_day
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.recovery.chances import class_rates
from smartinst.analytics.book.recovery.debts import CLASS, WINDOW, debts_on_days

CONTACTED: Final = "contacted"
HELD_OUT: Final = "held out"
ENOUGH_HELD_OUT: Final = 200
"""Held-out plans from which on the queue is ordered by the effect."""
CONTACTS: Final = {
    "plan_id": pl.String,
    "contact_date": pl.Date,  # in the seller's zone
    "arm": pl.String,  # CONTACTED or HELD_OUT
}
"""Columns of the contact log that the queue reads; one seller's."""
_QUANTILE: Final = 1.2816  # of a normal distribution, 80 % inside


@dataclass(frozen=True)
class ContactEffect:
    """Shares of plans that paid something overdue within 30 days, by arm, and their difference.

    `lower_bound` and `upper_bound` are the 80 % range of the difference.
    """

    contacted_plans: int
    held_out_plans: int
    contacted_share: float
    held_out_share: float

    @property
    def difference(self) -> float:
        """Share paid after a message less the share paid without one."""
        return self.contacted_share - self.held_out_share

    @property
    def lower_bound(self) -> float:
        """Lower bound of the difference."""
        return self.difference - self._half_width()

    @property
    def upper_bound(self) -> float:
        """Upper bound of the difference."""
        return self.difference + self._half_width()

    def _half_width(self) -> float:
        arms = (
            (self.contacted_share, self.contacted_plans),
            (self.held_out_share, self.held_out_plans),
        )
        return _QUANTILE * math.sqrt(sum(share * (1 - share) / plans for share, plans in arms))


def contact_outcomes(book: LoanBook, contacts: pl.DataFrame) -> pl.DataFrame:
    """One row per plan and month with a contact whose window is over: arm, class and is_paid.

    The first contact of a month counts. Contacts of plans without confirmed debt that day do not.
    """
    last_day = last_known_day(book.as_of, book.horizon.data_through)
    window_end = pl.col("contact_date").dt.offset_by(f"{WINDOW}d")
    first_contacts = (
        contacts.filter(window_end <= last_day)
        .join(book.plans.select("plan_id", "plan_index"), on="plan_id", validate="m:1")
        .sort("contact_date", "arm")
        .with_columns(_month=pl.col("contact_date").dt.truncate("1mo"))
        .unique(["plan_index", "_month"], keep="first", maintain_order=True)
        .select("plan_index", "arm", day="contact_date")
    )
    debts = debts_on_days(open_charges(book, first_contacts["day"].unique()))
    return first_contacts.join(debts, on=["plan_index", "day"], validate="1:1")


def contact_effect(outcomes: pl.DataFrame) -> ContactEffect | None:
    """The effect over all classes; None with fewer than 200 held-out plans, or none contacted."""
    contacted, held_out = (outcomes.filter(pl.col("arm") == arm) for arm in (CONTACTED, HELD_OUT))
    if contacted.is_empty() or held_out["plan_index"].n_unique() < ENOUGH_HELD_OUT:
        return None
    return ContactEffect(
        contacted.height, held_out.height, _share_paid(contacted), _share_paid(held_out)
    )


def uplifts(book: LoanBook, outcomes: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """The plans with `p` replaced by P(paid | contacted) − P(paid | held out), each by class."""
    observations = outcomes.with_columns(
        matured_date=pl.col("day").dt.offset_by(f"{WINDOW}d"),
        count=pl.lit(1.0),
        paid=pl.col("is_paid").cast(pl.Float64),
    )
    classes = plans.select(CLASS).unique(maintain_order=True)
    for arm in (CONTACTED, HELD_OUT):
        of_arm = observations.filter(pl.col("arm") == arm)
        rates = class_rates(of_arm, classes, book, arm)
        plans = plans.join(rates, on=CLASS, how="left", maintain_order="left", validate="m:1")
    return plans.with_columns(p=pl.col(CONTACTED) - pl.col(HELD_OUT)).drop(CONTACTED, HELD_OUT)


def _share_paid(outcomes: pl.DataFrame) -> float:
    return float(outcomes["is_paid"].sum() / outcomes.height)
