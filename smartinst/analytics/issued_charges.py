"""What the attempts of a charge say of it: its due date, its amount, counts, and its payment."""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.keys import charge_key
from smartinst.analytics.lazy_frames import collect_once, left_join
from smartinst.analytics.paid_amounts import paying_attempts, payment_of
from smartinst.ledger.columns import ATTEMPT_ORDER

_Values = dict[str, tuple[pl.Expr, pl.Expr]]
"""Column → its value, and the condition of the attempts that it may come from."""


def issues_and_payments(expanded_attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per issued charge: due date and amount of its first attempt, counts, its payment.

    Negotiations do not count as the first attempt. Most charges have one attempt, of that charge
    alone; only the attempts of the others are sorted.
    """
    attempts = expanded_attempts.with_columns(charge_key=charge_key())
    is_alone = pl.col("charge_key").is_unique() & ~pl.col("has_several_numbers")
    attempts = collect_once(attempts.with_columns(_is_single=is_alone))
    singles, several = attempts.filter("_is_single"), attempts.filter(~pl.col("_is_single"))
    of_several = _issues_of_several(several, as_of).pipe(
        left_join, paying_attempts(several, as_of), "charge_key"
    )  # right: not paid
    of_singles = _issues_of_singles(singles, as_of)
    columns = of_singles.collect_schema().names()
    return collect_once(pl.concat([of_singles, of_several.select(columns)]))


def _issues_of_singles(singles: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """The rows of charges with one attempt, which is of no other charge."""
    first_values, last_values = _first_values(as_of), _last_values(as_of)
    has_failed, is_unknown = _has_failed(as_of), pl.col("state") == "unknown"
    is_paid = pl.col("approved_date") <= as_of
    return singles.select(
        "charge_key",
        **{
            name: pl.when(valid).then(value)
            for name, (value, valid) in (first_values | last_values).items()
        },
        attempts=pl.lit(1, pl.Int32),
        failed_attempts=has_failed.cast(pl.Int32),
        has_unknown_attempt=is_unknown,
        **{name: pl.when(is_paid).then(value) for name, value in payment_of().items()},
        charged_twice_minor=pl.lit(None, pl.Int64),
    )


def _issues_of_several(several: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """The rows of charges with several attempts, or with one of several charges; no payment."""
    first_values, last_values = _first_values(as_of), _last_values(as_of)
    has_failed, is_unknown = _has_failed(as_of), pl.col("state") == "unknown"
    return (
        several.sort(ATTEMPT_ORDER)
        .group_by("charge_key")
        .agg(
            **{name: value.filter(valid).first() for name, (value, valid) in first_values.items()},
            **{name: value.filter(valid).last() for name, (value, valid) in last_values.items()},
            attempts=pl.len().cast(pl.Int32),
            failed_attempts=has_failed.sum().cast(pl.Int32),
            has_unknown_attempt=is_unknown.any(),
        )
    )


def _has_failed(as_of: date) -> pl.Expr:
    return (pl.col("failed_date") <= as_of).fill_null(False)


def _first_values(as_of: date) -> _Values:
    """What `_issues` takes from the first attempt of a charge."""
    is_own, is_any = ~pl.col("is_negotiation"), pl.lit(True)
    return {
        "own_due_date": (pl.col("due_date"), is_own),
        "own_minor": (pl.col("amount_minor"), is_own),
        "own_issued_date": (pl.col("ordered_date"), is_own),
        "first_failed_date": (pl.when(_has_failed(as_of)).then("failed_date"), is_own),
        "issued_date": (pl.col("ordered_date"), is_any),
        "unknown_date": (pl.col("ordered_date"), pl.col("state") == "unknown"),
    }


def _last_values(as_of: date) -> _Values:
    """What `_issues` takes from the last attempt of a charge."""
    total = pl.col("total_minor")
    return {
        "own_total_minor": (total, ~pl.col("is_negotiation") & (total > 0)),
        "last_refusal": (pl.col("refusal"), _has_failed(as_of)),
        "retry_date": (pl.col("retry_date"), pl.lit(True)),
    }
