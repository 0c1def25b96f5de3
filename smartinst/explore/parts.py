"""Two small widgets of our own: how wide a place is, and boxes to tick."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

HERE: Final = Path(__file__).parent


class Measure(anywidget.AnyWidget):
    """How wide the place is that it stands in: CSS pixels, 0 until the browser has told."""

    _esm = HERE / "measure.js"
    width = traitlets.Int(0).tag(sync=True)


class Choices(anywidget.AnyWidget):
    """Boxes to tick: `options` are (label, value, count as it is shown), `value` the values that are ticked."""

    _esm = HERE / "choices.js"
    _css = HERE / "explore.css"
    label = traitlets.Unicode("").tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    value: Any = traitlets.List().tag(sync=True)
