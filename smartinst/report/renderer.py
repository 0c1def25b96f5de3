"""How charts show themselves in a notebook: spec, SVG and a sentence, so that any viewer can show them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert

from smartinst.report.bundles import VEGALITE
from smartinst.report.fonts import ASSETS, drawable
from smartinst.report.palette import PAPER
from smartinst.report.svg import lean


def install() -> None:
    """Makes every Altair chart of this process carry its SVG and a sentence beside its spec."""
    alt.renderers.register("smartinst", _bundle)
    alt.renderers.enable("smartinst")
    alt.data_transformers.disable_max_rows()


def chart_svg(spec: dict[str, Any]) -> str:
    """The chart's picture in the bundled font; what the font lacks is ▯; nothing is loaded from anywhere."""
    register_fonts()
    return str(vl_convert.vegalite_to_svg(_drawable(spec), allowed_base_urls=[]))


def picture(svg: str, widest: int) -> tuple[bytes, int]:
    """An SVG as a PNG on white paper in the bundled font, and how wide it is shown; it has twice as many pixels.

    Nothing is loaded from anywhere. ValueError where it is no SVG that says its size.
    """
    register_fonts()
    drawn = lean(svg)
    size = re.search(r"""<svg[^>]*?\bviewBox=["']\s*([-\d.]+)[ ,]+([-\d.]+)[ ,]+([\d.]+)[ ,]+([\d.]+)""", drawn)
    if size is None:
        raise ValueError("the picture says no size (viewBox)")
    left, top, wide, high = size.groups()
    paper = f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="{PAPER}"/>'
    on_paper = re.sub(r"(<svg[^>]*>)", lambda found: found[1] + paper, drawn, count=1)
    shown = min(widest, round(float(wide)))
    return bytes(vl_convert.svg_to_png(on_paper, scale=2 * shown / float(wide))), shown


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """The bundled font, known to vl-convert from now on."""
    vl_convert.register_font_directory(str(ASSETS / "fonts"))


def _drawable(value: Any) -> Any:
    """A spec whose every text the bundled font can draw; a picture has no tooltips."""
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, dict):
        encoded = value.get("encoding")
        shown = {**value, "encoding": {**encoded, "tooltip": None}} if isinstance(encoded, dict) else value
        return {_drawable(name): _drawable(one) for name, one in shown.items()}
    return [_drawable(one) for one in value] if isinstance(value, list) else value


def _bundle(spec: dict[str, Any], **_options: Any) -> dict[str, Any]:
    meta = spec.get("usermeta", {}).get("smartinst", {})
    sentence = meta.get("sentence") or spec.get("description") or _title(spec)
    return {VEGALITE: spec, "image/svg+xml": chart_svg(spec), "text/plain": sentence}


def _title(spec: dict[str, Any]) -> str:
    title = spec.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    return f"Chart: {text or 'a chart of this notebook, without a title'}"
