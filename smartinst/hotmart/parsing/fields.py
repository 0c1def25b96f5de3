"""Reading one field of a JSON object: the value in our own type, or InvalidItemError that names the field.

Numbers arrive as the text they had (`Literal`), so that an amount is never a float on its way.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeVar

from smartinst.hotmart.parsing.outcome import InvalidItemError, Item
from smartinst.money import to_minor

MAX_TEXT: Final = 10_000
MAX_DEPTH: Final = 64
MAX_DIGITS: Final = 100
MAX_CHARGES: Final = 600
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_EARLIEST_MS: Final = int(EARLIEST.timestamp()) * 1000
_LATEST_MS: Final = int(LATEST.timestamp()) * 1000
T = TypeVar("T")
_CONTAINERS: Final = frozenset((dict, list))
_NUMBER_LIST: Final = re.compile(r"\s*\d{1,4}\s*(,\s*\d{1,4}\s*)*", re.ASCII)


class Literal(str):
    """The text of a JSON number that is not an integer literal, or one of more than 100 digits."""

    __slots__ = ()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"the literal {name} is no JSON")


def _integer(digits: str) -> int | Literal:
    """An integer; as its text when it is absurdly long, so that its item alone is refused (Python reads 4,300)."""
    return int(digits) if len(digits) <= MAX_DIGITS else Literal(digits)


DECODER: Final = json.JSONDecoder(
    parse_float=Literal, parse_int=_integer, parse_constant=_refuse_constant
)
"""JSON with exact numbers; ValueError on NaN and Infinity, RecursionError on deep input."""


def section(parent: Item, key: str, where: str = "") -> Item:
    """An object inside an object; empty where it is missing or null."""
    value = parent.get(key)
    if value is None:
        return {}
    if type(value) is not dict:
        raise InvalidItemError(f"{where}{key}: expected an object")
    return value


def sequence(parent: Item, key: str, where: str = "") -> list[Any]:
    """A list inside an object; empty where it is missing or null."""
    value = parent.get(key)
    if value is None:
        return []
    if type(value) is not list:
        raise InvalidItemError(f"{where}{key}: expected a list")
    return value


def text(parent: Item, key: str, where: str = "") -> str | None:
    """A text of at most 10,000 characters; null where it is missing, null or blank."""
    value = parent.get(key)
    if value is None:
        return None
    if type(value) is not str:
        raise InvalidItemError(f"{where}{key}: expected a text")
    if len(value) <= MAX_TEXT and value.isascii() and "\0" not in value:  # nearly always
        return value.strip() or None
    return clean(value, f"{where}{key}")


def clean(value: str, name: str) -> str | None:
    """A text without the spaces around it, null when nothing is left; refuses what cannot be stored."""
    if len(value) > MAX_TEXT:
        raise InvalidItemError(f"{name}: longer than {MAX_TEXT} characters")
    if not value.isascii():
        _check_unicode(value, name)
    if "\0" in value:
        raise InvalidItemError(f"{name}: contains a NUL character")
    return value.strip() or None


def _check_unicode(value: str, name: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidItemError(f"{name}: broken Unicode") from None


def identifier(parent: Item, key: str, where: str = "") -> str | None:
    """An id or code that the platform writes as a text or as an integer; null where it is missing."""
    value = parent.get(key)
    if value is None:
        return None
    return str(value) if type(value) is int else text(parent, key, where)


def required(value: T | None, name: str) -> T:
    """The value; InvalidItemError that it is missing where it is null."""
    if value is None:
        raise InvalidItemError(f"{name}: missing")
    return value


def word(parent: Item, key: str, where: str = "") -> str | None:
    """An enumeration's word in upper case; null where it is missing."""
    value = text(parent, key, where)
    return value and value.upper()


def flag(parent: Item, key: str, where: str = "") -> bool | None:
    """True, false, or null where it is missing."""
    value = parent.get(key)
    if value is None or type(value) is bool:
        return value
    raise InvalidItemError(f"{where}{key}: expected true or false")


def whole(parent: Item, key: str, where: str, low: int, high: int) -> int | None:
    """An integer from low to high, both included; null where it is missing."""
    value = parent.get(key)
    if value is None:
        return None
    if type(value) is str and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is not int:
        raise InvalidItemError(f"{where}{key}: expected an integer")
    if not low <= value <= high:
        raise InvalidItemError(f"{where}{key}: outside {low} to {high}")
    return value


def number_list(parent: Item, key: str, where: str, high: int) -> list[int] | None:
    """Charge numbers as the platform writes them, `"3, 4"`, or as a list; ascending, each once; null where missing."""
    value = parent.get(key)
    if value is None or value == "":
        return None
    if type(value) is str and _NUMBER_LIST.fullmatch(value):
        value = [int(part) for part in value.split(",")]
    if type(value) is not list or not all(type(one) is int for one in value):
        raise InvalidItemError(f"{where}{key}: expected charge numbers")
    if any(not 1 <= one <= high for one in value):
        raise InvalidItemError(f"{where}{key}: outside 1 to {high}")
    return sorted(set(value)) or None


def currency(parent: Item, key: str, where: str = "") -> str | None:
    """A currency's three letters; null where it is missing."""
    value = text(parent, key, where)
    if value is None:
        return None
    if not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise InvalidItemError(f"{where}{key}: expected a currency code")
    return value.upper()


def amount(parent: Item, key: str, where: str, unit: str | None) -> int | None:
    """An amount in minor units of a currency; null where the amount is missing."""
    value = parent.get(key)
    if value is None:
        return None
    if unit is None:
        raise InvalidItemError(f"{where}{key}: an amount without a currency")
    return minor(_number(value, f"{where}{key}"), unit, f"{where}{key}")


def minor(digits: str, unit: str, name: str) -> int:
    """The text of a number in minor units; InvalidItemError that says what is wrong with it."""
    try:
        return to_minor(digits, unit)
    except ValueError as error:
        raise InvalidItemError(f"{name}: {error}") from None


def decimal(parent: Item, key: str, where: str = "") -> str | None:
    """The text of a number (a rate, a percentage); null where it is missing."""
    value = parent.get(key)
    return None if value is None else _number(value, f"{where}{key}")


def _number(value: object, name: str) -> str:
    kind = type(value)
    if kind is Literal or kind is str:
        return str(value)[:MAX_TEXT]
    if kind is int:
        return _digits(value, name)
    raise InvalidItemError(f"{name}: expected a number")


def _digits(value: object, name: str) -> str:
    try:
        return str(value)
    except ValueError:  # more than 4,300 digits
        raise InvalidItemError(f"{name}: amount too large") from None


def instant(parent: Item, key: str, where: str = "") -> datetime | None:
    """Milliseconds since 1970 as an integer or its digits, in this century; null where it is missing."""
    value = parent.get(key)
    if value is None:
        return None
    if type(value) is int and _EARLIEST_MS <= value < _LATEST_MS:
        return _from_milliseconds(value)
    return _odd_instant(value, f"{where}{key}")


@lru_cache(maxsize=1 << 14)  # the items of a plan repeat its dates
def _from_milliseconds(value: int) -> datetime:
    return EPOCH + timedelta(milliseconds=value)


def _odd_instant(value: object, name: str) -> datetime:
    if type(value) is Literal and value.endswith(".0"):
        value = value[:-2]
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is int:
        if _EARLIEST_MS <= value < _LATEST_MS:
            return _from_milliseconds(value)
        raise InvalidItemError(f"{name}: impossible date")
    if type(value) is str:
        return iso_instant(value, name)
    raise InvalidItemError(f"{name}: expected milliseconds since 1970")


def iso_instant(value: str, name: str) -> datetime:
    """An ISO 8601 instant (UTC where it names no zone), in this century."""
    try:
        found = datetime.fromisoformat(value.strip())
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidItemError(f"{name}: expected an instant") from None
    return in_this_century(found, name)


def in_this_century(found: datetime, name: str) -> datetime:
    """The instant, if it lies from 2000 to 2100."""
    if not EARLIEST <= found < LATEST:
        raise InvalidItemError(f"{name}: impossible date")
    return found


def check_depth(item: object) -> None:
    """Refuses what is nested more than 64 levels deep; never recurses."""
    level = [item]
    for _ in range(MAX_DEPTH):
        level = [
            value
            for inner in level
            for value in (inner.values() if type(inner) is dict else inner)  # type: ignore[attr-defined]
            if type(value) in _CONTAINERS
        ]
        if not level:
            return
    raise InvalidItemError(f"nested more than {MAX_DEPTH} levels deep")
