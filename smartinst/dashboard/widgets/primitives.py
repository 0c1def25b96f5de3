"""Small widgets of our own: charts that share one Vega, how wide a place is, what names a part, and boxes to tick."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import altair as alt
import anywidget
import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl
import traitlets

from smartinst.analytics.filters import fold_text
from smartinst.dashboard.theme import styles
from smartinst.i18n.locales import Locale

STATIC: Final = Path(__file__).parent / "static"
MOST_OFFERED: Final = 30
"""So many texts are suggested at once; whoever types on is shown others."""


class Library(anywidget.AnyWidget):
    """Vega and what draws Altair's charts, brought into the page once: a megabyte of script that loads nothing else."""

    _esm = STATIC / "library.js"
    code = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        alt.JupyterChart.enable_offline()
        super().__init__(code=str(alt.JupyterChart._esm))


class Chart(alt.JupyterChart):
    """A chart that waits for the library; its menu, in the reader's language, saves pictures and leads nowhere else."""

    _esm = (STATIC / "chart.js").read_text(encoding="utf-8")

    def __init__(self, chart: Any, locale: Locale) -> None:
        menu = {"export": True, "source": False, "compiled": False, "editor": False}
        said = {
            "CLICK_TO_VIEW_ACTIONS": locale.gettext("Save the chart as a picture"),
            "SVG_ACTION": locale.gettext("Save as SVG"),
            "PNG_ACTION": locale.gettext("Save as PNG"),
        }
        super().__init__(chart, embed_options={"actions": menu, "renderer": "svg", "i18n": said})


class Measure(anywidget.AnyWidget):
    """How wide the place is that it stands in: CSS pixels, 0 until the browser has told."""

    _esm = STATIC / "measure.js"
    width = traitlets.Int(0).tag(sync=True)


class Keyboard(anywidget.AnyWidget):
    """Gives the keys to the controls of the output that it stands in, which JupyterLab else takes for its cells."""

    _esm = STATIC / "keyboard.js"


class Arrival(anywidget.AnyWidget):
    """Where something is opened far below the click: it comes into view with every `turn`."""

    _esm = STATIC / "arrival.js"
    turn = traitlets.Int(0).tag(sync=True)


class Named(anywidget.AnyWidget):
    """Names the controls of the part it stands in, and tells its language; `title`: what a page of Voilà's is called."""

    _esm = STATIC / "named.js"
    lang = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    ends: Any = traitlets.List(["", ""]).tag(sync=True)


def part(locale: Locale, *children: Any, title: str = "") -> Any:
    """One part of a board, in its reader's language and with the keys that are pressed in it."""
    named = Named(
        lang=locale.tag, title=title, ends=[locale.gettext("at least"), locale.gettext("at most")]
    )
    box = widgets.VBox([*children, named, Keyboard()])
    box.add_class("smartinst-part")
    return box


def shut(*roots: Any) -> None:
    """Closes widgets with all that stands in them: a closed box alone would leave its children in the kernel."""
    for root in roots:
        shut(*getattr(root, "children", ()))
        for own in (getattr(root, "layout", None), getattr(root, "style", None), root):
            if isinstance(own, widgets.Widget):
                own.close()


class Choices(anywidget.AnyWidget):
    """Boxes to tick: `options` are (label, value, count as it is shown), `value` the values that are ticked."""

    _esm = STATIC / "choices.js"
    _css = styles()
    label = traitlets.Unicode("").tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    value: Any = traitlets.List().tag(sync=True)


class Typed(anywidget.AnyWidget):
    """A text; `offered` are the first of the texts known that hold what is `typed`, without regard to case and accents."""

    _esm = STATIC / "typed.js"
    value = traitlets.Unicode("").tag(sync=True)
    typed = traitlets.Unicode("").tag(sync=True)
    offered: Any = traitlets.List().tag(sync=True)

    def __init__(self, known: pl.Series, **told: Any) -> None:
        self._known = known.drop_nulls().unique().sort().alias("known").to_frame()
        super().__init__(offered=self._known["known"].head(MOST_OFFERED).to_list(), **told)
        self.observe(lambda change: self._offer(change["new"]), names="typed")

    def _offer(self, typed: str) -> None:
        holding = fold_text(pl.col("known")).str.contains(
            fold_text(pl.lit(typed.strip())), literal=True
        )
        self.offered = self._known.filter(holding)["known"].head(MOST_OFFERED).to_list()
