"""An executed notebook read into what is shown: headings, prose, charts, tables, key figures, in the order of its cells.

Nothing is computed or drawn here. Outputs of our own kinds carry data; what an analyst's own cells show (text, a frame's
HTML, a picture) is taken down to text, rows or a picture that cannot do anything.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from smartinst.errors import ReportError
from smartinst.pages.reading import markdown
from smartinst.pages.reading.blocks import (
    Block,
    Chart,
    Figures,
    Heading,
    Notebook,
    Picture,
    Plain,
    Prose,
    Table,
)
from smartinst.pages.reading.foreign_output import read_html

KIND: Final = "application/vnd.smartinst."
MAX_COLUMNS: Final = 12
"""Columns of an analyst's own table that are laid out."""


def read(path: Path) -> Notebook:
    """The notebook; ReportError where it cannot be read or a cell of it failed."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        cells = document["cells"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReportError(
            f"{path.name}: expected an executed notebook (.ipynb), {type(error).__name__}: {error}"
        ) from error
    outputs = [
        bundle for number, cell in enumerate(cells, 1) for bundle in _bundles(path, number, cell)
    ]
    about = _about(document, outputs)
    translate = markdown.translator(str(about.get("locale", "en")))
    blocks = tuple(
        block
        for number, cell in enumerate(cells, 1)
        for block in _blocks(path, number, cell, translate)
    )
    found = [_one(path, bundle, "dataset") for bundle in outputs if f"{KIND}dataset" in bundle]
    return Notebook(path, blocks, about, found[-1] if found else None)


def _about(document: dict[str, Any], outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """What the notebook says of itself; an analyst's own notebook: what its parameters say."""
    parameters = document.get("metadata", {}).get("papermill", {}).get("parameters", {})
    told = {
        name: parameters[name]
        for name in ("as_of", "locale")
        if isinstance(parameters.get(name), str)
    }
    if isinstance(parameters.get("seller"), str):
        told["seller_id"] = parameters["seller"]
    for bundle in outputs:
        if isinstance(own := bundle.get(f"{KIND}report+json"), dict):
            told |= own
    return told


def _bundles(path: Path, number: int, cell: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for output in cell.get("outputs", []):
        if output.get("output_type") == "error":
            raise ReportError(
                f"{path.name}, cell {number}: {output.get('ename')}: {output.get('evalue')}"
            )
        if output.get("output_type") == "stream" and output.get("name") == "stdout":
            yield {"text/plain": output.get("text", "")}
        elif isinstance(output.get("data"), dict):
            yield output["data"]


def _blocks(
    path: Path, number: int, cell: dict[str, Any], translate: markdown.Translate
) -> Iterator[Block]:
    if cell.get("cell_type") == "markdown":
        for piece in markdown.pieces(_text(cell.get("source", "")), translate):
            yield Heading(piece.level, piece.text) if piece.level else Prose(piece.text)
        return
    for bundle in _bundles(path, number, cell):
        try:
            yield from _shown(bundle)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ReportError(
                f"{path.name}, cell {number}: an output is not as expected: {error!r}"
            ) from error


def _shown(bundle: dict[str, Any]) -> Iterator[Block]:
    """What one output shows: the richest form that we know."""
    if (own := bundle.get(f"{KIND}kpi+json")) is not None:
        yield Figures(
            own.get("sentence") or "",
            tuple(own.get("currencies") or ()),
            tuple(own.get("net") or ()),
            own.get("note") or "",
        )
    elif (own := bundle.get(f"{KIND}table+json")) is not None:
        yield table_of(own)
    elif any(kind.startswith(KIND) for kind in bundle):
        return
    elif spec := next(
        (bundle[kind] for kind in bundle if kind.startswith("application/vnd.vegalite")), None
    ):
        yield _chart(spec, bundle)
    elif markdown := bundle.get("text/markdown"):
        yield from _told(_text(markdown))
    elif svg := bundle.get("image/svg+xml"):
        yield Chart("", _sentence(bundle, ""), None, _text(svg), None, None, True)
    elif picture := bundle.get("image/png") or bundle.get("image/jpeg"):
        yield Picture(_base64(_text(picture)), _sentence(bundle, ""))
    elif html := bundle.get("text/html"):
        yield from _foreign(_text(html))
    elif text := _text(bundle.get("text/plain", "")).strip("\n"):
        yield Plain(text)


def _told(source: str) -> Iterator[Block]:
    """Markdown that was computed: it is in the reader's language already."""
    for piece in markdown.pieces(source, lambda text: text):
        yield Heading(max(piece.level, 2), piece.text) if piece.level else Prose(piece.text)


def table_of(own: dict[str, Any]) -> Table:
    """A table of its bundle's content; ValueError where a row does not fit its columns."""
    rows = tuple(tuple(row) for row in own["rows"])
    columns = tuple(dict(column) for column in own["columns"])
    if wrong := next((at for at, row in enumerate(rows) if len(row) != len(columns)), None):
        raise ValueError(
            f"table {own['name']}: row {wrong} has {len(rows[wrong])} values for {len(columns)} columns"
        )
    return Table(
        name=str(own["name"]),
        title=own.get("title") or "",
        caption=own.get("caption") or "",
        columns=columns,
        rows=rows,
        more=own.get("more"),
        figure=own.get("figure"),
        role=own.get("role") or "figure",
        total_rows=own.get("total_rows") or len(rows),
        sort=tuple((str(name), str(way)) for name, way in own.get("sort") or ()),
        top=own.get("top"),
        nonzero=tuple(own.get("nonzero") or ()),
        every=own.get("every"),
    )


def _chart(spec: dict[str, Any], bundle: dict[str, Any]) -> Chart:
    usermeta = spec.get("usermeta") or {}
    ours = usermeta.get("smartinst") or {}
    title = ours.get("title") or _title(spec.get("title"))
    svg, png = bundle.get("image/svg+xml"), bundle.get("image/png")
    return Chart(
        title=title,
        sentence=ours.get("sentence") or _sentence(bundle, title),
        spec=spec,
        svg=_text(svg) if svg else None,
        png=_base64(_text(png)) if png else None,
        figure=ours.get("figure"),
        wide=bool(ours.get("wide", not ours)),
    )


def _title(title: Any) -> str:
    text = title.get("text", "") if isinstance(title, dict) else title or ""
    return " ".join(text) if isinstance(text, list) else str(text)


def _sentence(bundle: dict[str, Any], title: str) -> str:
    """The text alternative; a repr such as `alt.Chart(…)` or `<Figure …>` says nothing to anyone."""
    text = _text(bundle.get("text/plain", "")).strip()
    return title if text.startswith(("alt.", "<", "{")) else text[:1000] or title


def _foreign(html: str) -> Iterator[Block]:
    tables, text = read_html(html)
    for at, (head, rows) in enumerate(tables, 1):
        columns = tuple(
            {"name": f"c{n}", "label": label, "kind": "text"}
            for n, label in enumerate(head[:MAX_COLUMNS])
        )
        shown = tuple(row[:MAX_COLUMNS] for row in rows)
        left = len(head) - len(columns)
        yield Table(f"table-{at}", "", "", columns, shown, None, None, "foreign", len(rows), left)
    if text:
        yield Plain(text)


def _one(path: Path, bundle: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        held = json.loads(_text(bundle[f"{KIND}{name}"]))
    except ValueError as error:
        raise ReportError(f"{path.name}: the {name} is not JSON: {error}") from error
    if not isinstance(held, dict):
        raise ReportError(f"{path.name}: expected the {name} to be an object")
    return held


def _text(source: Any) -> str:
    """A notebook's multi-line string: a text or a list of lines."""
    return "".join(source) if isinstance(source, list) else str(source)


def _base64(text: str) -> str:
    try:
        return base64.b64encode(base64.b64decode("".join(text.split()), validate=True)).decode()
    except binascii.Error as error:
        raise ValueError(f"a picture is not base64: {error}") from error
