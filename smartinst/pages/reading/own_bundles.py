"""What a notebook declares in smartinst's own outputs: cover, measures, dataset."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from smartinst.errors import ReportError
from smartinst.pages.reading.notebook_cells import cell_name
from smartinst.report.mime_bundles import MEASURES, REPORT
from smartinst.report.reader import READER_KEY


def cover_of(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Seller, date, language and title, from the run, the parameters and the outputs.

    Parameters replace what the run names, and outputs replace both.
    """
    cover = _language(notebook) | _parameters(notebook)
    for content in contents(notebook, REPORT):
        cover |= content
    return cover


def is_printed_only(notebook: Mapping[str, Any]) -> bool:
    """Whether a notebook was executed without what only page and workbook have."""
    return _reader(notebook).get("printed_only") is True


def _language(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The language for which a notebook was executed."""
    locale = _reader(notebook).get("locale")
    return {"locale": locale} if isinstance(locale, str) else {}


def _reader(notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    reader = notebook["metadata"].get(READER_KEY)
    return reader if isinstance(reader, dict) else {}


def _parameters(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """A cover from the parameters of a notebook that displays none."""
    papermill = notebook["metadata"].get("papermill")
    parameters = papermill.get("parameters") if isinstance(papermill, dict) else None
    if not isinstance(parameters, dict):
        return {}
    names = {"as_of": "as_of", "locale": "locale", "seller": "seller_id"}
    return {
        name: parameters[parameter]
        for parameter, name in names.items()
        if isinstance(parameters.get(parameter), str) and parameters[parameter]
    }


def measures_of(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The measures of all cells; of several with the same name the first."""
    measures: dict[str, Any] = {}
    for content in reversed(contents(notebook, MEASURES)):
        measures |= content
    return measures


def contents(notebook: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """All contents of one MIME type, each a JSON object or its text."""
    return [
        json_object(f"{place}: {kind}", data[kind])
        for place, data in _bundles(notebook)
        if kind in data
    ]


def _bundles(notebook: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(cell, MIME bundle) of each output that has one."""
    for position, cell in enumerate(notebook["cells"], 1):
        for output in cell.get("outputs", ()):
            if isinstance(data := output.get("data"), dict):
                yield cell_name(cell, position), data


def json_object(place: str, content: Any) -> dict[str, Any]:
    """A JSON object, or the text of one; ReportError names the place."""
    try:
        text = "".join(content) if isinstance(content, list) else content
        value = text if isinstance(text, dict) else json.loads(str(text))
    except ValueError as error:
        raise ReportError(f"{place}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ReportError(f"{place}: expected an object, found {type(value).__name__}")
    return value
