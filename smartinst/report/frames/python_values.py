"""Values of any Python type for JSON, each with its kind (see `value_text.format_value`)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from numbers import Integral
from types import NoneType
from typing import Any, Final

NATIVE_KINDS: Final = ("text", "boolean", "integer", "number")
"""Kinds that a value of JSON has by itself."""

KINDS_OF_TYPES: Final[Mapping[frozenset[type], str]] = {
    frozenset({str}): "text",
    frozenset({bool}): "boolean",
    frozenset({int}): "integer",
    frozenset({float}): "number",
    frozenset({int, float}): "number",
}
"""Types of all values of a column → its kind; a column of other types is read value by value."""

MIDNIGHT: Final = "T00:00:00"


@dataclass(frozen=True)
class FrameColumn:
    """A column of a frame: its name, the kind of its values, and the values for JSON."""

    name: str
    kind: str
    values: list[Any]


def python_column(name: str, values: Sequence[Any]) -> FrameColumn:
    """The column of these values; its kind is `mixed` if the values have different kinds."""
    if kind := KINDS_OF_TYPES.get(frozenset(map(type, values)) - {NoneType}):
        plain = list(map(finite, values)) if kind == "number" else list(values)
        return FrameColumn(name, kind, plain)
    cells = [None if value is None else kind_and_value(value) for value in values]
    kinds = {cell[0] for cell in cells if cell}
    if kinds == {"integer", "number"}:
        kinds = {"number"}
    if len(kinds) > 1:
        return FrameColumn(name, "mixed", [cell and _mixed_cell(*cell) for cell in cells])
    plain = [None if cell is None else cell[1] for cell in cells]
    return FrameColumn(name, kinds.pop() if kinds else "text", plain)


def _mixed_cell(kind: str, value: Any) -> Any:
    return value if kind in NATIVE_KINDS else {"kind": kind, "value": value}


def kind_and_value(value: Any) -> tuple[str, Any]:
    """The kind of a value, and the value for JSON."""
    match value:
        case bool():
            return "boolean", value
        case Integral():
            return "integer", int(value)
        case float():
            return "number", finite(float(value))
        case Decimal():
            return "decimal", f"{value:f}"
        case datetime():  # before date, of which it is a subclass
            return "datetime", value.isoformat()
        case date():
            return "date", value.isoformat()
        case time():
            return "time", value.isoformat()
        case timedelta():
            return "duration", _seconds(value)
        case bytes():
            return "text", value.hex()
        case str():
            return "text", str(value)
        case dict() | list() | tuple():
            return _nested(value)
    return kind_and_value(value.item()) if _is_scalar_of_numpy(value) else ("text", str(value))


def _nested(value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> tuple[str, Any]:
    """A list of texts as it is; any other nested value as its JSON text."""
    is_list = bool(value) and not isinstance(value, dict)
    if is_list and all(isinstance(item, str) for item in value):
        return "list", list(value)
    return "text", json_text(value)


def finite(value: float | None) -> float | str | None:
    """The number; a text for a number that JSON lacks."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def json_text(value: Any) -> str:
    """A nested value as JSON text; values that JSON lacks as their own text."""
    return json.dumps(value, ensure_ascii=False, default=_plain_value)


def _plain_value(value: Any) -> Any:
    return value.item() if _is_scalar_of_numpy(value) else str(value)


def digits(number: Decimal) -> str:
    """The digits of a number without an exponent and without zeros after its fraction."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _seconds(duration: timedelta) -> str:
    whole = Decimal(duration.days * 86_400 + duration.seconds)
    nanoseconds = getattr(duration, "nanoseconds", 0)  # of pandas
    fraction = Decimal(duration.microseconds).scaleb(-6) + Decimal(nanoseconds).scaleb(-9)
    return digits(whole + fraction)


def _is_scalar_of_numpy(value: Any) -> bool:
    return type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
