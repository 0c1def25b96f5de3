"""Vega-Lite specs as SVG and as Vega, by Vega's own scripts in V8 or by vl-convert.

V8 may be loaded before a fork; every child then draws with loaded and compiled scripts. vl-convert
starts with the first spec that V8 does not draw: after a fork, a child would wait for its threads.
The pictures are the same.
"""

from __future__ import annotations

import json
import logging
from typing import Any, Final

import vl_convert

from smartinst.drawing.converter import register_fonts
from smartinst.drawing.vega.text_widths import letter_widths
from smartinst.drawing.vega.v8 import Context, ScriptError
from smartinst.shipped import ASSETS, TEMPLATES

SCRIPTS: Final = (
    TEMPLATES / "charts" / "engine.js",
    ASSETS / "vega" / "vega.min.js",
    ASSETS / "vega" / "vega-lite.min.js",
)

MAX_TURNS: Final = 1_000
"""Maximum of deferred tasks of Vega while it draws one chart."""

logger = logging.getLogger(__name__)


class VegaEngine:
    """Draws and compiles charts in this process. Use the shared `ENGINE`: a process has one V8."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._is_loaded = False

    def load(self) -> None:
        """Starts V8 with Vega's scripts, in about 0.15 s; without V8's package does nothing."""
        if self._is_loaded:
            return
        self._is_loaded = True
        try:
            context = Context()
        except (ImportError, OSError) as error:
            logger.debug("charts are drawn by vl-convert: %s", error)
            return
        for script in SCRIPTS:
            context.run(script.read_text(encoding="utf-8"))
        context.run(f"chartEngine.measureWith({json.dumps(letter_widths())})")
        self._context = context

    @property
    def is_embedded(self) -> bool:
        """Whether this thread draws in V8."""
        return self._usable_context() is not None

    def svg(self, spec: dict[str, Any]) -> str:
        """The picture of a Vega-Lite spec; ValueError if it cannot be drawn."""
        context = self._usable_context()
        svg = _svg_of_v8(context, spec) if context else None
        if svg:
            return svg
        register_fonts()
        return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))

    def vega(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The Vega spec of a Vega-Lite spec; ValueError if that cannot be compiled."""
        if context := self._usable_context():
            try:
                vega = context.run(f"chartEngine.vega({_script_text(spec)})")
                return dict(json.loads(vega))
            except (ScriptError, TypeError, ValueError) as error:
                logger.debug("V8 does not compile a chart: %s", error)
        return dict(vl_convert.vegalite_to_vega(spec))

    def _usable_context(self) -> Context | None:
        self.load()
        context = self._context
        return context if context and context.is_of_this_thread else None


def _svg_of_v8(context: Context, spec: dict[str, Any]) -> str | None:
    """The picture of a spec; None if V8 does not draw it."""
    try:
        context.run(f"chartEngine.start({_script_text(spec)})")
        for _ in range(MAX_TURNS):
            if not context.run("chartEngine.proceed()"):
                break
        if svg := context.run("chartEngine.svg()"):
            return str(svg)
        logger.debug("V8 does not draw a chart: %s", context.run("chartEngine.error()"))
    except (ScriptError, ValueError) as error:
        logger.debug("V8 does not draw a chart: %s", error)
    return None


def _script_text(spec: dict[str, Any]) -> str:
    """A spec as JSON inside a literal of JavaScript, all in ASCII."""
    return json.dumps(json.dumps(spec, separators=(",", ":"), allow_nan=False))


ENGINE: Final = VegaEngine()
