"""The filter panel: one control per declared filter, which offers the existing values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl

from smartinst.analytics.filter_table import DATE_FIELDS, FILTERS, Filter
from smartinst.billing_types import BILLING_TYPES
from smartinst.dashboard.templating import render_html
from smartinst.dashboard.widgets.primitives import AutocompleteText, CheckboxGroup
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import N_, Locale

_LAYOUT: Final = {"width": "100%", "min_width": "0"}
_PANEL_LABELS: Final = (N_("Billing type"),)
"""Labels that only this panel displays, listed for the catalogues."""
FIRST_FILTERS: Final = ("status", "product", "from", "to", "buyer", "currency")
"""Filters that are always visible; the button shows all others."""
_DATE_LABELS: Final = {"purchase": N_("Purchase"), "due": N_("Due date"), "paid": N_("Payment")}


@dataclass(frozen=True)
class FilterControl:
    """One filter's widget; `read` and `write` convert between its value and the filter's value.

    `empty`: the widget's value if the filter is not set.
    """

    widget: Any
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    empty: Any


class FilterPanel:
    """All filters. `on_change` is called with the filters that are set, once per change.

    `widget` has the filters and the message of an error; `buttons` are beside the board's title.
    `on_clear` is called before all filters are cleared.
    """

    def __init__(
        self,
        plans: pl.DataFrame,
        locale: Locale,
        on_change: Callable[[dict[str, Any]], None],
        on_clear: Callable[[], None] = lambda: None,
    ) -> None:
        self._locale, self._on_change, self._on_clear = locale, on_change, on_clear
        self._is_silent = False
        self.controls: dict[str, FilterControl] = {}
        self._box = widgets.Box().add_class("smartinst-filters")
        self._create_controls(plans)
        clear_label = locale.gettext("Clear filters")
        self.clear_button = widgets.Button(
            description=clear_label, layout=widgets.Layout(width="auto")
        ).add_class("smartinst-clear")
        self.clear_button.on_click(lambda _button: self._clear())
        self.more_button = widgets.ToggleButton(
            description=locale.gettext("More filters"), layout=widgets.Layout(width="auto")
        ).add_class("smartinst-more-filters")
        self.more_button.observe(lambda change: self._show_all(change["new"]), names="value")
        self.message = widgets.HTML()
        self.buttons = widgets.HBox([self.more_button, self.clear_button]).add_class(
            "smartinst-filter-buttons"
        )
        self.widget = widgets.VBox([self._box, self.message])

    def where(self) -> dict[str, Any]:
        """The filters that are set, as a notebook's `where`."""
        return {
            name: control.read(control.widget.value)
            for name, control in self.controls.items()
            if control.widget.value != control.empty
        }

    def set_plans(self, plans: pl.DataFrame) -> None:
        """Offers the values of other plans; keeps the filters and does not call `on_change`."""
        where = self.where()
        self._create_controls(plans)
        self.set_silently(where)

    def _create_controls(self, plans: pl.DataFrame) -> None:
        former = list(self.controls.values())
        self.controls = {
            declaration.name: _create_control(declaration, plans, self._locale)
            for declaration in FILTERS
        }
        for control in self.controls.values():
            control.widget.observe(self._report_change, names="value")
        self._box.children = [
            _with_caption(
                self._locale.gettext(declaration.label),
                self.controls[declaration.name].widget,
                declaration.name,
            )
            for declaration in FILTERS
        ]
        for control in former:
            control.widget.close()

    def show(self, where: Mapping[str, Any]) -> None:
        """Sets all filters and calls `on_change` once."""
        self.set_silently(where)
        self._report_change(None)

    def _show_all(self, is_all: bool) -> None:
        """Shows or hides the filters that are not among the first."""
        change = self._box.add_class if is_all else self._box.remove_class
        change("smartinst-all-filters")

    def set_silently(self, where: Mapping[str, Any]) -> None:
        """Sets all filters without calling `on_change`; shows all if one of the others is set."""
        if set(where) - set(FIRST_FILTERS):
            self.more_button.value = True
        self._is_silent = True
        try:
            for name, control in self.controls.items():
                value = control.write(where[name]) if name in where else control.empty
                control.widget.value = value
        finally:
            self._is_silent = False

    def _clear(self) -> None:
        self._on_clear()
        self.show({})

    def show_error(self, error: Exception) -> None:
        """Displays why the filters are not applied."""
        self.message.value = render_html("filter_error", self._locale, text=str(error))

    def show_counts(self, plans: Mapping[str, int]) -> None:
        """Displays for each status the number of plans that pass all other filters."""
        self.controls["status"].widget.options = _status_options(plans, self._locale)

    def _report_change(self, _change: Any) -> None:
        if not self._is_silent:
            self._on_change(self.where())


def _with_caption(label: str, widget: Any, name: str) -> Any:
    caption = widgets.Label(label).add_class("smartinst-label")
    box = widgets.VBox([caption, widget]).add_class("smartinst-filter")
    if name in FIRST_FILTERS:
        box.add_class("smartinst-first-filter")
    return box.add_class(f"smartinst-filter-{name}")


def _create_control(declaration: Filter, plans: pl.DataFrame, locale: Locale) -> FilterControl:
    """The control for a kind of filter."""
    match declaration.kind:
        case "one_of":
            return _status_control(declaration, plans, locale)
        case "from" | "to":
            picker = widgets.DatePicker(layout=_LAYOUT)
            return FilterControl(picker, date.isoformat, date.fromisoformat, None)
        case "date_field":
            options = [(locale.gettext(_DATE_LABELS[name]), name) for name in DATE_FIELDS]
            dropdown = widgets.Dropdown(options=options, layout=_LAYOUT)
            return FilterControl(dropdown, str, str, "purchase")
        case "between":
            return _range_control(plans[declaration.column])
        case "equals":
            values = plans[declaration.column].drop_nulls().unique().sort().to_list()
            options = [
                (_value_label(declaration, str(value), locale), str(value)) for value in values
            ]
            return _dropdown_control([(locale.gettext("All"), ""), *options])
        case "read":
            options = [(name, name) for name in BILLING_TYPES[1:]]
            first = (locale.gettext("Smart installments"), "")
            return _dropdown_control([first, *options])
        case _:
            has_suggestions = declaration.column in ("product", "buyer", "email")
            texts = plans[declaration.column] if has_suggestions else pl.Series(dtype=pl.String)
            text = AutocompleteText(texts, layout=_LAYOUT)
            return FilterControl(text, str, str, "")


def _status_control(declaration: Filter, plans: pl.DataFrame, locale: Locale) -> FilterControl:
    counts = dict(plans.group_by(pl.col("status").cast(pl.String)).len().iter_rows())
    label = locale.gettext(declaration.label)
    group = CheckboxGroup(label=label, options=_status_options(counts, locale))
    return FilterControl(group, list, list, [])


def _status_options(counts: Mapping[str, int], locale: Locale) -> list[tuple[str, str, str]]:
    return [
        (locale.status(status), status, locale.number(counts.get(status, 0)))
        for status in PLAN_STATUSES
    ]


def _range_control(values: pl.Series) -> FilterControl:
    upper = max(int(values.max() or 1), 1)  # type: ignore[arg-type]
    slider = widgets.IntRangeSlider(
        value=(0, upper), min=0, max=upper, continuous_update=False, layout=_LAYOUT
    )
    return FilterControl(
        slider,
        lambda value: _slider_bounds(slider, *value),
        lambda value: _slider_value(slider, *value),
        (0, upper),
    )


def _slider_bounds(slider: Any, lower: int, upper: int) -> list[int | None]:
    """The slider's value as bounds; no upper bound at its end, so that larger new plans pass."""
    return [lower, upper if upper < slider.max else None]


def _slider_value(slider: Any, lower: int, upper: int | None) -> tuple[int, int]:
    """Two bounds as the slider's value, limited to the largest plan."""
    slider.max = max(slider.max, lower)
    return lower, slider.max if upper is None else min(upper, slider.max)


def _dropdown_control(options: list[tuple[str, str]]) -> FilterControl:
    dropdown = widgets.Dropdown(options=options, value="", layout=_LAYOUT)

    def offer(value: str) -> str:
        """Adds a value that no plan has, since it is a valid filter."""
        if value not in {option for _, option in dropdown.options}:
            dropdown.options = (*dropdown.options, (value, value))
        return value

    return FilterControl(dropdown, str, offer, "")


def _value_label(declaration: Filter, value: str, locale: Locale) -> str:
    if declaration.name == "country":
        return f"{locale.country(value)} ({value})"
    return locale.payment_type(value) if declaration.name == "payment_method" else value
