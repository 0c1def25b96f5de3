"""The headline of each plan: the page sums those of the plans that pass its filters.

The rules are those of `compute_headline`, which here gets a currency of its own for each plan.
Earlier amounts are those of the same plans at the earlier date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.report.headline import Headline, compute_headline
from smartinst.report.news.sentences import MESSAGES
from smartinst.report.period import ReportPeriod
from smartinst.report.previous import Previous

Rows = Mapping[str, pl.DataFrame]
NETS: Final = ("net", "estimated")
"""Fields of the headline whose currency is that of the commission."""

_KEY: Final = ["seller_id", "plan_id"]
_CURRENCIES: Final = {
    "plans": ("currency",),
    "charges": ("currency",),
    "movements": ("currency",),
    "nets": ("currency", "commission_currency"),
}


def page_only_rows(
    rows: Rows,
    previous: Previous,
    as_of: date,
    period: ReportPeriod,
    lists: Rows,
    indexes: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """The rows of `dataset.PAGE_GRAINS`; `indexes` has the index `p` of each plan.

    lists  those of its lists of plans (`listed_rows`)
    """
    return {**headline_rows(rows, previous, as_of, period, indexes), **lists}


def headline_rows(
    rows: Rows, previous: Previous, as_of: date, period: ReportPeriod, indexes: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """One row per plan and currency, if one of its sums is not zero; minor units.

    `indexes` has the index `p` of each plan. `headline` also has the amounts of the plan's news, by
    kind; `headline_nets` has the net of the period by currency of the commission.
    """
    now = {grain: _of_each_plan(rows[grain], grain, indexes) for grain in _CURRENCIES}
    earlier_plans = _of_each_plan(previous.plans, "plans", indexes)
    earlier = Previous(previous.as_of, lambda: earlier_plans, {})
    headline = compute_headline(now, earlier, as_of, period)
    sums = {
        field.name: getattr(headline, field.name)
        for field in fields(Headline)
        if isinstance(getattr(headline, field.name), dict)
    }
    amounts = {f"{name}_minor": sums[name] for name in sums if name not in NETS}
    events = headline.events
    news = {f"news_{kind}_minor": events[kind].minor if kind in events else {} for kind in MESSAGES}
    ended = events["lost"].ended_minor if "lost" in events else {}
    return {
        "headline": _frame({**amounts, **news, "news_ended_minor": ended}, "currency"),
        "headline_nets": _frame(
            {f"{name}_minor": sums[name] for name in NETS}, "commission_currency"
        ),
    }


def _of_each_plan(rows: pl.DataFrame, grain: str, indexes: pl.DataFrame) -> pl.DataFrame:
    """The rows of a grain, each with its plan's index before its currency: `17|EUR`."""
    return rows.join(indexes, on=_KEY, how="inner", validate="m:1").with_columns(
        pl.concat_str("p", name, separator="|").alias(name) for name in _CURRENCIES[grain]
    )


def _frame(sums: Mapping[str, Mapping[str, int]], currency: str) -> pl.DataFrame:
    """The sums of each plan as columns, without rows of zeros, by index and currency."""
    keys = {key for by_key in sums.values() for key, value in by_key.items() if value}
    rows = [_row(key, sums, currency) for key in sorted(keys, key=_sort_key)]
    return pl.DataFrame(rows, schema=dict(_schema(sums, currency)))


def _sort_key(key: str) -> tuple[int, str]:
    index, code = key.split("|", 1)
    return int(index), code


def _row(key: str, sums: Mapping[str, Mapping[str, int]], currency: str) -> dict[str, Any]:
    index, code = _sort_key(key)
    values = {name: by_key.get(key, 0) for name, by_key in sums.items()}
    return {"p": index, currency: code, **values}


def _schema(sums: Iterable[str], currency: str) -> Iterable[tuple[str, Any]]:
    return (("p", pl.UInt32), (currency, pl.String), *((name, pl.Int64) for name in sums))
