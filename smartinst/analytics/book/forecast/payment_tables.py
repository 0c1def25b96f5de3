"""Shares of open charges that are paid, by class, from past snapshots (docs/metrics.md §6.2).

An overdue charge: age → what helps → how many are overdue → currency → product → N. A future
charge: state of its plan → months ahead → whether the plan paid late before → currency → product
→ N.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.forecast.shrinkage import shrunk_rates
from smartinst.analytics.book.forecast.windows import (
    HORIZONS,
    LAST_CHANCE,
    MONTH,
    is_in_horizon,
    months_ahead,
    paid_in_window,
)

AGES: Final = (7, 30, 60, 90, 180)
"""Upper limits of the age classes of an overdue charge, in days; the last class is open."""
HALF_LIFE: Final = 270
"""Days in which the weight of a snapshot halves."""
MEMORY: Final = 1_460
"""Days before a forecast beyond which snapshots are left out."""
FARTHEST: Final = 3
"""Months ahead that have a class; beyond them the attrition of the roll chain is applied."""
KIND: Final = pl.Enum(["overdue", "future"])
HORIZON: Final = pl.Enum(HORIZONS)
LEVELS: Final = ("level_1", "level_2", "level_3", "level_4", "level_5", "level_6")
CLASS: Final = ("kind", "horizon", *LEVELS)
POOLED_COLUMNS: Final = ("day", "matured_date", "kind", "horizon", *LEVELS[:3])


def add_classes(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds kind (overdue, future), months_ahead, and the class of each open charge.

    Classes are small integers, since several million rows are grouped by them.
    """
    is_overdue = pl.col("is_overdue")
    age_class = pl.sum_horizontal((pl.col("age") > limit).cast(pl.Int8) for limit in AGES)
    months = pl.when(is_overdue).then(0).otherwise(months_ahead()).cast(pl.Int32)
    help_of_confirmed = pl.when("is_confirmed").then(pl.col("help").to_physical())
    pairs = (
        (age_class, pl.col("state").to_physical()),
        (help_of_confirmed, months.clip(upper_bound=FARTHEST)),
        (pl.col("overdue_count"), pl.col("is_late_payer")),
    )
    n_group = (pl.col("installments") > 3).cast(pl.Int8) + (pl.col("installments") > 6)
    return rows.with_columns(
        *(
            pl.when(is_overdue)
            .then(overdue.cast(pl.Int8))
            .otherwise(future.cast(pl.Int8))
            .alias(level)
            for level, (overdue, future) in zip(LEVELS, pairs, strict=False)
        ),
        kind=pl.when(is_overdue).then(pl.lit("overdue", KIND)).otherwise(pl.lit("future", KIND)),
        level_4=pl.col("currency"),
        level_5=pl.col("product_index"),
        level_6=n_group.cast(pl.Int8),
        months_ahead=months,
    )


def count_payments(classified: pl.DataFrame) -> pl.DataFrame:
    """One row per snapshot day, horizon and class: charges, the share paid, and `matured_date`.

    Unconfirmed overdue charges are in no rate. Months ahead beyond FARTHEST have no class.
    """
    is_counted = (
        pl.when("is_overdue").then("is_confirmed").otherwise(pl.col("months_ahead") <= FARTHEST)
    )
    rows = classified.filter(is_counted)
    return pl.concat(
        rows.filter(is_in_horizon(horizon))
        .with_columns(
            paid=paid_in_window(horizon, "paid_share"),
            horizon=pl.lit(horizon, HORIZON),
            matured_date=_matured_date(horizon),
        )
        .group_by("day", "matured_date", *CLASS, maintain_order=True)
        .agg(pl.col("paid").sum(), count=pl.len().cast(pl.Float64))
        for horizon in HORIZONS
    )


def _matured_date(horizon: str) -> pl.Expr:
    """The day on which the windows of all charges of a class are at their end."""
    if horizon != "end":
        return pl.col("day").dt.offset_by(f"{horizon}d")
    months = pl.when("is_overdue").then(0).otherwise(pl.col("months_ahead") + 1)
    return pl.col("day") + pl.duration(days=months * MONTH + LAST_CHANCE)


def weigh(counts: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """The counts that are known as of each origin, their weight halved every 270 days.

    origins  origin, known_through (windows that end later are not over)
    """
    age = (pl.col("origin") - pl.col("day")).dt.total_days()
    weight = 0.5 ** (age / HALF_LIFE)
    return (
        counts.join_where(
            origins,
            pl.col("matured_date") <= pl.col("known_through"),
        )
        .filter(age <= MEMORY)
        .with_columns(pl.col("count", "paid") * weight)
    )


def weigh_others(counts: pl.DataFrame, origins: pl.DataFrame) -> pl.DataFrame:
    """`weigh` for other sellers' counts, all of windows that were over in their own data.

    They are known through the day before an origin, whatever the seller's own data are.
    """
    known_through = pl.col("origin").dt.offset_by("-1d")
    return weigh(counts, origins.with_columns(known_through=known_through))


def sum_classes(counts: pl.DataFrame) -> pl.DataFrame:
    """The rows of `count_payments` without currency, product and N: what sellers have in common."""
    return counts.group_by(POOLED_COLUMNS, maintain_order=True).agg(pl.col("count", "paid").sum())


def payment_rates(
    counts: pl.DataFrame,
    targets: pl.DataFrame,
    origins: pl.DataFrame,
    others: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The targets with `table_rate`: the shrunk share of their class as of their origin.

    A longer horizon never has a smaller share.

    targets  rows with an origin and a class
    others   the counts of other sellers (`sum_classes`); None: nothing is above the seller's own
    """
    roots = ["origin", "kind", "horizon"]
    sought = (
        targets.select("origin", *CLASS)
        .unique(maintain_order=True)
        .with_columns(count=pl.lit(0.0), paid=pl.lit(0.0))
    )
    cells = (
        weigh(counts, origins)
        .group_by("origin", *CLASS, maintain_order=True)
        .agg(pl.col("count", "paid").sum())
    )
    cells_of_others = None if others is None else weigh_others(others, origins)
    rates = shrunk_rates(
        pl.concat([cells.select(sought.columns), sought]),
        roots,
        LEVELS,
        "table_rate",
        cells_of_others,
    )
    return targets.join(
        rates.with_columns(_monotone("table_rate")),
        on=["origin", *CLASS],
        how="left",
        nulls_equal=True,
        maintain_order="left",
        validate="m:1",
    )


def _monotone(rate: str) -> pl.Expr:
    """The rate of a class, in the middle of the two nearest courses that only rise by horizon.

    Each horizon's rate is counted on snapshots of its own, so a longer one may come out smaller.
    """
    course = pl.col(rate).forward_fill()
    middle = (course.cum_max() + course.cum_min(reverse=True)) / 2
    return middle.over("origin", "kind", *LEVELS, order_by="horizon").alias(rate)
