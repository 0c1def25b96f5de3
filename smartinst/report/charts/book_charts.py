"""Charts of the book: built without deep copies, and displayed without a check of the schema.

A test checks them all against the schema. A chart that the notebook has changed since, by Altair's
methods (which return a copy) or in place, is checked like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import RLock, get_ident
from typing import Any, Final

import altair as alt
from altair.utils import schemapi
from altair.utils.schemapi import SchemaBase, debug_mode

_JSON_TYPES: Final = frozenset((str, int, float, bool, type(None)))
_PLAIN_TYPES: Final = _JSON_TYPES | {type(alt.Undefined), date}
_LOCK: Final = RLock()
_PARTS_ATTRIBUTE: Final = "_smartinst_parts"
"""Attribute of a chart of the book: its parts when it was drawn. Altair's copies lack it."""


@contextmanager
def unchecked_building() -> Iterator[None]:
    """In this thread, Altair neither checks the charts that are built nor copies their parts.

    Only for charts that share no part with another chart. Other threads copy as usual, and wait
    before they enter this context themselves.
    """
    builder = get_ident()

    def copy(
        chart: SchemaBase, deep: bool | Iterable[Any] = True, ignore: list[str] | None = None
    ) -> SchemaBase:
        is_shallow = deep is True and get_ident() == builder
        return copy_parts(chart, False if is_shallow else deep, ignore)

    with _LOCK:
        copy_parts = SchemaBase.copy
        SchemaBase.copy = copy  # type: ignore[method-assign, assignment]
        try:
            with debug_mode(False), _unexamined_values():
                yield
        finally:
            SchemaBase.copy = copy_parts  # type: ignore[method-assign]


@contextmanager
def _unexamined_values() -> Iterator[None]:
    """Altair returns a string, number, boolean or None at once, without looking for conversions."""
    convert = getattr(schemapi, "_todict", None)
    if convert is None:  # it is no part of Altair's API
        yield
        return

    def to_dict(value: Any, *context: Any, **named_context: Any) -> Any:
        return value if type(value) in _JSON_TYPES else convert(value, *context, **named_context)

    schemapi._todict = to_dict  # type: ignore[assignment]
    try:
        yield
    finally:
        schemapi._todict = convert


def record_parts(chart: alt.TopLevelMixin) -> None:
    """Remembers the parts of a chart of the book."""
    object.__setattr__(chart, _PARTS_ATTRIBUTE, _parts(chart))


def is_unmodified(chart: alt.TopLevelMixin) -> bool:
    """Whether a chart of the book has the parts with which it was drawn."""
    parts = chart.__dict__.get(_PARTS_ATTRIBUTE)
    return parts is not None and parts == _parts(chart)


def chart_spec(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The Vega-Lite spec of a chart; SchemaValidationError if the notebook's own is not valid."""
    if not is_unmodified(chart):
        return chart.to_dict()
    rows = getattr(chart, "datasets", None)
    has_plain_rows = _has_plain_rows(rows)
    with unchecked_building():
        spec = chart.to_dict(validate=False, ignore=["datasets"] if has_plain_rows else None)
    return spec | {"datasets": rows} if has_plain_rows else spec


def _has_plain_rows(datasets: Any) -> bool:
    """Whether all rows have only values of JSON, which Altair would return as they are."""
    return isinstance(datasets, dict) and all(
        type(rows) is list
        and all(type(row) is dict and set(map(type, row.values())) <= _JSON_TYPES for row in rows)
        for rows in datasets.values()
    )


def _parts(value: Any, name: str = "") -> Any:
    """Everything in a chart by value, except its rows; an object of another kind equals nothing."""
    kind = type(value)
    if kind in _PLAIN_TYPES or name == "datasets":
        return None if name == "datasets" else value
    if kind is list or kind is tuple:
        return [_parts(item) for item in value]
    if kind is dict:
        return {key: _parts(item, key) for key, item in value.items()}
    if isinstance(value, SchemaBase):
        return kind, _parts(value._args), _parts(value._kwds)
    return object()
