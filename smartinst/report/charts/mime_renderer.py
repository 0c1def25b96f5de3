"""The output of a chart in a notebook: spec, SVG and a sentence."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import altair as alt

from smartinst.drawing.chart_images import chart_svg
from smartinst.report.charts.book_charts import chart_spec
from smartinst.report.charts.wall_clock import use_wall_clock
from smartinst.report.mime_bundles import VEGALITE, WITHOUT_SENTENCE

PICTURE: Final = "image/svg+xml"


def chart_bundle(chart: Any, timezone: str = "UTC") -> dict[str, Any]:
    """The output of an Altair chart of any class, with all its data inside.

    Its own renderer and data transformer would refuse data of more than 5,000 rows, write files,
    or load scripts from the network. Its instants are in this time zone, in the picture and on the
    page. A chart that cannot be drawn, because its data are elsewhere, has no picture.
    """
    with alt.data_transformers.enable("default", max_rows=None):
        spec = chart_spec(chart)
    spec = json.loads(json.dumps(spec, default=_json_value))
    use_wall_clock(spec, ZoneInfo(timezone))
    meta = spec.get("usermeta", {}).get("smartinst", {})
    sentence = meta.get("sentence") or spec.get("description") or _title(spec)
    bundle = {VEGALITE: spec, "text/plain": sentence}
    with suppress(ValueError):
        bundle[PICTURE] = chart_svg(spec)
    return bundle


def _json_value(value: Any) -> Any:
    """A value that JSON lacks: a Decimal is a number, a date or a time ISO text."""
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _title(spec: dict[str, Any]) -> str:
    title = spec.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    text = " ".join(map(str, text)) if isinstance(text, list) else text
    return f"{WITHOUT_SENTENCE}{text or 'a chart of this notebook, without a title'}"
