"""A chart's spec compiled to Vega; the offline page's script sets rows, widths and columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smartinst.drawing.vega.engine import ENGINE
from smartinst.pages.html.marks import add_selection, chart_marks, hide_empty_panels
from smartinst.pages.layout.section_views import ChartView


def compile_chart(view: ChartView) -> dict[str, Any] | None:
    """The chart as a Vega spec without its rows, and the signals of its widths and columns.

    None if the spec cannot be compiled.
    """
    spec = {key: value for key, value in (view.chart.spec or {}).items() if key != "usermeta"}
    try:
        vega = ENGINE.vega(spec)
    except ValueError:
        return None
    strip_aria(vega)
    _label_every_panel(vega)
    vega.pop("$schema", None)
    vega.pop("description", None)
    figure = view.chart.figure
    if figure and figure["name"] not in {data["name"] for data in vega["data"]}:
        figure = None
    parse, rows = _remove_rows(vega, figure["name"]) if figure else (None, [])
    marks = chart_marks(figure)
    panel_column = None
    if figure:
        add_selection(vega, marks["marks"])
        panel_column = hide_empty_panels(vega, figure["name"])
    return {
        "anchor": view.anchor,
        "title": view.chart.title,
        "figure": figure,
        "data": figure["name"] if figure else None,
        "parse": parse,
        "panelColumn": panel_column,
        **marks,
        "widths": _widths(vega),
        "columns": _column_signals(vega),
        "rows": rows if figure and figure.get("raw") else None,
        "vega": vega,
    }


def strip_aria(spec: dict[str, Any]) -> None:
    """Removes the ARIA labels of marks, axes, legends and titles, which Vega writes in English.

    The chart's sentence is its alternative text.
    """
    titles = [spec["title"]] if isinstance(spec.get("title"), dict) else []
    children = [*spec.get("marks", ()), *spec.get("axes", ()), *spec.get("legends", ()), *titles]
    for child in children:
        child["aria"] = False
        for channels in child.get("encode", {}).values():
            for name in ("description", "ariaRoleDescription"):
                channels.pop(name, None)
        strip_aria(child)


def _label_every_panel(vega: dict[str, Any]) -> None:
    """Copies axis labels to the panels that have none, for narrow screens."""
    labels: dict[str, Any] = {}
    for group in _groups(vega):
        for axis in group.get("axes", ()):
            if axis.get("orient") != "left" or axis.get("grid"):
                continue
            if axis.get("labels") is False:
                axis.update(labels)
            else:
                labels = {"labels": True, "encode": axis.get("encode", {})}


def _remove_rows(vega: dict[str, Any], name: str) -> tuple[dict[str, str] | None, list[Any]]:
    """Removes the figure's rows from the spec; returns how its columns are parsed, and the rows."""
    for data in vega["data"]:
        if data["name"] == name:
            rows, data["values"] = data.get("values", []), []
            parse = data.pop("format", {}).get("parse")
            return parse if isinstance(parse, dict) else None, rows
    return None, []


def _widths(vega: dict[str, Any]) -> dict[str, float]:
    """Signal → width of a panel in pixels."""
    values = {signal["name"]: signal.get("value") for signal in vega.get("signals", ())}
    widths = {
        name: value
        for name, value in values.items()
        if name.lower().endswith("width") and isinstance(value, int | float)
    }
    if isinstance(vega.get("width"), int | float):
        widths["width"] = vega["width"]
    return widths


def _column_signals(vega: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Replaces column counts by signals; returns name → (columns, columns on a narrow screen)."""
    signals: dict[str, tuple[int, int]] = {}
    for group in _groups(vega):
        layout = group.get("layout")
        panels = sum(1 for mark in group.get("marks", ()) if mark.get("type") == "group")
        columns = layout.get("columns", panels) if isinstance(layout, dict) else 0
        if isinstance(layout, dict) and isinstance(columns, int) and columns > 1 and panels > 1:
            signals[f"panel_columns_{columns}"] = (columns, 1)
            layout["columns"] = {"signal": f"panel_columns_{columns}"}
        for legend in group.get("legends", ()):
            columns = legend.get("columns", 0)
            is_horizontal = legend.get("orient") in ("bottom", "top")
            if is_horizontal and isinstance(columns, int) and columns != 1:
                signals[f"legend_columns_{columns}"] = (columns, 2 if columns > 2 else 1)
                legend["columns"] = {"signal": f"legend_columns_{columns}"}
    vega.setdefault("signals", []).extend(
        {"name": name, "value": columns} for name, (columns, _) in signals.items()
    )
    return signals


def _groups(mark: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield mark
    for child in mark.get("marks", ()):
        if child.get("type") == "group":
            yield from _groups(child)
