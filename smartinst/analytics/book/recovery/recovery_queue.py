"""The recovery queue: the plans with debt in the order in which to write to their buyers.

docs/metrics.md §6.3. It is for the day of the report only: what the platform plans to do itself is
not known for a past day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.recovery.chances import class_chances
from smartinst.analytics.book.recovery.debts import add_class
from smartinst.analytics.book.recovery.effect import (
    CONTACTED,
    CONTACTS,
    HELD_OUT,
    ContactEffect,
    contact_effect,
    contact_outcomes,
    uplifts,
)
from smartinst.errors import InputError

RETRY_DAYS: Final = 3
"""A plan that the platform charges again within these days is in no queue."""
FLOOR: Final = 0.005
"""Score, as a share of the mean plan of its currency, below which writing is not worth it."""

ACTIONS: Final = ("retry", "change_card", "pix_or_slip", "ask", "not_worth_writing")
COLUMNS: Final = (
    *("rank", "plan_id", "seller_id", "buyer", "product", "currency", "overdue_minor"),
    *("to_receive_minor", "days_past_due", "score", "p", "action", "retry_date"),
    *("last_contact_date", "arm"),
)
"""`score` and `p` are null if no past debt is known; the others as in docs/contracts.md §5."""


@dataclass(frozen=True)
class RecoveryQueue:
    """The rows of the queue (COLUMNS, and all of the plan), first to contact first.

    effect  what writing brings, which `p` then is; None: too few plans are held out, so `p` is the
            chance of payment and the queue a ranking
    """

    rows: pl.DataFrame
    effect: ContactEffect | None

    def of_plans(self, plan_ids: pl.Series) -> RecoveryQueue:
        """The queue of some of the plans, ranked anew in the same order."""
        rows = self.rows.filter(pl.col("plan_id").is_in(plan_ids.to_list()))
        rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
        return RecoveryQueue(rows.with_columns(rank=rank), self.effect)


def recovery_queue(
    book: LoanBook, contacts: pl.DataFrame | None = None, arms: pl.DataFrame | None = None
) -> RecoveryQueue:
    """The queue of a whole seller's book as of D; filter its rows, not the book.

    contacts  the contact log (`effect.CONTACTS`); null: nothing is logged
    arms      plan_id and arm of this month, if some plans are held out: those come last

    InputError if the ledger has data after D.
    """
    if book.as_of < book.horizon.data_through:
        raise InputError(
            f"the recovery queue is for the day of the report: data go to "
            f"{book.horizon.data_through}, after {book.as_of}"
        )
    contacts = pl.DataFrame(schema=CONTACTS) if contacts is None else contacts
    debtors = add_class(_debtors(book))
    plans, effect = class_chances(book, debtors), None
    if not contacts.is_empty():
        outcomes = contact_outcomes(book, contacts)
        if effect := contact_effect(outcomes):
            plans = uplifts(book, outcomes, plans)
    rows = (
        plans.with_columns(
            score=recovery_score("p", "overdue_minor", "to_receive_minor", "continuation_gain")
        )
        .pipe(_add_contacts, contacts, arms)
        .pipe(_in_order, book)
    )
    return RecoveryQueue(rows, effect)


def recovery_score(p: str, overdue: str, to_receive: str, continuation_gain: str) -> pl.Expr:
    """What writing to the buyer may bring: p · (overdue + to_receive · Δ), in minor units."""
    return pl.col(p) * (pl.col(overdue) + pl.col(to_receive) * pl.col(continuation_gain))


def _debtors(book: LoanBook) -> pl.DataFrame:
    """Live plans with confirmed debt that are charged, but not within the next three days.

    overdue_minor and days_past_due are those of confirmed charges; retry_date is null unless it
    lies ahead.
    """
    is_ahead = (pl.col("retry_date") > book.as_of).fill_null(False)
    retry_date = pl.when(is_ahead).then("retry_date")
    is_soon = (retry_date <= pl.lit(book.as_of).dt.offset_by(f"{RETRY_DAYS}d")).fill_null(False)
    return book.plans.filter(
        "is_live",
        pl.col("confirmed_minor") > 0,
        ~pl.col("is_suspended").fill_null(False),
        ~is_soon,
    ).with_columns(
        overdue_minor="confirmed_minor",
        days_past_due="oldest_confirmed_days",
        retry_date=retry_date,
    )


def _add_contacts(
    rows: pl.DataFrame, contacts: pl.DataFrame, arms: pl.DataFrame | None
) -> pl.DataFrame:
    """Adds last_contact_date, and the arm of this month (null: nothing is held out)."""
    last_contacts = (
        contacts.filter(pl.col("arm") == CONTACTED)
        .group_by("plan_id")
        .agg(last_contact_date=pl.col("contact_date").max())
    )
    no_arms = pl.DataFrame(schema={"plan_id": pl.String, "arm": pl.String})
    for frame in (last_contacts, no_arms if arms is None else arms):
        rows = rows.join(frame, on="plan_id", how="left", maintain_order="left", validate="m:1")
    return rows


def _in_order(rows: pl.DataFrame, book: LoanBook) -> pl.DataFrame:
    """The rows by score ÷ mean plan of the currency; adds rank and action.

    Held-out plans come last. At a tie the currency with most live plans leads, then the shortest
    delay, then the largest overdue amount; so do plans without a score.
    """
    of_currency = (
        book.plans.filter("is_in_book")
        .group_by("currency")
        .agg(_mean_plan=pl.col("total_minor").mean(), _live_plans=pl.col("is_live").sum())
    )
    return (
        rows.join(of_currency, on="currency", how="left", validate="m:1")
        .with_columns(_relative_score=pl.col("score") / pl.col("_mean_plan"))
        .with_columns(_action(), _is_held_out=(pl.col("arm") == HELD_OUT).fill_null(False))
        .sort(
            *("_is_held_out", "_relative_score", "_live_plans", "currency", "days_past_due"),
            *("overdue_minor", "plan_id"),
            descending=[False, True, True, False, False, True, False],
            nulls_last=True,
        )
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
        .drop("_mean_plan", "_live_plans", "_relative_score", "_is_held_out", *_UNSHOWN)
    )


_UNSHOWN: Final = ("delay_class", "remedy", "continuation_gain")


def _action() -> pl.Expr:
    """What to do: one of ACTIONS."""
    return (
        pl.when(pl.col("_relative_score") < FLOOR)
        .then(pl.lit("not_worth_writing"))
        .when(pl.col("retry_date").is_not_null())
        .then(pl.lit("retry"))
        .when(pl.col("remedy") == "change_card")
        .then(pl.lit("change_card"))
        .when(pl.col("remedy") == "wait")
        .then(pl.lit("pix_or_slip"))
        .otherwise(pl.lit("ask"))
        .alias("action")
    )
