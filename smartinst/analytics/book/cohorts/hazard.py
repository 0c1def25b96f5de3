"""Hazard by installment: at which charge plans stop, are refunded or canceled (§6.1).

A competing-risks table: at each charge, a plan at risk goes on or exits by one of three causes.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from smartinst.analytics.book.balances import balances_of_pairs
from smartinst.analytics.book.cohorts.incidence import CAUSES, cumulative_incidence, standard_errors
from smartinst.analytics.book.events import running_sum
from smartinst.analytics.book.horizon import SMALL_SAMPLE, days_after, with_all_groups
from smartinst.analytics.book.loan_book import LoanBook, is_confirmed
from smartinst.analytics.book.periods import ENDED_STATUSES

WINDOW_DAYS: Final = 90
_SCHEMA: Final = {
    "installments": pl.String,
    "number": pl.Int32,
    "at_risk": pl.Int32,
    **dict.fromkeys(CAUSES, pl.Int32),
    **dict.fromkeys(("survival", *(f"cif_{cause}" for cause in CAUSES)), pl.Float64),
    "is_small": pl.Boolean,
    **dict.fromkeys(("survival_error", *(f"cif_{cause}_error" for cause in CAUSES)), pl.Float64),
}


def hazard(book: LoanBook) -> pl.DataFrame:
    """One row per group of N (`installments`) and charge number k, over all currencies.

    at_risk                   plans without an exit before k whose window d_k + 90 is over
    stop, reversed, canceled  those that exit at k, by cause
    survival, cif_<cause>     S_k, and the cumulative incidence of the cause; survival_error and
                              cif_<cause>_error: their standard errors, by bootstrap over plans
    """
    rows: list[dict[str, Any]] = []
    for (group,), counts in _exit_counts(book).group_by("group", maintain_order=True):
        of_group = counts.to_dicts()
        incidences = cumulative_incidence(of_group)
        for count, incidence, errors in zip(
            of_group, incidences, standard_errors(of_group), strict=True
        ):
            cifs = {f"cif_{cause}": float(share) for cause, share in incidence.by_cause.items()}
            row = {"installments": group, **count, "survival": float(incidence.survival), **cifs}
            row["is_small"] = count["at_risk"] < SMALL_SAMPLE
            row["survival_error"] = errors["survival"]
            rows.append(row | {f"cif_{cause}_error": errors[cause] for cause in CAUSES})
    return pl.DataFrame({name: [row[name] for row in rows] for name in _SCHEMA}, schema=_SCHEMA)


def exits(book: LoanBook) -> pl.DataFrame:
    """One row per plan of the book that was at risk: its exit, if it had one.

    plan_index, installments
    number  the charge of the exit, else the last one at which the plan was at risk
    cause   one of CAUSES; null: no exit yet
    """
    charges = _charges_with_windows(book)
    causes = _stops(book, charges).join(
        _ends(book, charges), on=["plan_index", "number"], how="full", coalesce=True
    )
    first_exits = (
        causes.with_columns(cause=pl.coalesce("end_cause", pl.lit("stop")))
        .sort("plan_index", "number")
        .group_by("plan_index", maintain_order=True)
        .agg(pl.col("number", "cause").first())
    )
    at_risk = charges.group_by("plan_index", "installments").agg(last_number=pl.col("number").max())
    return (
        at_risk.join(first_exits, on="plan_index", how="left", validate="1:1")  # right: no exit
        .with_columns(number=pl.coalesce("number", "last_number"))
        .drop("last_number")
    )


def _exit_counts(book: LoanBook) -> pl.DataFrame:
    """One row per group of N and number: at_risk, and the exits of each cause."""
    cause, is_exit = pl.col("cause"), pl.col("number") == pl.col("exit_number")
    return (
        with_all_groups(exits(book))
        .lazy()
        .rename({"number": "exit_number"})
        .with_columns(number=pl.int_ranges(1, pl.col("exit_number") + 1, dtype=pl.Int32))
        .explode("number")
        .group_by("group", "number")
        .agg(
            pl.len().cast(pl.Int32).alias("at_risk"),
            *(((cause == name) & is_exit).sum().cast(pl.Int32).alias(name) for name in CAUSES),
        )
        .sort("group", "number")
        .collect()
    )


def _charges_with_windows(book: LoanBook) -> pl.DataFrame:
    """The charges whose windows, and those of all charges before, are over.

    window_end, next_due_date  d_k + 90, and the end of the interval of k
    """
    window_end, paid = pl.col("window_end"), pl.col("paid_date")
    has_ended = pl.col("status").is_in(ENDED_STATUSES)
    ends = book.plans.lazy().select("plan_index", end_date=pl.when(has_ended).then("end_date"))
    is_known = (
        (paid <= window_end).fill_null(False)
        | is_confirmed(book.horizon, pl.lit(book.as_of))
        | (pl.col("end_date") < pl.col("next_due_date")).fill_null(False)
    )
    is_same_plan = pl.col("plan_index") == pl.col("plan_index").shift(-1)
    return (
        book.charges.lazy()
        .filter("is_in_book")
        .select(
            *("plan_index", "installments", "number", "due_date", "paid_date", "issued_date"),
            "unknown_date",
            window_end=days_after("due_date", WINDOW_DAYS),
        )
        .sort("plan_index", "number")
        .with_columns(next_due_date=pl.when(is_same_plan).then(pl.col("due_date").shift(-1)))
        .join(ends, on="plan_index", how="left", validate="m:1", maintain_order="left")
        .with_columns(next_due_date=pl.coalesce("next_due_date", days_after(window_end, 1)))
        .with_columns(_open=(~(book.horizon.is_over(window_end) & is_known)).cast(pl.Int32))
        .filter(running_sum("_open") == 0)
        .collect()
    )


def _stops(book: LoanBook, charges: pl.DataFrame) -> pl.DataFrame:
    """Charges unpaid at the end of their window, in which no charge of the plan was paid."""
    paid = pl.col("paid_date")
    unpaid = charges.filter(paid.is_null() | (paid > pl.col("window_end"))).select(
        "plan_index", "number", "due_date", "window_end"
    )
    payments = book.charges.lazy().filter(paid.is_not_null()).select("plan_index", "paid_date")
    continued = (
        unpaid.lazy()
        .join(payments, on="plan_index", validate="m:m")
        .filter(paid > pl.col("due_date"), paid <= pl.col("window_end"))
        .select("plan_index", "number")
        .unique()
        .collect()
    )
    key = ["plan_index", "number"]
    return unpaid.join(continued, on=key, how="anti").select(key)


def _ends(book: LoanBook, charges: pl.DataFrame) -> pl.DataFrame:
    """The first interval of each ended plan that is not over before its end, with end_cause."""
    ends = (
        charges.filter(pl.col("end_date") < pl.col("next_due_date"))
        .sort("plan_index", "number")
        .unique("plan_index", keep="first", maintain_order=True)
        .select("plan_index", "number", day="end_date")
    )
    states = balances_of_pairs(book, ends.select("plan_index", "day"))
    cause = (
        pl.when((pl.col("status") == "Refunded") | pl.col("is_first_reversed"))
        .then(pl.lit("reversed"))
        .when("is_owing")
        .then(pl.lit("stop"))
        .otherwise(pl.lit("canceled"))
    )
    return ends.join(
        states.select("plan_index", end_cause=cause), on="plan_index", validate="1:1"
    ).drop("day")
