"""The rows that the offline page and the workbook are made of: columns, dictionary-encoded, once in the notebook.

The workbook holds all of them; the page those of the plans that it can filter (docs/contracts.md §7).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import FIGURES
from smartinst.analytics.filters import FILTERS
from smartinst.analytics.metrics import PLAN_KEYS, contact_order
from smartinst.money import exponent
from smartinst.report.tables.figures import ONLY_TABLES

MAX_PLANS: Final = 20_000
"""Beyond so many plans the newest purchases stay; unfiltered figures still cover all."""

CHARGE_COLUMNS: Final = ("number", "due_date", "paid_date", "state")


def dataset(
    rows: Mapping[str, pl.DataFrame],
    as_of: date,
    whatsapp: Callable[[dict[str, Any]], str | None],
    without: Collection[str] = (),
    most: int = MAX_PLANS,
) -> dict[str, Any]:
    """All rows, less the plans' columns `without` and their filters.

    `of` is the number of plans that the page keeps where there are more, and then the whole figures come along.
    """
    is_cut = rows["plans"].height > most
    plans = contact_order(rows["plans"]).with_row_index("p")
    places = plans.select("seller_id", "plan_id", "p")
    of_plans = _plans(plans, rows["attempts"], places, whatsapp)
    tables = {"plans": {name: column for name, column in of_plans.items() if name not in without}}
    for grain in ("charges", "nets", "movements"):
        of_kept = rows[grain].join(places, on=["seller_id", "plan_id"], how="inner", validate="m:1")
        tables[grain] = _columns(
            of_kept.sort("p", maintain_order=True), ("p", *_columns_of(grain, of_kept))
        )
    currencies = rows["plans"]["currency"].drop_nulls().unique().to_list()
    commissions = rows["nets"]["commission_currency"].unique().to_list()
    return {
        **tables,
        "filters": [
            asdict(one) for one in FILTERS if one.kind != "read" and one.column not in without
        ],
        "exponents": {one: exponent(one) for one in sorted({*currencies, *commissions})},
        "as_of": as_of.isoformat(),
        "of": most if is_cut else None,
        "plans_in_all": rows["plans"].height,
        "unfiltered": _whole(rows) if is_cut else None,
    }


def newest(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The dataset as the page holds it: where it says of how many plans, the newest purchases alone."""
    if not dataset.get("of"):
        return dict(dataset)
    plans = unpacked(dataset["plans"]).with_row_index("p")
    kept = plans.sort("purchase_date", "plan_id", descending=True).head(dataset["of"]).sort("p")
    places = kept.select("p").with_row_index("_new")
    cut = {"plans": kept.drop("p")}
    for grain in ("charges", "nets", "movements"):
        of_kept = (
            unpacked(dataset[grain])
            .cast({"p": pl.UInt32})
            .join(places, on="p", how="inner", maintain_order="left")
        )
        cut[grain] = of_kept.with_columns(p=pl.col("_new")).drop("_new")
    return {
        **dataset,
        **{
            grain: {name: _packed(rows[name]) for name in rows.columns}
            for grain, rows in cut.items()
        },
    }


def unpacked(columns: Mapping[str, Any]) -> pl.DataFrame:
    """A grain's columns as a frame again."""
    texts = {
        name: [None if at is None else values["of"][at] for at in values["at"]]
        if isinstance(values, dict)
        else values
        for name, values in columns.items()
    }
    return pl.DataFrame(texts, infer_schema_length=None, strict=False)


def _whole(rows: Mapping[str, pl.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    return {
        figure.name: _json_ready(figure.fold(rows)).to_dicts()
        for figure in (*FIGURES, *ONLY_TABLES)
        if not figure.raw
    }


def _columns_of(grain: str, frame: pl.DataFrame) -> list[str]:
    """What the figures of a grain group by, sum and ask for, and what the date filters read."""
    wanted = list(CHARGE_COLUMNS if grain == "charges" else ())
    for figure in FIGURES:
        if figure.grain == grain:
            wanted += [*figure.by, *figure.sums, *([figure.where] if figure.where else [])]
    return [name for name in dict.fromkeys(wanted) if name in frame.columns]


def _plans(
    plans: pl.DataFrame,
    attempts: pl.DataFrame,
    places: pl.DataFrame,
    whatsapp: Callable[[dict[str, Any]], str | None],
) -> dict[str, Any]:
    details = [name for name in PLAN_KEYS if name in plans.columns and name != "seller_id"]
    names = dict.fromkeys([*details, *_columns_of("plans", plans)])
    columns = _columns(plans, tuple(names))
    codes: list[list[str]] = [[] for _ in range(plans.height)]
    for at, code in (
        attempts.join(places, on=["seller_id", "plan_id"]).select("p", "transaction").iter_rows()
    ):
        codes[at].append(code)
    columns["transactions"] = codes
    columns["whatsapp"] = [
        whatsapp(row) if row["has_debt"] else None for row in plans.iter_rows(named=True)
    ]
    return columns


def _columns(frame: pl.DataFrame, names: tuple[str, ...]) -> dict[str, Any]:
    ready = _json_ready(frame.select(names))
    return {name: _packed(ready[name]) for name in names}


def _json_ready(frame: pl.DataFrame) -> pl.DataFrame:
    """Dates as ISO text, enumerations as text, flags as 0 and 1."""
    return frame.with_columns(
        pl.selectors.date().dt.to_string("iso"),
        pl.selectors.by_dtype(pl.Enum).cast(pl.String),
        pl.selectors.boolean().cast(pl.Int8),
    )


def _packed(values: pl.Series) -> Any:
    """A column of few different texts as {"of": texts, "at": places}; any other as it is."""
    if values.dtype != pl.String or values.n_unique() * 2 >= values.len():
        return values.to_list()
    texts = values.unique(maintain_order=True)
    return {
        "of": texts.to_list(),
        "at": values.replace_strict(texts, range(texts.len()), return_dtype=pl.Int32).to_list(),
    }
