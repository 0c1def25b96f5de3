"""The outputs of a notebook: MIME bundles for any viewer and for the compiler.

chart     Vega-Lite spec, SVG and a sentence
table     data and column specs (text/html for other viewers)
report    seller, date and language
kpi       the headline figures
measures  named values for gates and conditions
dataset   the rows that the page aggregates, as one JSON string
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from smartinst.i18n.locales import Locale
from smartinst.report.table import Table
from smartinst.report.value_text import format_value

VEGALITE: Final = "application/vnd.vegalite.v6+json"
REPORT: Final = "application/vnd.smartinst.report+json"
KPI: Final = "application/vnd.smartinst.kpi+json"
TABLE: Final = "application/vnd.smartinst.table+json"
MEASURES: Final = "application/vnd.smartinst.measures+json"
DATASET: Final = "application/vnd.smartinst.dataset"

WITHOUT_SENTENCE: Final = "Chart: "
"""Beginning of the text of a chart without a sentence; in a report, its title says the rest."""

TEXT_ROWS: Final = 20
"""Maximum number of rows in the plain text of a table."""


@dataclass(frozen=True)
class DisplayBundle:
    """One output, MIME type → content, as a notebook front end requests it."""

    bundle: dict[str, Any]

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return self.bundle


def table_output(table: Table, locale: Locale) -> DisplayBundle:
    """A table for the compiler, and as plain HTML for other viewers."""
    rows = [
        [
            format_value(column, value, locale, table.currency(column, row))
            for column, value in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    lines = [table.title, *(" · ".join(cells) for cells in rows[:TEXT_ROWS])]
    return DisplayBundle(
        {
            TABLE: table.to_json(),
            "text/html": _table_html(table, rows),
            "text/plain": "\n".join(lines),
        }
    )


def _table_html(table: Table, rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(column.label)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    caption = f"<caption>{html.escape(table.title)}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def text_output(markdown: str) -> DisplayBundle:
    """A computed paragraph of Markdown."""
    return DisplayBundle({"text/markdown": markdown, "text/plain": markdown})


def dataset_output(content: dict[str, Any]) -> DisplayBundle:
    """The rows of page and workbook as one JSON string.

    If they were nested lists, the notebook's indentation would triple their size.
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return DisplayBundle(
        {
            DATASET: text,
            "text/plain": f"{len(text)} characters of rows for the offline page and the workbook",
        }
    )
