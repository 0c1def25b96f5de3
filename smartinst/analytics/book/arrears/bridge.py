"""The overdue bridge: why the overdue amount changed between two days (docs/metrics.md §6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from smartinst.analytics.book.arrears.debts import overdue_spells
from smartinst.analytics.book.loan_book import (
    LoanBook,
    is_confirmed,
    is_unpaid,
    late_versions_on,
    periods_on,
)
from smartinst.analytics.lazy_frames import collect_once

_CHARGE: Final = ("plan_index", "number")
_ENDS: Final = ("reversed", "seller", "platform", "unknown")
_CHANGES: Final = (
    *("newly_overdue_minor", "reopened_minor", "paid_late_minor", "forgiven_minor"),
    *(f"ended_{end}_minor" for end in _ENDS),
)
_MEMO: Final = ("came_and_went_minor", "unconfirmed_opening_minor", "unconfirmed_closing_minor")


def bridge(
    book: LoanBook, since: date, printed_minor: Mapping[str, int] | None = None
) -> pl.DataFrame:
    """One row per currency: the overdue amounts of `since` and of D, and the lines between them.

    opening_minor    as printed in a report of `since`; else as computed now, with the prices and
                     due dates that the charges of `since` have at D
    restated_minor   the opening as computed now less what was printed; null if nothing was printed
    newly_overdue_minor, reopened_minor   overdue at D and not then, due on or after `since`, before
    paid_late_minor, forgiven_minor, ended_<by>_minor   what left it, negative; `unknown` includes
                     cancellations by the buyer
    closing_minor    opening + restated + all other lines
    came_and_went_minor            in no sum: overdue between the two days, and on neither
    unconfirmed_<opening|closing>_minor   in no sum: the unconfirmed part

    All live plans count, as in `overdue_minor` of the dashboard.

    printed_minor  currency → overdue amount in the report of `since`; None: there is none
    """
    opening, closing = (_overdue_on(book, day) for day in (since, book.as_of))
    lines = collect_once(
        opening.join(
            closing, on=_CHARGE, how="full", coalesce=True, suffix="_closing", validate="1:1"
        )
    )
    outcomes = (
        lines.join(_charges_now(book, lines), on=_CHARGE, how="left", validate="1:1")
        # right: a charge that the plan no longer has
        .with_columns(**_changes(since))
    )
    sums = [*_CHANGES, *_MEMO[1:], "amount_minor", "amount_minor_closing", "_revised"]
    temporary = _came_and_went(book, since)
    frame = (
        pl.concat([outcomes, temporary], how="diagonal")
        .join(book.plans.lazy().select("plan_index", "currency"), on="plan_index", validate="m:1")
        .group_by("currency")
        .agg(pl.col(*sums, "came_and_went_minor").sum())
        .collect()
    )
    return _with_opening(frame, printed_minor)


def _overdue_on(book: LoanBook, day: date) -> pl.LazyFrame:
    """The overdue charges of live plans at the end of a day, `unconfirmed`: that part of each."""
    live = periods_on(book, [day]).filter("is_live").select("plan_index")
    confirmed = is_confirmed(book.horizon, pl.lit(day))
    return (
        late_versions_on(book, [day])
        .filter(is_unpaid(pl.lit(day)), pl.col("last_day") < day)
        .join(live, on="plan_index", how="semi")
        .select(
            *(*_CHARGE, "amount_minor", "due_date"),
            unconfirmed=pl.when(confirmed).then(0).otherwise("amount_minor"),
        )
    )


def _charges_now(book: LoanBook, lines: pl.LazyFrame) -> pl.LazyFrame:
    """The charges of the lines' plans as of D, and what ended the plan (_ENDS; null: nothing)."""
    actor = (
        pl.when("is_live")
        .then(None)
        .when((pl.col("status") == "Refunded") | pl.col("is_first_reversed"))
        .then(pl.lit("reversed"))
        .otherwise(
            pl.col("canceled_by").replace_strict(
                {"SELLER": "seller", "ADMIN": "platform"}, default="unknown", return_dtype=pl.String
            )
        )
    )
    periods = book.periods.lazy().filter(pl.col("to_date").is_null())
    actors = book.plans.lazy().select("plan_index", "canceled_by")
    ends = periods.join(actors, on="plan_index", validate="1:1").select("plan_index", end=actor)
    return (
        book.charges.lazy()
        .join(lines, on="plan_index", how="semi")
        .select(*_CHARGE, "is_paid", "paid_minor", "forgiven_minor", price="amount_minor")
        .join(ends, on="plan_index", validate="m:1")
    )


def _changes(since: date) -> dict[str, pl.Expr]:
    """The lines of a charge that was overdue at `since` (amount_minor) or is at D."""
    earlier, now = pl.col("amount_minor"), pl.col("amount_minor_closing")
    is_new, is_open = earlier.is_null(), now.is_not_null()
    is_paid = ~is_open & pl.col("is_paid").fill_null(False)
    has_ended = ~is_open & ~is_paid & pl.col("end").is_not_null()
    is_dropped = ~is_open & ~is_paid & ~has_ended
    is_due_since = pl.col("due_date_closing") >= since

    def amount(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
        return pl.when(condition).then(value).otherwise(0)

    revision = (
        pl.when(is_new)
        .then(0)
        .when(is_open)
        .then(now - earlier)
        .when(is_paid)
        .then(pl.col("price") - earlier)
        .otherwise(amount(is_dropped, -earlier))
    )
    return {
        "newly_overdue_minor": amount(is_new & is_due_since, now),
        "reopened_minor": amount(is_new & ~is_due_since, now),
        "paid_late_minor": amount(is_paid, -pl.col("paid_minor")),
        "forgiven_minor": amount(is_paid, -pl.col("forgiven_minor")),
        **{
            f"ended_{end}_minor": amount(has_ended & (pl.col("end") == end), -earlier)
            for end in _ENDS
        },
        "_revised": revision,
        "unconfirmed_opening_minor": pl.col("unconfirmed").fill_null(0),
        "unconfirmed_closing_minor": pl.col("unconfirmed_closing").fill_null(0),
    }


def _came_and_went(book: LoanBook, since: date) -> pl.LazyFrame:
    """Charges that became overdue after `since` and no longer were at D: their amounts."""
    spells = overdue_spells(book, activated_only=False, confirmed_only=False)
    ends_in_time = pl.col("end").max() <= book.as_of
    begins_in_time = pl.col("begin").min() > since
    return (
        spells.filter(pl.col("end") > since)
        .group_by(_CHARGE)
        .agg(
            came_and_went_minor=pl.when(begins_in_time & ends_in_time)
            .then(pl.col("amount_minor").last())
            .otherwise(0)
        )
        .select("plan_index", "came_and_went_minor")
    )


def _with_opening(frame: pl.DataFrame, printed_minor: Mapping[str, int] | None) -> pl.DataFrame:
    """The rows with opening, restated and closing amounts; rows of zeros are left out."""
    recomputed, revised = pl.col("amount_minor"), pl.col("_revised")
    if printed_minor is None:
        opening = recomputed + revised
        restated: pl.Expr = pl.lit(None, pl.Int64)
    else:
        amounts = pl.DataFrame(
            {"currency": list(printed_minor), "printed": list(printed_minor.values())},
            schema={"currency": pl.String, "printed": pl.Int64},
        )
        frame = frame.join(amounts, on="currency", how="full", coalesce=True).with_columns(
            pl.exclude("currency").fill_null(0)
        )
        opening = pl.col("printed")
        restated = recomputed + revised - opening
    table = frame.select(
        "currency",
        opening.alias("opening_minor"),
        restated.alias("restated_minor"),
        *_CHANGES,
        pl.col("amount_minor_closing").alias("closing_minor"),
        *_MEMO,
    )
    is_not_zero = pl.any_horizontal(pl.exclude("currency").fill_null(0) != 0)
    return table.filter(is_not_zero).sort("currency")
