"""The output of a chart in a notebook: spec, SVG and a sentence."""

from __future__ import annotations

from typing import Any

import altair as alt

from smartinst.drawing.chart_images import chart_svg
from smartinst.report.mime_bundles import VEGALITE


def install() -> None:
    """Adds the SVG and a sentence to the output of every Altair chart of this process."""
    alt.renderers.register("smartinst", _bundle)
    alt.renderers.enable("smartinst")
    alt.data_transformers.disable_max_rows()


def _bundle(spec: dict[str, Any], **_options: Any) -> dict[str, Any]:
    meta = spec.get("usermeta", {}).get("smartinst", {})
    sentence = meta.get("sentence") or spec.get("description") or _title(spec)
    return {VEGALITE: spec, "image/svg+xml": chart_svg(spec), "text/plain": sentence}


def _title(spec: dict[str, Any]) -> str:
    title = spec.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    return f"Chart: {text or 'a chart of this notebook, without a title'}"
