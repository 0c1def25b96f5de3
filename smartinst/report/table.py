"""A table from notebook to page: columns and raw values (docs/contracts.md §2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """A column: its name, its heading, and the kind of its values (see `value_text.format_value`).

    currency_column  the column with an amount's currency
    currency         the currency of all amounts, if there is no such column
    numerator        with `denominator`, the two sums of a percent
    within           the denominator is summed over the rows that agree on these columns
    minus            the value is the first of these sums minus the second
    labels           value → text
    decimals         decimals of a `number` as text; None: 2, or 0 for a whole number
    growth_is_better of a change, by the row's `line`: it has its sign, and the word better or worse
    """

    name: str
    label: str = ""
    kind: str = "text"
    currency_column: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    within: tuple[str, ...] | None = None
    minus: tuple[str, str] | None = None
    labels: Mapping[str, str] | None = None
    currency: str | None = None
    decimals: int | None = None
    growth_is_better: Mapping[str, bool] | None = None

    def to_json(self) -> dict[str, Any]:
        """The column as JSON; optional keys that are None are left out."""
        optional = {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "labels": self.labels,
            "within": None if self.within is None else list(self.within),
            "minus": None if self.minus is None else list(self.minus),
            "decimals": self.decimals,
            "growth_is_better": self.growth_is_better,
        }
        return {
            "name": self.name,
            "label": self.label,
            "kind": self.kind,
            "currency": self.currency,
            "currency_column": self.currency_column,
            **{name: value for name, value in optional.items() if value is not None},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Column:
        """The column of a JSON object; only `name` is required."""
        within, minus = content.get("within"), content.get("minus")
        return cls(
            name=str(content["name"]),
            label=str(content.get("label") or ""),
            kind="hidden" if content.get("hidden") else str(content.get("kind") or "text"),
            currency_column=content.get("currency_column"),
            numerator=content.get("numerator"),
            denominator=content.get("denominator"),
            within=None if within is None else tuple(within),
            minus=(minus[0], minus[1]) if minus else None,
            labels=content.get("labels"),
            currency=content.get("currency"),
            decimals=content.get("decimals"),
            growth_is_better=content.get("growth_is_better"),
        )


@dataclass(frozen=True)
class Table:
    """Columns, and rows of raw values: minor units, ISO dates, English statuses.

    total_rows       the number of rows in all (0: as many as `rows`); page and paper count those
                     that they omit
    more             the author's own note on what is omitted, shown if `rows` are all rows
    all_rows         all rows, for the workbook, if `rows` has fewer
    sort, top, nonzero, required_values
                     rules by which the page's script rebuilds a figure's table after a filter
    omitted_columns  the number of columns that were cut
    currencies       the order of the report's currencies
    is_on_paper      whether the printed sheet has the table; page and workbook always do
    covers           of a table that no filter of the page changes: `all` plans of the seller, or
                     those of the `report`
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    more: str | None = None
    total_rows: int = 0
    figure: Mapping[str, Any] | None = None
    role: str = "figure"
    all_rows: tuple[Row, ...] | None = None
    sort: tuple[tuple[str, str], ...] = ()
    top: int | None = None
    nonzero: tuple[str, ...] = ()
    required_values: Mapping[str, Any] | None = None
    omitted_columns: int = 0
    currencies: tuple[str, ...] = ()
    is_on_paper: bool = True
    covers: str = ""

    def currency(self, column: Column, row: Sequence[Any]) -> str:
        """The currency of the column's amount in this row; empty if it has none."""
        if column.currency_column is None:
            return column.currency or ""
        return str(self.value(column.currency_column, row) or "")

    def value(self, name: str, row: Sequence[Any]) -> Any:
        """The value of a column in this row; None without such a column."""
        cells = zip(self.columns, row, strict=True)
        return next((value for column, value in cells if column.name == name), None)

    def first_columns(self, count: int) -> Table:
        """The first columns, and the hidden ones with the currency of their amounts."""
        currencies = {column.currency_column for column in self.columns[:count]}
        hidden = [
            index
            for index, column in enumerate(self.columns[count:], count)
            if column.name in currencies
        ]
        return replace(
            self,
            columns=(
                *self.columns[:count],
                *(replace(self.columns[index], kind="hidden") for index in hidden),
            ),
            rows=tuple((*row[:count], *(row[index] for index in hidden)) for row in self.rows),
            omitted_columns=max(0, len(self.columns) - count),
        )

    def to_json(self, *, is_compact: bool = False) -> dict[str, Any]:
        """The table as JSON; optional keys that are empty are left out.

        If `is_compact`, `rows` is JSON text: in a notebook, nested lists have a line for each
        value, with its indentation.
        """
        optional = {
            "more": self.more,
            "all_rows": self.all_rows and _lists(self.all_rows),
            "sort": _lists(self.sort),
            "top": self.top,
            "nonzero": list(self.nonzero),
            "every": self.required_values,
            "currencies": list(self.currencies),
            "covers": self.covers,
        }
        return {
            "name": self.name,
            "title": self.title,
            "caption": self.caption,
            "columns": [column.to_json() for column in self.columns],
            "rows": _json_text(self.rows) if is_compact else _lists(self.rows),
            "total_rows": self.total_rows or len(self.rows),
            "figure": self.figure,
            "role": self.role,
            **{name: value for name, value in optional.items() if value},
            **({} if self.is_on_paper else {"paper": False}),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Table:
        """The table of a JSON object; ValueError if a row does not fit the columns."""
        columns = tuple(Column.from_json(column) for column in content["columns"])
        rows = _rows(content, "rows", len(columns))
        return cls(
            name=str(content["name"]),
            title=content.get("title") or "",
            columns=columns,
            rows=rows,
            caption=content.get("caption") or "",
            more=content.get("more"),
            total_rows=content.get("total_rows") or len(rows),
            figure=content.get("figure"),
            role=content.get("role") or "figure",
            all_rows=_rows(content, "all_rows", len(columns)) or None,
            sort=tuple((str(name), str(order)) for name, order in content.get("sort") or ()),
            top=content.get("top"),
            nonzero=tuple(content.get("nonzero") or ()),
            required_values=content.get("every"),
            currencies=tuple(map(str, content.get("currencies") or ())),
            is_on_paper=bool(content.get("paper", True)),
            covers=str(content.get("covers") or ""),
        )


def _lists(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(row) for row in rows]


def _json_text(rows: Sequence[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _rows(content: Mapping[str, Any], key: str, width: int) -> tuple[Row, ...]:
    """The rows of a key, which are lists or their JSON text."""
    lists = content.get(key) or ()
    rows = tuple(tuple(row) for row in (json.loads(lists) if isinstance(lists, str) else lists))
    for number, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(
                f"table {content['name']}: row {number} has {len(row)} values for {width} columns"
            )
    return rows
