"""The executed notebook as one value, for page, PDF, workbook, mail and gates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smartinst.errors import ReportError
from smartinst.pages.reading import markdown
from smartinst.pages.reading.blocks import Block
from smartinst.pages.reading.notebook_cells import (
    cell_errors,
    cell_name,
    cells_until_exit,
    error_text,
    is_successful_exit,
)
from smartinst.pages.reading.notebook_file import read_document
from smartinst.pages.reading.outputs import blocks_of, joined_text
from smartinst.report.mime_bundles import DATASET, MEASURES, REPORT

Bundle = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """An executed notebook: its contents in order, and what it declares about itself.

    `cover`: seller, date, language, title. `measures`: named values for gates and conditions; if
    several cells display measures, the first ones are used.
    `dataset`: the rows that the page aggregates and the workbook lists, None if there are none.
    `undrawn`: place and kind of each output that cannot be drawn, in English for the operator, such
    as "cell [3]: an interactive Plotly chart".
    """

    path: Path
    blocks: tuple[Block, ...]
    cover: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, Any] = field(default_factory=dict)
    dataset: Mapping[str, Any] | None = None
    undrawn: tuple[str, ...] = ()


def read_report(path: Path) -> Report:
    """The report; ReportError names the file, and the cell if one failed or is invalid."""
    document = read_document(path)
    cells = [
        (f"{path.name}, {cell_name(cell, position)}", cell)
        for position, cell in enumerate(cells_until_exit(document["cells"]), 1)
    ]
    outputs = [(place, bundle) for place, cell in cells for bundle in _bundles(place, cell)]
    cover = _parameters(document)
    for content in _contents(outputs, REPORT):
        cover |= content
    translate = markdown.translator(str(cover.get("locale", "en")))
    blocks = [block for place, cell in cells for block in _blocks(place, cell, translate)]
    measures, dataset = (_contents(outputs, kind) for kind in (MEASURES, DATASET))
    return Report(
        path,
        tuple(blocks),
        cover,
        measures[0] if measures else {},
        dataset[-1] if dataset else None,
    )


def _parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    """A cover from the parameters of a notebook that displays none."""
    papermill = document["metadata"].get("papermill")
    parameters = papermill.get("parameters") if isinstance(papermill, dict) else None
    if not isinstance(parameters, dict):
        return {}
    names = {"as_of": "as_of", "locale": "locale", "seller": "seller_id"}
    return {
        name: parameters[parameter]
        for parameter, name in names.items()
        if isinstance(parameters.get(parameter), str)
    }


def _contents(outputs: list[tuple[str, Bundle]], kind: str) -> list[dict[str, Any]]:
    """All contents of one MIME type, each a JSON object or its text."""
    return [
        _object(f"{place}: {kind}", bundle[kind]) for place, bundle in outputs if kind in bundle
    ]


def _object(place: str, content: Any) -> dict[str, Any]:
    try:
        value = content if isinstance(content, dict) else json.loads(joined_text(content))
    except ValueError as error:
        raise ReportError(f"{place}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ReportError(f"{place}: expected an object, found {type(value).__name__}")
    return value


def _bundles(place: str, cell: Mapping[str, Any]) -> Iterator[Bundle]:
    for error in cell_errors(cell):
        raise ReportError(f"{place}: {error_text(error)}")
    for output in cell.get("outputs", []):
        if output.get("output_type") == "error" and not is_successful_exit(output):
            yield {"text/plain": error_text(output)}  # allowed by the tag of the cell
        elif output.get("output_type") == "stream" and output.get("name") == "stdout":
            yield {"text/plain": output.get("text", "")}
        elif isinstance(output.get("data"), dict):
            yield output["data"]


def _blocks(place: str, cell: Mapping[str, Any], translate: markdown.Translate) -> Iterator[Block]:
    if cell.get("cell_type") == "markdown":
        yield from markdown.parts(joined_text(cell.get("source", "")), translate)
        return
    for bundle in _bundles(place, cell):
        try:
            yield from blocks_of(bundle)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ReportError(f"{place}: an output is not as expected: {error!r}") from error
