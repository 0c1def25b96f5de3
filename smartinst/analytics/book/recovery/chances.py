"""The chances in the score of the queue, by class, from past snapshots of the book."""

from __future__ import annotations

import polars as pl

from smartinst.analytics.book.forecast.expectations import snapshot_days
from smartinst.analytics.book.forecast.open_charges import open_charges
from smartinst.analytics.book.forecast.payment_tables import weigh
from smartinst.analytics.book.forecast.shrinkage import shrunk_rates
from smartinst.analytics.book.forecast.windows import MONTH, last_known_day
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.recovery.debts import CLASS, WINDOW, debts_on_days


def class_chances(book: LoanBook, plans: pl.DataFrame) -> pl.DataFrame:
    """The plans with `p` and `continuation_gain`, shrunk by class; null without past debts.

    p                  P(something overdue is paid within 30 days)
    continuation_gain  P(continues | cured) − P(continues | not cured), at least 0: the share of
                       charges due 31 to 60 days later that are paid within 30 days of their date

    plans  rows with the columns of CLASS
    """
    rows = open_charges(book, snapshot_days(book))
    debts = debts_on_days(rows)
    classes = plans.select(CLASS).unique(maintain_order=True)
    p = class_rates(_outcomes(debts, "is_paid", WINDOW), classes, book, "p")
    later_charges = _later_charges(rows, debts)
    after_cure, otherwise = (
        class_rates(later_charges.filter(pl.col("is_cured") == is_cured), classes, book, name)
        for is_cured, name in ((True, "_cured"), (False, "_not_cured"))
    )
    gain = (pl.col("_cured") - pl.col("_not_cured")).clip(lower_bound=0)
    for rates in (p, after_cure, otherwise):
        plans = plans.join(rates, on=CLASS, how="left", maintain_order="left", validate="m:1")
    return plans.with_columns(continuation_gain=gain).drop("_cured", "_not_cured")


def class_rates(
    outcomes: pl.DataFrame, classes: pl.DataFrame, book: LoanBook, name: str
) -> pl.DataFrame:
    """One row per class: the share paid, shrunk from all over the delay to the class.

    outcomes  day, matured_date, the columns of CLASS, count, paid
    """
    known_through = last_known_day(book.as_of, book.horizon.data_through)
    origin = pl.DataFrame(
        {"origin": [book.as_of], "known_through": [known_through]},
        {"origin": pl.Date, "known_through": pl.Date},
    )
    sought = classes.select(
        pl.lit(book.as_of).alias("origin"), *CLASS, count=pl.lit(0.0), paid=pl.lit(0.0)
    )
    cells = weigh(outcomes, origin).select(sought.columns)
    return shrunk_rates(pl.concat([cells, sought]), ["origin"], CLASS, name).drop("origin")


def _outcomes(debts: pl.DataFrame, flag: str, days: int) -> pl.DataFrame:
    """The rows as observations of one flag whose window lasts some days."""
    return debts.with_columns(
        matured_date=pl.col("day").dt.offset_by(f"{days}d"),
        count=pl.lit(1.0),
        paid=pl.col(flag).cast(pl.Float64),
    )


def _later_charges(rows: pl.DataFrame, debts: pl.DataFrame) -> pl.DataFrame:
    """One row per charge that falls due 31 to 60 days after a debt, with the debt's class."""
    window_end = pl.col("due_date").dt.offset_by(f"{WINDOW}d")
    is_paid = (pl.col("paid_date") <= window_end).fill_null(False)
    later_charges = rows.filter(
        ~pl.col("is_overdue"), pl.col("lead") > MONTH, pl.col("lead") <= 2 * MONTH
    ).select("day", "plan_index", is_paid=is_paid)
    of_debts = debts.select("day", "plan_index", "is_cured", *CLASS)
    return later_charges.join(of_debts, on=["day", "plan_index"], validate="m:1").pipe(
        _outcomes, "is_paid", 2 * MONTH + WINDOW
    )
