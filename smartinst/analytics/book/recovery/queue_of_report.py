"""The recovery queue of a report, and the plans that get no message (docs/metrics.md §6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from smartinst.analytics.book.loan_book import book_of_sales
from smartinst.analytics.book.recovery.effect import CONTACTED, CONTACTS, HELD_OUT
from smartinst.analytics.book.recovery.recovery_queue import (
    RETRY_DAYS,
    RecoveryQueue,
    recovery_queue,
)
from smartinst.analytics.sales import Sales

NOT_WORTH: Final = "not_worth_writing"


def queue_of_sales(sales: Sales, day: date, contact_log: Mapping[str, Any]) -> RecoveryQueue:
    """The queue of the plans that pass the filters; its chances are those of all plans.

    `contact_log` is the run's parameter: `log` lists [plan id, ISO date, arm], `held_out` the ids
    of the plans that get no message this month (missing: no plan is held out).
    """
    contacts = pl.DataFrame(
        [
            (plan_id, date.fromisoformat(day_text), arm)
            for plan_id, day_text, arm in contact_log.get("log", ())
        ],
        CONTACTS,
        orient="row",
    )
    book = book_of_sales(sales.unfiltered(), day)
    queue = recovery_queue(book, contacts, _arms(book.plans["plan_id"], contact_log))
    return queue.of_plans(sales.plans(day)["plan_id"]) if sales.where else queue


def _arms(plan_ids: pl.Series, contact_log: Mapping[str, Any]) -> pl.DataFrame | None:
    """The arm of each plan this month; None if no plan is held out."""
    if (held_out := contact_log.get("held_out")) is None:
        return None
    is_held_out = pl.col("plan_id").is_in(list(held_out))
    arm = pl.when(is_held_out).then(pl.lit(HELD_OUT)).otherwise(pl.lit(CONTACTED))
    return pl.DataFrame({"plan_id": plan_ids.unique(maintain_order=True)}).with_columns(arm=arm)


def split_queue(
    queue: RecoveryQueue, plans: pl.DataFrame, day: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The plans to write to, ranked anew, and those with debt that get no message, with `reason`.

    plans  all plans of the report (`Snapshot.plans`)
    """
    is_held_out = (pl.col("arm") == HELD_OUT).fill_null(False)
    is_not_worth = pl.col("action") == NOT_WORTH
    rows = queue.rows.filter(~is_held_out, ~is_not_worth).with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
    )
    without_message = queue.rows.filter(is_held_out | is_not_worth).select(
        "plan_id",
        reason=pl.when(is_held_out).then(pl.lit("held_out")).otherwise(pl.lit("not_worth")),
    )
    last_retry_day = pl.lit(day + timedelta(RETRY_DAYS))
    is_soon = (pl.col("retry_date") > day) & (pl.col("retry_date") <= last_retry_day)
    not_queued = plans.filter(
        "is_live", "has_debt", ~pl.col("plan_id").is_in(queue.rows["plan_id"].to_list())
    ).select(
        "plan_id",
        reason=pl.when(pl.col("confirmed_minor") == 0)
        .then(pl.lit("unconfirmed"))
        .when(pl.col("is_suspended").fill_null(False))
        .then(pl.lit("suspended"))
        .when(is_soon.fill_null(False))
        .then(pl.lit("retry_soon")),
    )
    return rows, pl.concat([without_message, not_queued])
