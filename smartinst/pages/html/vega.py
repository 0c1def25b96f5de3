"""A chart's Vega-Lite spec compiled for the offline page: its rows taken out, its width and columns left to the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import vl_convert

from smartinst.pages.layout.sections import ChartView


def compiled(shown: ChartView) -> dict[str, Any] | None:
    """The chart as a Vega spec with its rows taken out, and what of it may change its width; null: cannot be compiled."""
    spec = {key: value for key, value in (shown.chart.spec or {}).items() if key != "usermeta"}
    try:
        vega = vl_convert.vegalite_to_vega(spec)
    except ValueError:
        return None
    _unread(vega)
    _labelled(vega)
    vega.pop("$schema", None)
    vega.pop("description", None)
    held = {data["name"] for data in vega["data"]}
    figure = (
        shown.chart.figure if shown.chart.figure and shown.chart.figure["name"] in held else None
    )
    parse, rows = _emptied(vega, figure["name"]) if figure else (None, [])
    return {
        "anchor": shown.anchor,
        "title": shown.chart.title,
        "figure": figure,
        "data": figure["name"] if figure else None,
        "parse": parse,
        "widths": _widths(vega),
        "columns": _columns_that_fold(vega),
        "rows": rows if figure and figure.get("raw") else None,
        "vega": vega,
    }


def _unread(part: dict[str, Any]) -> None:
    """Marks, axes, legends and titles say nothing by themselves, in English: the chart's sentence is its alternative."""
    titles = [part["title"]] if isinstance(part.get("title"), dict) else []
    for one in [*part.get("marks", ()), *part.get("axes", ()), *part.get("legends", ()), *titles]:
        one["aria"] = False
        for channels in one.get("encode", {}).values():
            for name in ("description", "ariaRoleDescription"):
                channels.pop(name, None)
        _unread(one)


def _labelled(vega: dict[str, Any]) -> None:
    """A panel whose bars are named by the one beside it names them itself: on a narrow screen it stands below."""
    named: dict[str, Any] = {}
    for group in _groups(vega):
        for axis in group.get("axes", ()):
            if axis.get("orient") != "left" or axis.get("grid"):
                continue
            if axis.get("labels") is False:
                axis.update(named)
            else:
                named = {"labels": True, "encode": axis.get("encode", {})}


def _emptied(vega: dict[str, Any], name: str) -> tuple[dict[str, str] | None, list[Any]]:
    """Takes the figure's rows out of the spec: the page puts folded ones in. How its columns are parsed, and the rows."""
    for data in vega["data"]:
        if data["name"] == name:
            rows, data["values"] = data.get("values", []), []
            parse = data.pop("format", {}).get("parse")
            return parse if isinstance(parse, dict) else None, rows
    return None, []


def _widths(vega: dict[str, Any]) -> dict[str, float]:
    """Signals that hold a panel's width."""
    signals = {one["name"]: one.get("value") for one in vega.get("signals", ())}
    found = {
        name: value
        for name, value in signals.items()
        if name.lower().endswith("width") and isinstance(value, int | float)
    }
    if isinstance(vega.get("width"), int | float):
        found["width"] = vega["width"]
    return found


def _columns_that_fold(vega: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Lets panels and legends that stand side by side stand below each other: signal → (columns, columns when narrow)."""
    found: dict[str, tuple[int, int]] = {}
    for group in _groups(vega):
        arranged = group.get("layout")
        panels = sum(1 for mark in group.get("marks", ()) if mark.get("type") == "group")
        columns = arranged.get("columns", panels) if isinstance(arranged, dict) else 0
        if isinstance(arranged, dict) and isinstance(columns, int) and columns > 1 and panels > 1:
            found[f"panel_columns_{columns}"] = (columns, 1)
            arranged["columns"] = {"signal": f"panel_columns_{columns}"}
        for legend in group.get("legends", ()):
            usual = legend.get("columns", 0)
            if legend.get("orient") in ("bottom", "top") and isinstance(usual, int) and usual != 1:
                found[f"legend_columns_{usual}"] = (usual, 2 if usual > 2 else 1)
                legend["columns"] = {"signal": f"legend_columns_{usual}"}
    signals = [{"name": name, "value": usual} for name, (usual, _) in found.items()]
    vega.setdefault("signals", []).extend(signals)
    return found


def _groups(mark: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield mark
    for inner in mark.get("marks", ()):
        if inner.get("type") == "group":
            yield from _groups(inner)
