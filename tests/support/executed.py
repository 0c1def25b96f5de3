"""Executed notebooks for tests: writes one, reads its edition and its outputs."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import altair as alt
import pytest

from smartinst.analytics.currency_order import rows_in_currency_order
from smartinst.facts import DataQuality
from smartinst.pages.compiler import Edition, edition_of
from smartinst.pages.reading.notebook_file import read_document
from smartinst.pages.reading.report import read_report
from smartinst.report.book import Book
from smartinst.report.charts.mime_renderer import chart_bundle
from smartinst.report.previous import Previous
from smartinst.report.section import ReportSection
from smartinst.report.sections.seller import SellerSections
from smartinst.settings import Seller
from smartinst.shipped import NOTEBOOKS
from tests.support.builders import Plan, rows


def edition_at(
    notebook: Path, templates: Sequence[Path] = (), formats: Iterable[str] = ()
) -> Edition:
    """The edition of an executed notebook, for a reader with files of these formats."""
    return edition_of(read_report(notebook), templates, formats)


def outputs_at(notebook: Path, kind: str) -> Iterator[Any]:
    """The contents of one MIME type, in the order of the cells."""
    for cell in read_document(notebook)["cells"]:
        for output in cell.get("outputs", []):
            if kind in output.get("data", {}):
                yield output["data"][kind]


SHORT_REPORT: Final = (
    "sections.cover()",
    "book.headline()",
    "sections.statuses()",
)
"""The cells of a short report."""

COMPLETE_DATA: Final = DataQuality(date(2026, 4, 19), 0, 0, (), {}, {})
"""A ledger with data through the day before the report."""


def literal_book(
    plans: Iterable[Plan], locale: str = "en", data_quality: DataQuality = COMPLETE_DATA
) -> Book:
    """A book of literal plans as of 20 April 2026, compared with a week earlier."""
    plans = list(plans)
    seller = Seller(id="acme", name="Acme", email="owner@acme.example", locale=locale)
    week_before = Previous(date(2026, 4, 13), lambda: rows(plans, "13 Apr")["plans"], {})
    plan_rows = rows_in_currency_order(rows(plans))
    return Book(seller, date(2026, 4, 20), {}, plan_rows, data_quality, week_before)


def write_executed(path: Path, book: Book, *extra: Any) -> Path:
    """Saves the shipped seller notebook with the outputs of an execution with this book.

    A book without a loan book has no cells of the offline page alone. The last line of each cell
    is evaluated in this process; more cells display `extra`.
    """
    cells = json.loads((NOTEBOOKS / "seller.ipynb").read_text(encoding="utf-8"))["cells"]
    if book.loan_book is None:
        cells = [cell for cell in cells if "page-only" not in cell["metadata"].get("tags", ())]
    expressions = ["".join(cell["source"]).splitlines()[-1] for cell in cells]
    names = {"book": book, "sections": SellerSections(book)}
    outputs = [
        _executed_cell(expression, names, cell["metadata"].get("tags", []))
        for cell, expression in zip(cells, expressions, strict=True)
        if expression.startswith(("book.", "sections."))
    ]
    outputs += [_executed_cell("value", {"value": value}) for value in extra]
    document = {"cells": outputs, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def write_cells(path: Path, *values: Any) -> Path:
    """Saves a notebook of which each cell displays one of the values."""
    outputs = [_executed_cell("value", {"value": value}) for value in values]
    document = {"cells": outputs, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def write_shortened(source: Path, target: Path) -> Path:
    """Saves an executed seller notebook with its cover, key figures, a chart and a table only."""
    document = json.loads(source.read_text(encoding="utf-8"))
    document["cells"] = [
        cell for cell in document["cells"] if "".join(cell["source"]) in SHORT_REPORT
    ]
    assert len(document["cells"]) == len(SHORT_REPORT)
    target.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return target


def execute_in_process(notebook: Path, target: Path, **parameters: Any) -> Path:
    """Saves a notebook of the package, executed in this process with these parameters.

    Each cell's last expression, and what the cell displays itself, are its outputs.
    """
    document = json.loads(notebook.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            values = _values_of_cell("".join(cell["source"]), names)
            cell["outputs"] = [_output(value) for value in values if value is not None]
            if "parameters" in cell["metadata"].get("tags", []):
                names |= {name: value for name, value in parameters.items() if name in names}
    target.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return target


def _values_of_cell(source: str, names: dict[str, Any]) -> list[Any]:
    """What a cell displays: the arguments of `display`, and the value of its last expression."""
    values: list[Any] = []
    *statements, last_statement = ast.parse(source).body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("IPython.display.display", values.append)
        exec(compile(ast.Module(statements, []), "cell", "exec"), names)
        if isinstance(last_statement, ast.Expr):
            value = eval(compile(ast.Expression(last_statement.value), "cell", "eval"), names)
            values += value.outputs if isinstance(value, ReportSection) else [value]
        else:
            exec(compile(ast.Module([last_statement], []), "cell", "exec"), names)
    return values


def _executed_cell(
    expression: str, names: dict[str, Any], tags: Sequence[str] = ()
) -> dict[str, Any]:
    value = eval(expression, names)
    values = value.outputs if isinstance(value, ReportSection) else [value]
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": expression,
        "execution_count": 1,
        "outputs": [_output(part) for part in values],
    }


def _output(value: Any) -> dict[str, Any]:
    is_chart = isinstance(value, alt.TopLevelMixin)
    bundle = chart_bundle(value) if is_chart else value._repr_mimebundle_()
    return {"output_type": "display_data", "metadata": {}, "data": bundle}
