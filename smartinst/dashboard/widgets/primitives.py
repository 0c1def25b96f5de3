"""Small widgets: Vega charts that share a library, control labels, checkboxes, text input."""

from __future__ import annotations

from collections.abc import Callable
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
MAX_SUGGESTIONS: Final = 30


class VegaLibrary(anywidget.AnyWidget):
    """Vega and its renderer, a megabyte of script, loaded into the page once, without requests."""

    _esm = STATIC / "vega_library.js"
    code = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        alt.JupyterChart.enable_offline()
        super().__init__(code=str(alt.JupyterChart._esm))


class VegaChart(alt.JupyterChart):
    """A chart that waits for the library; its menu saves pictures, in the reader's language."""

    _esm = (STATIC / "vega_chart.js").read_text(encoding="utf-8")

    def __init__(self, chart: Any, locale: Locale) -> None:
        menu = {"export": True, "source": False, "compiled": False, "editor": False}
        labels = {
            "CLICK_TO_VIEW_ACTIONS": locale.gettext("Save the chart as a picture"),
            "SVG_ACTION": locale.gettext("Save as SVG"),
            "PNG_ACTION": locale.gettext("Save as PNG"),
        }
        super().__init__(chart, embed_options={"actions": menu, "renderer": "svg", "i18n": labels})


class ContainerWidth(anywidget.AnyWidget):
    """Width of the container in CSS pixels; 0 until the browser reports it."""

    _esm = STATIC / "container_width.js"
    width = traitlets.Int(0).tag(sync=True)


class ShortcutBlocker(anywidget.AnyWidget):
    """Prevents JupyterLab's shortcuts from handling keys pressed in controls of its output."""

    _esm = STATIC / "shortcut_blocker.js"


class ScrollTarget(anywidget.AnyWidget):
    """Scrolls itself into view whenever `turn` changes."""

    _esm = STATIC / "scroll_target.js"
    turn = traitlets.Int(0).tag(sync=True)


class ControlLabels(anywidget.AnyWidget):
    """Sets the language of its part and the accessible names of the controls in it.

    `title`: title of a Voilà page; empty: not changed. `bounds`: labels of a slider's ends.
    """

    _esm = STATIC / "control_labels.js"
    lang = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    bounds: Any = traitlets.List(["", ""]).tag(sync=True)


def board_part(locale: Locale, *children: Any, title: str = "") -> Any:
    """One part of a board, with its language, control labels and keyboard input."""
    bounds = [locale.gettext("at least"), locale.gettext("at most")]
    labels = ControlLabels(lang=locale.tag, title=title, bounds=bounds)
    return widgets.VBox([*children, labels, ShortcutBlocker()]).add_class("smartinst-part")


def action_button(label: str, css_class: str, on_click: Callable[[], None], **traits: Any) -> Any:
    """A button as wide as its label."""
    layout = widgets.Layout(width="auto")
    button = widgets.Button(description=label, layout=layout, **traits).add_class(css_class)
    button.on_click(lambda _button: on_click())
    return button


def close_widgets(*roots: Any) -> None:
    """Closes widgets and their children, which would otherwise remain in the kernel."""
    for root in roots:
        close_widgets(*getattr(root, "children", ()))
        for widget in (getattr(root, "layout", None), getattr(root, "style", None), root):
            if isinstance(widget, widgets.Widget):
                widget.close()


class CheckboxGroup(anywidget.AnyWidget):
    """Checkboxes: `options` are (label, value, count as text), `value` the checked values."""

    _esm = STATIC / "checkbox_group.js"
    _css = styles()
    label = traitlets.Unicode("").tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    value: Any = traitlets.List().tag(sync=True)


class AutocompleteText(anywidget.AnyWidget):
    """A text input that suggests texts that contain the input, ignoring case and accents.

    `input_text` changes while typing; `value` changes on Enter or when the focus is lost.
    """

    _esm = STATIC / "autocomplete_text.js"
    value = traitlets.Unicode("").tag(sync=True)
    input_text = traitlets.Unicode("").tag(sync=True)
    suggestions: Any = traitlets.List().tag(sync=True)

    def __init__(self, texts: pl.Series, **traits: Any) -> None:
        self._texts = texts.drop_nulls().unique().sort().alias("text").to_frame()
        super().__init__(suggestions=self._texts["text"].head(MAX_SUGGESTIONS).to_list(), **traits)
        self.observe(lambda change: self._suggest(change["new"]), names="input_text")

    def _suggest(self, text: str) -> None:
        contains = fold_text(pl.col("text")).str.contains(
            fold_text(pl.lit(text.strip())), literal=True
        )
        self.suggestions = self._texts.filter(contains)["text"].head(MAX_SUGGESTIONS).to_list()
