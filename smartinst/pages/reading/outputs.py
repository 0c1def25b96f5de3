"""The representation of one output that page and paper can draw.

Outputs of smartinst stay as they are. Of any other output one format remains: a chart with its
picture, Markdown, a picture, HTML or text; or a sentence if none of its formats can be drawn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from smartinst.drawing.chart_images import chart_svg
from smartinst.pages.markup.drawable_html import drawable_html
from smartinst.pages.markup.markdown import formula_html
from smartinst.pages.markup.pictures import BITMAP_TYPES, SVG, bitmap_base64, svg_data_uri
from smartinst.pages.markup.safe_html import sanitize_html
from smartinst.pages.markup.undrawn import UndrawnContent
from smartinst.pages.reading.embedded_charts import embedded_spec
from smartinst.report.mime_bundles import VEGALITE

OWN_PREFIX: Final = "application/vnd.smartinst."
VEGALITE_PREFIX: Final = "application/vnd.vegalite"

_SENTENCE: Final = re.compile(r'<p class="undrawn">[^<]*</p>')
_ADDRESS: Final = re.compile(
    r"\s*<(?:module\b.*\bfrom\b.*|\w[^\n]*\bat 0x[0-9a-f]+>*)>\s*", re.DOTALL
)
"""The repr of a module, with a path of this machine, or of an object, with its place in memory."""

_OBJECT: Final = re.compile(r"\s*(?:<.*>|[A-Za-z_][\w.]*\(.*\)?)\s*", re.DOTALL)
"""The repr of an object, such as `IntSlider(value=3)`, which says nothing to a reader."""

_KINDS: Final = {
    "application/vnd.plotly": ("chart", "Plotly"),
    "application/vnd.bokeh": ("chart", "Bokeh"),
    "application/vnd.holoviews": ("chart", "HoloViews"),
    "application/vnd.vega": ("chart", "Vega"),
    "application/vnd.jupyter.widget-view": ("widget", ""),
    "application/javascript": ("script", ""),
    "application/geo+json": ("map", ""),
    "application/pdf": ("document", ""),
    "video/": ("video", ""),
    "audio/": ("audio", ""),
    "image/": ("picture", ""),
}
"""Beginning of a MIME type → kind of undrawn content, and the library that draws it.

If an output has several of these types, the first of this table decides.
"""

_LOADERS: Final = ("application/vnd.bokehjs_load", "application/vnd.holoviews_load")
"""Beginnings of the MIME types of outputs that load a library and display nothing."""


_LOADING_HTML: Final = re.compile(
    r"\s*<script[^>]*>\s*window\.PlotlyConfig\b"
    r"|\s*<script[^>]*>\s*const \{ set_or_remove_dark_class \}"
    r"|(?s:.*)(?:>Loading BokehJS \.\.\.</span>\s*</div>\s*\Z"
    r"|<code>init_notebook_mode</code> cell from ITables)",
)
"""HTML that loads a library, and displays nothing for a reader."""


def drawable_output(data: Mapping[str, Any], undrawn: UndrawnContent) -> dict[str, Any]:
    """The formats of one output that a report draws; empty if it displays nothing."""
    if any(kind.startswith(OWN_PREFIX) for kind in data):
        return dict(data)
    if spec_kind := next(
        (
            kind
            for kind, content in data.items()
            if kind.startswith(VEGALITE_PREFIX) and isinstance(content, Mapping)
        ),
        "",
    ):
        return _with_picture(spec_kind, data, undrawn)
    if spec := embedded_spec(joined_text(data.get("text/html", ""))):
        return _with_picture(VEGALITE, {**data, VEGALITE: spec}, undrawn)
    if markdown := joined_text(data.get("text/markdown", "")):
        return {"text/markdown": markdown}
    if (svg := data.get(SVG)) and svg_data_uri(joined_text(svg)):
        undrawn.add_texts_of(joined_text(svg))
        return {SVG: joined_text(svg), "text/plain": joined_text(data.get("text/plain", ""))}
    latex = joined_text(data.get("text/latex", ""))
    if formula := formula_html(latex):
        return {"text/html": formula}
    for kind in BITMAP_TYPES:
        if kind in data and (content := bitmap_base64(data[kind])):
            return {"image/png": content, "text/plain": joined_text(data.get("text/plain", ""))}
    if "text/html" in data and _draws_as_html(data):
        return _html_or_text(data, undrawn)
    if latex.strip():
        return {"text/plain": latex.strip()}
    return _text_or_sentence(data, undrawn)


def _with_picture(
    spec_kind: str, data: Mapping[str, Any], undrawn: UndrawnContent
) -> dict[str, Any]:
    """A chart; if the notebook has no picture of it, it is drawn from its spec."""
    if SVG in data:
        return dict(data)
    if "image/png" in data and (content := bitmap_base64(data["image/png"])):
        return {**data, "image/png": content}
    chart = {kind: data[kind] for kind in data if kind != "image/png"}
    try:
        return {**chart, SVG: chart_svg(data[spec_kind])}
    except (ValueError, TypeError):  # the spec is invalid, or its data are elsewhere
        return {"text/html": undrawn.replacement("chart", "Vega-Lite")}


def _draws_as_html(data: Mapping[str, Any]) -> bool:
    """Whether the HTML is the output itself, and no fallback of a chart, a widget or a map."""
    return not any(_kind_of(kind)[0] in ("chart", "widget", "map") for kind in data)


def _html_or_text(data: Mapping[str, Any], undrawn: UndrawnContent) -> dict[str, Any]:
    """The HTML; the output's text if nothing in the HTML can be drawn; empty for a loader."""
    if _LOADING_HTML.match(joined_text(data["text/html"])):
        return {}
    count = len(undrawn.places)
    html = drawable_html(joined_text(data["text/html"]), undrawn)
    text = joined_text(data.get("text/plain", ""))
    has_content = html and sanitize_html(_SENTENCE.sub("", html))
    if has_content or not text.strip() or _OBJECT.fullmatch(text):
        return {"text/html": html}
    del undrawn.places[count:]
    return {"text/plain": text}


def _text_or_sentence(data: Mapping[str, Any], undrawn: UndrawnContent) -> dict[str, Any]:
    text = joined_text(data.get("text/plain", ""))
    foreign = [kind for kind in data if not kind.startswith("text/")]
    if "application/json" in data:
        content = data["application/json"]
        return {"text/plain": json.dumps(content, ensure_ascii=False, indent=2)}
    if any(kind.startswith(_LOADERS) for kind in foreign):
        return {}
    kinds = [
        content
        for start, content in _KINDS.items()
        if any(name.startswith(start) for name in foreign)
    ]
    if not foreign and _ADDRESS.fullmatch(text):
        return {}
    if not kinds and (not foreign or (text and not _OBJECT.fullmatch(text))):
        return {"text/plain": text}
    kind, origin = kinds[0] if kinds else ("format", foreign[0])
    return {"text/html": undrawn.replacement(kind, origin)}


def _kind_of(mime_type: str) -> tuple[str, str]:
    return next(
        (content for start, content in _KINDS.items() if mime_type.startswith(start)),
        ("format", mime_type),
    )


def joined_text(source: Any) -> str:
    """The text of a notebook's multi-line string, which is a string or a list of lines."""
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")
