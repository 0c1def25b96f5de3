"""Roll rates and clean-up rates between month-closings (docs/metrics.md §6.1)."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Final

import polars as pl

from smartinst.analytics.book.balances import ON_DAY
from smartinst.analytics.book.horizon import is_small, overdue_bucket, plan_on_day, ratio
from smartinst.analytics.book.loan_book import (
    LoanBook,
    is_confirmed,
    is_unpaid,
    late_versions_on,
    periods_on,
)
from smartinst.analytics.lazy_frames import collect_once
from smartinst.analytics.payments import year_month

MONTHS: Final = 12
BUCKETS: Final = ("current", "1-30", "31-60", "61-90", "91+")
STATES: Final = (*BUCKETS, "paid off", "refunded", "canceled clean", "lost")
"""Columns of the matrix of roll rates; its rows are BUCKETS."""


def closed_days(book: LoanBook) -> list[date]:
    """The month-closings of the last twelve closed months, and the one before them."""
    return book.horizon.closed_month_ends(MONTHS)


def roll_steps(book: LoanBook, monthly_balances: pl.DataFrame) -> pl.DataFrame:
    """One row per plan with a balance at a month-end: its state there and a month later.

    currency, plan_index, outstanding_minor  at the earlier month-end
    from, to     states (BUCKETS, STATES) at the earlier and the later month-end
    is_skipping  in debt at the later one while its newest charge due by then is paid

    monthly_balances  `balances` at `closed_days`
    """
    days = closed_days(book)
    following = dict(pairwise(days))
    states = (
        monthly_balances.lazy()
        .filter("is_in_book", pl.col("day").is_in(days))
        .with_columns(_state(), overdue_bucket(pl.col("days_past_due")).alias("from"))
    )
    openings = states.filter(pl.col("is_live"), pl.col("outstanding_minor") > 0).with_columns(
        day=pl.col("day").replace_strict(following, default=None, return_dtype=pl.Date)
    )
    is_in_debt = pl.col("is_live") & (pl.col("days_past_due") > 0)
    closings = states.select("to", "newest_unpaid", is_in_debt=is_in_debt, key=plan_on_day())
    steps = (
        openings.select(*ON_DAY, "currency", "outstanding_minor", "from", key=plan_on_day())
        .join(closings, on="key", validate="1:1")
        .drop("key")
    )
    return _add_skipping(book, steps.collect())


def roll(steps: pl.DataFrame) -> pl.DataFrame:
    """One row per currency, `from` and `to`: outstanding_minor, pooled over the months.

    rate  ÷ the balance of the row `from`; the rates of a row sum to 1
    """
    balance = pl.col("outstanding_minor")
    order = {state: place for place, state in enumerate(STATES)}
    return (
        steps.lazy()
        .group_by("currency", "from", "to")
        .agg(balance.sum(), pl.len().alias("plans"))
        .with_columns(
            is_small(pl.col("plans").sum().over("currency", "from")),
            rate=balance / balance.sum().over("currency", "from"),
        )
        .select("currency", "from", "to", "outstanding_minor", "rate", "is_small")
        .sort(
            "currency",
            *(pl.col(name).replace_strict(order, return_dtype=pl.Int8) for name in ("from", "to")),
        )
        .collect()
    )


def roll_rows(steps: pl.DataFrame) -> pl.DataFrame:
    """One row per currency and `from`: plans (once a month), balance, that of skipping plans."""
    order = {state: place for place, state in enumerate(STATES)}
    return (
        steps.lazy()
        .group_by("currency", "from")
        .agg(
            pl.len().cast(pl.Int32).alias("plans"),
            pl.col("outstanding_minor").sum(),
            skipping_minor=pl.col("outstanding_minor").filter("is_skipping").sum(),
        )
        .sort("currency", pl.col("from").replace_strict(order, return_dtype=pl.Int8))
        .collect()
    )


def clean_up(book: LoanBook) -> pl.DataFrame:
    """One row per currency and closed month: what became of the debt of the month-end before it.

    overdue_minor   confirmed overdue charges at the month-end before the month
    received_minor  paid of them in the month; forgiven_minor: forgiven by negotiations in it
    rate            received_minor ÷ overdue_minor
    plans           plans with such a charge
    """
    days = closed_days(book)
    day, paid = pl.col("day"), pl.col("paid_date")
    live = periods_on(book, days[:-1]).filter("is_live", "is_activated")
    is_paid = (paid <= pl.col("_month_end")).fill_null(False)
    return (
        late_versions_on(book, days[:-1])
        .filter(
            "is_in_book",
            is_unpaid(day),
            pl.col("last_day") < day,
            is_confirmed(book.horizon, day),
        )
        .join(live.select(*ON_DAY), on=ON_DAY, how="semi")
        .with_columns(_month_end=day.dt.offset_by("1d").dt.month_end())
        .group_by("currency", year_month("_month_end").alias("month"))
        .agg(
            overdue_minor=pl.col("amount_minor").sum(),
            received_minor=pl.col("paid_minor").filter(is_paid).sum(),
            forgiven_minor=pl.col("forgiven_minor").filter(is_paid).sum(),
            plans=pl.col("plan_index").n_unique().cast(pl.Int32),
        )
        .filter(pl.col("overdue_minor") > 0)
        .select(
            *("currency", "month", "overdue_minor", "received_minor", "forgiven_minor"),
            ratio("received_minor", "overdue_minor").alias("rate"),
            "plans",
            is_small(),
        )
        .sort("currency", "month")
        .collect()
    )


def _state() -> pl.Expr:
    """The state of a plan at a month-end as `to` (STATES)."""
    return (
        pl.when("is_live")
        .then(overdue_bucket(pl.col("days_past_due")))
        .when("is_completed")
        .then(pl.lit("paid off"))
        .when((pl.col("status") == "Refunded") | pl.col("is_first_reversed"))
        .then(pl.lit("refunded"))
        .when("is_owing")
        .then(pl.lit("lost"))
        .otherwise(pl.lit("canceled clean"))
        .alias("to")
    )


def _add_skipping(book: LoanBook, steps: pl.DataFrame) -> pl.DataFrame:
    """Adds is_skipping: the newest charge that fell due before the day is not an unpaid one."""
    in_debt = steps.filter("is_in_debt").select(ON_DAY)
    of_debtors = collect_once(
        book.versions.lazy()
        .join(in_debt.lazy(), on="plan_index", how="semi")
        .select("plan_index", "number", "valid_from", "valid_to", "due_date")
    )
    newest_charges = (
        in_debt.lazy()
        .join(of_debtors, on="plan_index", validate="m:m")
        .filter(
            pl.col("valid_from") <= pl.col("day"),
            pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("day")),
            pl.col("due_date") < pl.col("day"),
        )
        .group_by(ON_DAY)
        .agg(newest_due=pl.col("number").max())
    )
    is_skipping = pl.col("is_in_debt") & (pl.col("newest_due") > pl.col("newest_unpaid"))
    return (
        steps.lazy()
        .join(newest_charges, on=ON_DAY, how="left", validate="1:1")  # right: not in debt
        .with_columns(is_skipping=is_skipping.fill_null(False))
        .drop("newest_due", "newest_unpaid", "is_in_debt")
        .collect()
    )
