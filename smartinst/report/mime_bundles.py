"""What a notebook shows: MIME bundles that stand alone in any viewer, and that the compiler lays into the page.

chart    Vega-Lite spec + SVG + a sentence         table    data and column spec (text/html for foreign viewers)
report   who, as of when, in which language        kpi      the headline figures
measures named values for gates and conditions     dataset  the rows that the page folds, one JSON text
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from smartinst.i18n.locales import Locale

VEGALITE: Final = "application/vnd.vegalite.v6+json"
REPORT: Final = "application/vnd.smartinst.report+json"
KPI: Final = "application/vnd.smartinst.kpi+json"
TABLE: Final = "application/vnd.smartinst.table+json"
MEASURES: Final = "application/vnd.smartinst.measures+json"
DATASET: Final = "application/vnd.smartinst.dataset"

Kind = Literal[
    "text",
    "integer",
    "money",
    "date",
    "month",
    "percent",
    "days",
    "status",
    "country",
    "payment",
    "link",
    "list",
]


@dataclass(frozen=True)
class Shown:
    """One output: MIME type → content; every notebook front end asks it for its bundle."""

    bundle: dict[str, Any]

    def _repr_mimebundle_(self, **_asked: Any) -> dict[str, Any]:
        return self.bundle


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, its heading, and how its values are written.

    A percent is `numerator` ÷ `denominator`, the latter summed over the rows that agree on `within` where it is given;
    `minus`: the first named sum less the second; `labels`: what a value is called.
    """

    name: str
    label: str
    kind: Kind = "text"
    currency_column: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    within: tuple[str, ...] | None = None
    minus: tuple[str, str] | None = None
    labels: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The column's spec; what it does not need is left out."""
        own = {"numerator": self.numerator, "denominator": self.denominator, "labels": self.labels}
        pairs = {"within": self.within, "minus": self.minus}
        listed = {name: list(value) for name, value in pairs.items() if value is not None}
        always = {"name": self.name, "label": self.label, "kind": self.kind, "currency": None}
        always["currency_column"] = self.currency_column
        return {
            **always,
            **{name: value for name, value in own.items() if value is not None},
            **listed,
        }


@dataclass(frozen=True)
class TableSpec:
    """A table as it is shown: raw values (minor units, ISO dates, English statuses); the compiler writes them."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[list[Any]]
    caption: str = ""
    more: str | None = None
    total_rows: int | None = None
    figure: dict[str, Any] | None = None
    role: Literal["detail", "contacts", "alerts", "notes", "figure", "glossary"] = "figure"
    all_rows: list[list[Any]] | None = None
    sort: tuple[tuple[str, str], ...] = ()
    top: int | None = None
    nonzero: tuple[str, ...] = ()
    every: tuple[str, tuple[str, ...]] | None = None

    def as_json(self) -> dict[str, Any]:
        """The table's content, for the compiler."""
        return {
            "name": self.name,
            "title": self.title,
            "caption": self.caption,
            "columns": [one.as_json() for one in self.columns],
            "rows": self.rows,
            "total_rows": len(self.rows) if self.total_rows is None else self.total_rows,
            "more": self.more,
            "figure": self.figure,
            "role": self.role,
            **{name: value for name, value in self._optional().items() if value},
        }

    def _optional(self) -> dict[str, Any]:
        """All rows, for the workbook; order, rows and values of a figure's table, for the page."""
        return {
            "all_rows": self.all_rows,
            "sort": [list(one) for one in self.sort],
            "top": self.top,
            "nonzero": list(self.nonzero),
            "every": {"name": self.every[0], "values": list(self.every[1])} if self.every else None,
        }


def show_table(spec: TableSpec, locale: Locale) -> Shown:
    """A table for the compiler, and as plain HTML for a foreign viewer."""
    rows = [[written(one, row, spec, locale) for one in spec.columns] for row in spec.rows]
    lines = [spec.title, *(" · ".join(cells) for cells in rows[:20])]
    return Shown(
        {TABLE: spec.as_json(), "text/html": _html(spec, rows), "text/plain": "\n".join(lines)}
    )


def written(column: Column, row: Sequence[Any], spec: TableSpec, locale: Locale) -> str:
    """One cell as this language writes it; an empty text for null."""
    names = [one.name for one in spec.columns]
    value = row[names.index(column.name)]
    if value is None:
        return locale.gettext("Unknown country") if column.kind == "country" else ""
    if column.labels:
        value = column.labels.get(str(value), value)
    match column.kind:
        case "money":
            currency = row[names.index(column.currency_column)] if column.currency_column else ""
            return locale.money(value, currency)
        case "integer" | "days":
            return locale.number(value)
        case "percent":
            return locale.percent(value[0], value[1])
        case "date":
            return locale.date(value)
        case "month":
            return locale.month(value)
        case "status":
            return locale.status(value)
        case "country":
            return locale.country(value)
        case "payment":
            return locale.payment_type(value)
        case "list":
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _html(spec: TableSpec, rows: list[list[str]]) -> str:
    head = "".join(f"<th>{html.escape(one.label)}</th>" for one in spec.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    caption = f"<caption>{html.escape(spec.title)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def show_json(kind: str, content: Any, sentence: str) -> Shown:
    """A JSON output that the compiler reads, and a sentence for everyone else."""
    return Shown({kind: content, "text/plain": sentence})


def show_text(markdown: str) -> Shown:
    """A paragraph of Markdown that was computed."""
    return Shown({"text/markdown": markdown, "text/plain": markdown})


def show_dataset(content: dict[str, Any]) -> Shown:
    """The page's and the workbook's rows as one JSON text: as nested lists the notebook's indentation would triple them."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Shown(
        {
            DATASET: text,
            "text/plain": f"{len(text)} characters of rows for the offline page and the workbook",
        }
    )
