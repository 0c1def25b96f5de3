"""The rows of the offline page and the workbook: dictionary-encoded columns, once in the notebook.

The workbook has all rows; the page has those of the plans that it can filter
(docs/contracts.md §7).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.currency_order import currencies_of
from smartinst.analytics.figures import FIGURES
from smartinst.analytics.filter_table import FILTERS
from smartinst.analytics.metrics import PLAN_KEYS, contact_order
from smartinst.money import exponent
from smartinst.report.tables.figures import ONLY_TABLES
from smartinst.report.whatsapp import debtor_links

MAX_PLANS: Final = 20_000
"""If there are more, the page has the newest purchases; unfiltered figures still cover all."""

CHARGE_COLUMNS: Final = (
    *("number", "due_date", "paid_date", "state", "released_as", "amount_minor"),
    *("attempts", "last_refusal"),
)
"""Columns of charges that only lists of them have; the others are those of figures."""
CHARGE_GRAINS: Final = ("charges", "nets", "movements")
PAGE_GRAINS: Final = ("headline", "headline_nets", "contacts", "alerts")
"""Rows that only the page needs: its headline and its lists of plans follow the filters."""


def dataset(
    rows: Mapping[str, pl.DataFrame],
    as_of: date,
    whatsapp: Callable[[dict[str, Any]], str | None],
    excluded: Collection[str] = (),
    max_plans: int = MAX_PLANS,
    page_rows_of: Callable[[pl.DataFrame], Mapping[str, pl.DataFrame]] = lambda _: {},
) -> dict[str, Any]:
    """All rows, without the `excluded` columns of plans; `p` is the index of a row's plan.

    `page_rows_of` returns the rows of PAGE_GRAINS for the plans with their indexes.

    If there are more than `max_plans` plans, `of` is that number, and `unfiltered` has all figures.
    """
    is_cut = rows["plans"].height > max_plans
    plans = contact_order(rows["plans"]).with_row_index("p")
    indexes = plans.select("seller_id", "plan_id", "p")
    plan_columns = _plan_columns(plans, rows["attempts"], indexes, whatsapp)
    grains = {
        "plans": {name: values for name, values in plan_columns.items() if name not in excluded}
    }
    for grain in CHARGE_GRAINS:
        frame = rows[grain].join(indexes, on=["seller_id", "plan_id"], how="inner", validate="m:1")
        grains[grain] = _encoded_columns(
            frame.sort("p", maintain_order=True), ("p", *_figure_columns(grain, frame))
        )
    for grain, frame in page_rows_of(indexes).items():
        if "p" not in frame.columns:
            key = ["seller_id", "plan_id"]
            frame = frame.join(
                indexes, on=key, how="inner", validate="m:1", maintain_order="left"
            ).drop(key)
        grains[grain] = _encoded_columns(frame, tuple(frame.columns))
    currencies = dict.fromkeys(
        (*currencies_of(rows["plans"]), *currencies_of(rows["nets"], "commission_currency"))
    )
    return {
        **grains,
        "filters": [
            asdict(option)
            for option in FILTERS
            if option.kind != "read" and option.column not in excluded
        ],
        "exponents": {code: exponent(code) for code in currencies},
        "currencies": list(currencies),
        "as_of": as_of.isoformat(),
        "of": max_plans if is_cut else None,
        "plans_in_all": rows["plans"].height,
        "unfiltered": {
            figure.name: _json_ready(figure.fold(rows)).to_dicts()
            for figure in (*FIGURES, *ONLY_TABLES)
            if not figure.raw
        }
        if is_cut
        else None,
    }


def page_rows(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The dataset of the page: if there are too many plans, only those purchased last."""
    if not dataset.get("of"):
        return dict(dataset)
    plans = decoded_frame(dataset["plans"]).with_row_index("p")
    latest = plans.sort("purchase_date", "plan_id", descending=True).head(dataset["of"]).sort("p")
    indexes = latest.select("p").with_row_index("_p")
    frames = {"plans": latest.drop("p")}
    for grain in (*CHARGE_GRAINS, *(name for name in PAGE_GRAINS if name in dataset)):
        frame = decoded_frame(dataset[grain]).cast({"p": pl.UInt32})
        frame = frame.join(indexes, on="p", how="inner", maintain_order="left")
        frames[grain] = frame.with_columns(p=pl.col("_p")).drop("_p")
    return {
        **dataset,
        **{
            grain: {name: _encoded(frame[name]) for name in frame.columns}
            for grain, frame in frames.items()
        },
    }


def decoded_frame(columns: Mapping[str, Any]) -> pl.DataFrame:
    """The frame that was encoded as these columns."""
    values = {
        name: [None if index is None else column["of"][index] for index in column["at"]]
        if isinstance(column, dict)
        else column
        for name, column in columns.items()
    }
    return pl.DataFrame(values, infer_schema_length=None, strict=False)


def _figure_columns(grain: str, frame: pl.DataFrame) -> list[str]:
    """The columns of a grain that its figures and the date filters use."""
    names = list(CHARGE_COLUMNS if grain == "charges" else ())
    for figure in FIGURES:
        if figure.grain == grain:
            names += [*figure.by, *figure.sums, *([figure.where] if figure.where else [])]
    return [name for name in dict.fromkeys(names) if name in frame.columns]


def _plan_columns(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    indexes: pl.DataFrame,
    whatsapp: Callable[[dict[str, Any]], str | None],
) -> dict[str, Any]:
    details = [name for name in PLAN_KEYS if name in plans.columns and name != "seller_id"]
    names = dict.fromkeys([*details, *_figure_columns("plans", plans)])
    columns = _encoded_columns(plans, tuple(names))
    codes: list[list[str]] = [[] for _ in range(plans.height)]
    transactions = attempts.join(indexes, on=["seller_id", "plan_id"]).select("p", "transaction")
    for index, code in transactions.iter_rows():
        codes[index].append(code)
    columns["transactions"] = codes
    columns["whatsapp"] = debtor_links(plans, whatsapp)
    return columns


def _encoded_columns(frame: pl.DataFrame, names: tuple[str, ...]) -> dict[str, Any]:
    ready = _json_ready(frame.select(names))
    return {name: _encoded(ready[name]) for name in names}


def _json_ready(frame: pl.DataFrame) -> pl.DataFrame:
    """Dates as ISO text, enumerations as text, flags as 0 and 1."""
    return frame.with_columns(
        pl.selectors.date().dt.to_string("iso"),
        pl.selectors.by_dtype(pl.Enum).cast(pl.String),
        pl.selectors.boolean().cast(pl.Int8),
    )


def _encoded(column: pl.Series) -> Any:
    """A column of few different texts as {"of": texts, "at": indexes}; any other as a list."""
    if column.dtype != pl.String or column.n_unique() * 2 >= column.len():
        return column.to_list()
    texts = column.unique(maintain_order=True)
    return {
        "of": texts.to_list(),
        "at": column.replace_strict(texts, range(texts.len()), return_dtype=pl.Int32).to_list(),
    }
