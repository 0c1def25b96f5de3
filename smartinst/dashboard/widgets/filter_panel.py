"""The filter panel: one control for each filter of the table of filters, with the values that occur."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl

from smartinst.analytics.filters import DATE_FIELDS, FILTERS, Filter
from smartinst.dashboard.widgets.primitives import Choices, Typed
from smartinst.facts import BILLING_TYPES, PLAN_STATUSES
from smartinst.i18n.locales import N_, Locale

_WIDTH: Final = {"width": "100%", "min_width": "0"}
_UNUSUAL: Final = (N_("Billing type"),)
"""Labels of filters that only this panel shows."""
_DATES: Final = {"purchase": N_("Purchase"), "due": N_("Due date"), "paid": N_("Payment")}


@dataclass(frozen=True)
class Control:
    """One filter's widget, how its value reads as a filter's, and how a filter's value is shown in it."""

    filter: Filter
    widget: Any
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    empty: Any


class Panel:
    """Every filter; `changed` is called with the filters that are set, once a change, `cleared` before they are let go."""

    def __init__(
        self,
        plans: pl.DataFrame,
        locale: Locale,
        changed: Callable[[dict[str, Any]], None],
        cleared: Callable[[], None] = lambda: None,
    ) -> None:
        self._locale, self._changed, self._cleared, self._is_quiet = locale, changed, cleared, False
        self.controls: dict[str, Control] = {}
        self._grid = widgets.Box()
        self._grid.add_class("smartinst-filters")
        self._offer(plans)
        self.clear = widgets.Button(description=locale.gettext("Clear filters"))
        self.clear.on_click(lambda _button: self._clear())
        self.clear.add_class("smartinst-clear")
        self.said = widgets.HTML()
        self.widget = widgets.VBox([self._grid, widgets.HBox([self.clear, self.said])])

    def where(self) -> dict[str, Any]:
        """The filters that are set, as a notebook's `where`."""
        return {
            name: one.read(one.widget.value)
            for name, one in self.controls.items()
            if one.widget.value != one.empty
        }

    def of(self, plans: pl.DataFrame) -> None:
        """Other plans, with other values in them; what is set stays where it still can be meant, and is not told."""
        where = self.where()
        self._offer(plans)
        self._set(where)

    def _offer(self, plans: pl.DataFrame) -> None:
        before = list(self.controls.values())
        self.controls = {one.name: _control(one, plans, self._locale) for one in FILTERS}
        for control in self.controls.values():
            control.widget.observe(self._told, names="value")
        labels = {
            name: self._locale.gettext(one.filter.label) for name, one in self.controls.items()
        }
        self._grid.children = [
            _labelled(labels[name], one.widget, name) for name, one in self.controls.items()
        ]
        for one in before:
            one.widget.close()

    def show(self, where: Mapping[str, Any]) -> None:
        """Sets every control; told once."""
        self._set(where)
        self._told(None)

    def put_back(self, where: Mapping[str, Any]) -> None:
        """Sets every control, and tells nobody."""
        self._set(where)

    def _clear(self) -> None:
        self._cleared()
        self.show({})

    def count(self, plans: Mapping[str, int]) -> None:
        """Beside each status the plans of it that all other filters leave."""
        self.controls["status"].widget.options = _boxes(plans, self._locale)

    def _set(self, where: Mapping[str, Any]) -> None:
        self._is_quiet = True
        try:
            for name, one in self.controls.items():
                one.widget.value = one.write(where[name]) if name in where else one.empty
        finally:
            self._is_quiet = False

    def _told(self, _change: Any) -> None:
        if not self._is_quiet:
            self._changed(self.where())


def _labelled(label: str, widget: Any, name: str) -> Any:
    caption = widgets.Label(label)
    caption.add_class("smartinst-label")
    box = widgets.VBox([caption, widget])
    box.add_class("smartinst-filter")
    box.add_class(f"smartinst-filter-{name}")
    return box


def _control(one: Filter, plans: pl.DataFrame, locale: Locale) -> Control:
    """The widget that fits the kind; what it offers are the values that occur."""
    match one.kind:
        case "one_of":
            counts = dict(plans.group_by(pl.col("status").cast(pl.String)).len().iter_rows())
            boxes = Choices(label=locale.gettext(one.label), options=_boxes(counts, locale))
            return Control(one, boxes, list, list, [])
        case "from" | "to":
            picker = widgets.DatePicker(layout=_WIDTH)
            return Control(one, picker, lambda day: day.isoformat(), date.fromisoformat, None)
        case "date_field":
            options = [(locale.gettext(_DATES[name]), name) for name in DATE_FIELDS]
            return Control(
                one, widgets.Dropdown(options=options, layout=_WIDTH), str, str, "purchase"
            )
        case "between":
            most = max(int(plans[one.column].max() or 1), 1)  # type: ignore[arg-type]
            slider = widgets.IntRangeSlider(
                value=(0, most), min=0, max=most, continuous_update=False, layout=_WIDTH
            )
            return Control(
                one,
                slider,
                lambda value: _bounds(slider, *value),
                lambda value: _slid(slider, *value),
                (0, most),
            )
        case "equals":
            options = [
                (locale.gettext("All"), ""),
                *((_named(one, value, locale), value) for value in _occurring(plans, one.column)),
            ]
            return _dropdown(one, options)
        case "read":
            options = [
                (locale.gettext("Smart installments"), ""),
                *((name, name) for name in BILLING_TYPES[1:]),
            ]
            return _dropdown(one, options)
        case _:
            known = (
                plans[one.column]
                if one.column in ("product", "buyer", "email")
                else pl.Series(dtype=pl.String)
            )
            return Control(one, Typed(known, layout=_WIDTH), str, str, "")


def _boxes(counts: Mapping[str, int], locale: Locale) -> list[tuple[str, str, str]]:
    return [(locale.status(one), one, locale.number(counts.get(one, 0))) for one in PLAN_STATUSES]


def _dropdown(one: Filter, options: list[tuple[str, str]]) -> Control:
    box = widgets.Dropdown(options=options, value="", layout=_WIDTH)

    def offered(value: str) -> str:
        """A value that no plan has is a filter too: nothing passes."""
        if value not in {known for _, known in box.options}:
            box.options = (*box.options, (value, value))
        return value

    return Control(one, box, str, offered, "")


def _bounds(slider: Any, least: int, most: int) -> list[int | None]:
    """The slider's place as bounds: at its end there is none, so that a plan with more that comes later passes."""
    return [least, most if most < slider.max else None]


def _slid(slider: Any, least: int, most: int | None) -> tuple[int, int]:
    """The slider's place of two bounds; more than any plan has is as far as it goes."""
    slider.max = max(slider.max, least)
    return least, slider.max if most is None else min(most, slider.max)


def _occurring(plans: pl.DataFrame, column: str) -> list[str]:
    return [str(value) for value in plans[column].drop_nulls().unique().sort().to_list()]


def _named(one: Filter, value: str, locale: Locale) -> str:
    if one.name == "country":
        return f"{locale.country(value)} ({value})"
    return locale.payment_type(value) if one.name == "payment_method" else value
