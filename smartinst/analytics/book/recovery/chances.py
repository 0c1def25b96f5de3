"""The chances in the score of the queue, by class, from past snapshots of the book."""

from __future__ import annotations

import polars as pl

from smartinst.analytics.book.forecast.expectations import snapshot_days
from smartinst.analytics.book.forecast.open_charges import open_charges
from smartinst.analytics.book.forecast.payment_tables import weigh, weigh_others
from smartinst.analytics.book.forecast.shrinkage import shrunk_rates
from smartinst.analytics.book.forecast.windows import last_known_day
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.recovery.debt_outcomes import (
    CONTINUES_AFTER_CURE,
    CONTINUES_OTHERWISE,
    PAYS,
    debt_outcomes,
)
from smartinst.analytics.book.recovery.debts import CLASS


def class_chances(book: LoanBook, plans: pl.DataFrame) -> pl.DataFrame:
    """The plans with `p` and `continuation_gain`, shrunk by class; null without past debts.

    p                  P(something overdue is paid within 30 days)
    continuation_gain  P(continues | cured) − P(continues | not cured), at least 0: the share of
                       charges due 31 to 60 days later that are paid within 30 days of their date

    plans  rows with the columns of CLASS
    """
    if plans.is_empty():
        no_share = pl.lit(None, pl.Float64)
        return plans.with_columns(p=no_share, continuation_gain=no_share)
    outcomes = debt_outcomes(open_charges(book, snapshot_days(book)))
    pool = book.pool.counts if book.pool else None
    classes = plans.select(CLASS).unique(maintain_order=True)
    for outcome, name in (
        (PAYS, "p"),
        (CONTINUES_AFTER_CURE, "_cured"),
        (CONTINUES_OTHERWISE, "_not_cured"),
    ):
        is_outcome = pl.col("outcome") == outcome
        others = pool.debts.filter(is_outcome) if pool else None
        rates = class_rates(outcomes.filter(is_outcome), classes, book, name, others)
        plans = plans.join(rates, on=CLASS, how="left", maintain_order="left", validate="m:1")
    gain = (pl.col("_cured") - pl.col("_not_cured")).clip(lower_bound=0)
    return plans.with_columns(continuation_gain=gain).drop("_cured", "_not_cured")


def class_rates(
    outcomes: pl.DataFrame,
    classes: pl.DataFrame,
    book: LoanBook,
    name: str,
    others: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per class: the share paid, shrunk from all over the delay to the class.

    outcomes  day, matured_date, the columns of CLASS, count, paid
    others    the same of other sellers, whose share of a class is above the seller's own
    """
    known_through = last_known_day(book.as_of, book.horizon.data_through)
    origin = pl.DataFrame(
        {"origin": [book.as_of], "known_through": [known_through]},
        {"origin": pl.Date, "known_through": pl.Date},
    )
    sought = classes.select(
        pl.lit(book.as_of).alias("origin"), *CLASS, count=pl.lit(0.0), paid=pl.lit(0.0)
    )
    cells = pl.concat([weigh(outcomes, origin).select(sought.columns), sought])
    cells_of_others = None if others is None else weigh_others(others, origin)
    return shrunk_rates(cells, ["origin"], CLASS, name, cells_of_others).drop("origin")
