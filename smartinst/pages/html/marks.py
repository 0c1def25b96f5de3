"""The marks of charts and the rows of tables on which a reader can click (docs/reports.md).

A click keeps the plans that have a row of the figure with the mark's values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from smartinst.report.charts.catalog import CHARTED_SUMS

CHART_MARKS: Final = {
    "aging": ("bucket",),
    "overdue_by_product": ("product_id",),
    "refusals": ("help",),
}
"""Figure → the keys that the marks of its chart have, if not all."""

TABLE_MARKS: Final = {"overdue_by_product": ("product_id", "currency")}
"""Figure → the keys that identify a row of its table, if not all."""

SELECTED: Final = "selected_marks"
"""Signal of a chart: the keys of its selected marks, as `markKey` in marks.js writes them."""

_PANEL: Final = re.compile(r'datum\.((?:commission_)?currency) === "(.+)"')


def chart_marks(figure: Mapping[str, Any] | None) -> dict[str, Any]:
    """The mark columns of a figure's chart, and the sums of which one is not zero in its rows."""
    if not figure:
        return {"marks": (), "counted": ()}
    sums = CHARTED_SUMS.get(figure["name"], figure["sums"])
    is_counted = figure["grain"] != "plans" and not figure["raw"]
    return {
        "marks": CHART_MARKS.get(figure["name"], figure["by"]),
        "counted": sums if is_counted else (),
    }


def table_marks(figure: Mapping[str, Any]) -> dict[str, Any]:
    """The mark columns of a figure's table, and the sums of which one is not zero in its rows."""
    is_counted = figure["grain"] != "plans"
    return {
        "marks": TABLE_MARKS.get(figure["name"], figure["by"]),
        "counted": figure["sums"] if is_counted else (),
    }


def add_selection(vega: dict[str, Any], columns: Iterable[str]) -> None:
    """Makes the marks pale that are not selected, once one is selected."""
    key = " + '|' + ".join(f"datum[{json.dumps(name)}]" for name in columns)
    test = f"!length({SELECTED}) || indexof({SELECTED}, '' + {key}) >= 0"
    vega.setdefault("signals", []).append({"name": SELECTED, "value": []})
    for mark in _data_marks(vega):
        update = mark.setdefault("encode", {}).setdefault("update", {})
        update.setdefault("opacity", [{"test": test, "value": 1}, {"value": 0.25}])


def _data_marks(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for mark in group.get("marks", ()):
        if mark.get("type") == "group":
            yield from _data_marks(mark)
        elif mark.get("type") != "text" and "from" in mark:
            yield mark


def hide_empty_panels(vega: dict[str, Any], figure: str) -> str | None:
    """Makes each panel depend on the rows of its currency; returns the column of the currency.

    Without rows, a panel takes no place. None if the chart has no panels.
    """
    panels: dict[str, re.Match[str]] = {}
    for data in vega["data"]:
        if source := panels.get(data.get("source", "")):
            panels[data["name"]] = source
        for transform in data.get("transform", ()):
            if match := _PANEL.fullmatch(transform.get("expr", "")):
                panels[data["name"]] = match
    for number, (group, names) in enumerate(list(_panel_groups(vega, panels))):
        column = panels[names[0]][1]
        codes = [json.loads(f'"{panels[name][2]}"') for name in names]
        rows = f"rows_of_panel_{number}"
        vega["data"].append(
            {
                "name": rows,
                "source": figure,
                "transform": [
                    {
                        "type": "filter",
                        "expr": f"indexof({json.dumps(codes)}, datum.{column}) >= 0",
                    },
                    {"type": "formula", "expr": "1", "as": "panel"},
                    {"type": "aggregate", "groupby": ["panel"]},
                ],
            }
        )
        group["from"] = {"data": rows}
    return next((match[1] for match in panels.values()), None)


def _panel_groups(
    group: Mapping[str, Any], panels: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The groups of a chart, each with the data of the panels in it."""
    for mark in group.get("marks", ()):
        if mark.get("type") != "group":
            continue
        names = [child["from"]["data"] for child in _data_marks(mark) if "data" in child["from"]]
        if names and all(name in panels for name in names):
            yield mark, list(dict.fromkeys(names))
            yield from _panel_groups(mark, panels)
