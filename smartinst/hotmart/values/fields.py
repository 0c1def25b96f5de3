"""Readers of one field of a JSON object: a Python value, or InvalidItemError that names the field.

Numbers are decoded as text (`NumberText`), so that an amount never becomes a float. `path` is the
dotted path of the parent object with a final dot; errors begin with it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeVar

from smartinst.hotmart.values.outcome import InvalidItemError, Item, Row
from smartinst.money import Amount, parse_amount

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
_CHARGE_NUMBERS: Final = re.compile(r"\s*\d{1,4}\s*(,\s*\d{1,4}\s*)*", re.ASCII)


class NumberText(str):
    """The text of a JSON number with a fraction, an exponent or more than 100 digits."""

    __slots__ = ()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"the literal {name} is no JSON")


def _integer(digits: str) -> int | NumberText:
    """An integer; text if it has more than 100 digits, since Python refuses very long integers."""
    return int(digits) if len(digits) <= MAX_DIGITS else NumberText(digits)


DECODER: Final = json.JSONDecoder(
    parse_float=NumberText, parse_int=_integer, parse_constant=_refuse_constant
)
"""JSON with exact numbers; ValueError for NaN and Infinity, RecursionError for deep nesting."""

NOT_RECOGNISED: Final = "not recognised"


def decode_text(body: bytes, kind: str) -> str:
    """The text of a `file` or `body`; InvalidItemError if it cannot contain a document."""
    if not body.strip():
        raise InvalidItemError(f"empty {kind}")
    if b"\0" in body:
        raise InvalidItemError("contains NUL bytes")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidItemError("not valid UTF-8") from None


def json_problem(error: ValueError) -> str:
    """What is wrong with a text that DECODER refused, without any value of it."""
    is_constant = "literal" in str(error)
    return "NaN or Infinity in the document" if is_constant else f"{NOT_RECOGNISED}: not JSON"


def read_object(parent: Item, key: str, path: str = "") -> Item:
    """An object inside an object; empty if it is missing or null."""
    value = parent.get(key)
    if value is None:
        return {}
    if type(value) is not dict:
        raise InvalidItemError(f"{path}{key}: expected an object")
    return value


def read_list(parent: Item, key: str, path: str = "") -> list[Any]:
    """A list inside an object; empty if it is missing or null."""
    value = parent.get(key)
    if value is None:
        return []
    if type(value) is not list:
        raise InvalidItemError(f"{path}{key}: expected a list")
    return value


def read_text(parent: Item, key: str, path: str = "") -> str | None:
    """Text of at most 10,000 characters; None if it is missing, null or blank."""
    value = parent.get(key)
    if value is None:
        return None
    if type(value) is not str:
        raise InvalidItemError(f"{path}{key}: expected a text")
    if len(value) <= MAX_TEXT and value.isascii() and "\0" not in value:  # the usual case, fast
        return value.strip() or None
    return clean_text(value, f"{path}{key}")


def clean_text(value: str, name: str) -> str | None:
    """Text without surrounding spaces, None if blank; InvalidItemError if it cannot be stored."""
    if len(value) > MAX_TEXT:
        raise InvalidItemError(f"{name}: longer than {MAX_TEXT} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidItemError(f"{name}: broken Unicode") from None
    if "\0" in value:
        raise InvalidItemError(f"{name}: contains a NUL character")
    return value.strip() or None


def read_identifier(parent: Item, key: str, path: str = "") -> str | None:
    """An id or code, which the platform writes as a string or an integer; None if missing."""
    value = parent.get(key)
    if value is None:
        return None
    return str(value) if type(value) is int else read_text(parent, key, path)


def require(value: T | None, name: str) -> T:
    """The value; InvalidItemError if it is None."""
    if value is None:
        raise InvalidItemError(f"{name}: missing")
    return value


def read_word(parent: Item, key: str, path: str = "") -> str | None:
    """A value of an enumeration in upper case; None if missing."""
    value = read_text(parent, key, path)
    return value and value.upper()


def read_flag(parent: Item, key: str, path: str = "") -> bool | None:
    """True, false, or None if missing."""
    value = parent.get(key)
    if value is None or type(value) is bool:
        return value
    raise InvalidItemError(f"{path}{key}: expected true or false")


def read_integer(parent: Item, key: str, path: str, minimum: int, maximum: int) -> int | None:
    """An integer between two limits, both included; None if it is missing, null or blank."""
    value = parent.get(key)
    if value is None or _is_blank(value):
        return None
    if type(value) is NumberText:
        value = value.removesuffix(".0")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is not int:
        raise InvalidItemError(f"{path}{key}: expected an integer")
    if not minimum <= value <= maximum:
        raise InvalidItemError(f"{path}{key}: outside {minimum} to {maximum}")
    return value


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def read_charge_numbers(parent: Item, key: str, path: str, maximum: int) -> list[int] | None:
    """Charge numbers from a text such as `"3, 4"` or a list: unique, ascending; None if missing."""
    value = parent.get(key)
    if value is None or value == "":
        return None
    if type(value) is str and _CHARGE_NUMBERS.fullmatch(value):
        value = [int(part) for part in value.split(",")]
    if type(value) is not list or not all(type(number) is int for number in value):
        raise InvalidItemError(f"{path}{key}: expected charge numbers")
    if any(not 1 <= number <= maximum for number in value):
        raise InvalidItemError(f"{path}{key}: outside 1 to {maximum}")
    return sorted(set(value)) or None


def read_currency(parent: Item, key: str, path: str = "") -> str | None:
    """A currency code of three letters, in upper case; None if missing."""
    value = read_text(parent, key, path)
    if value is None:
        return None
    if not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise InvalidItemError(f"{path}{key}: expected a currency code")
    return value.upper()


def read_amount(parent: Item, key: str, path: str, currency: str | None) -> Amount | None:
    """An amount, rounded to the minor unit of its currency; None if missing, null or blank.

    Without a currency only 0 is an amount.
    """
    value = parent.get(key)
    text = None if value is None else _number_text(value, f"{path}{key}").strip()
    if not text:
        return None
    amount = to_amount(text, currency or "", f"{path}{key}")
    if currency is None and amount.minor:
        raise InvalidItemError(f"{path}{key}: an amount without a currency")
    return amount


def to_amount(text: str, currency: str, name: str) -> Amount:
    """The amount in a text, rounded; InvalidItemError says what is wrong with it."""
    try:
        return parse_amount(text, currency)
    except ValueError as error:
        raise InvalidItemError(f"{name}: {error}") from None


def amount_columns(**amounts: Amount | None) -> Row:
    """Columns of amounts in minor units, and `is_rounded`: True if any was rounded, else null."""
    minor_units: Row = {name: amount and amount.minor for name, amount in amounts.items()}
    is_rounded = any(amount and amount.is_rounded for amount in amounts.values())
    return {**minor_units, "is_rounded": is_rounded or None}


def read_decimal(parent: Item, key: str, path: str = "") -> str | None:
    """The text of a number (a rate, a percentage); None if missing."""
    value = parent.get(key)
    return None if value is None else _number_text(value, f"{path}{key}")


def _number_text(value: object, name: str) -> str:
    if type(value) not in (NumberText, str, int):  # bool is a subclass of int
        raise InvalidItemError(f"{name}: expected a number")
    return str(value)[:MAX_TEXT]


def read_instant(parent: Item, key: str, path: str = "") -> datetime | None:
    """An instant of this century, from milliseconds since 1970 (integer or text) or ISO 8601.

    None if it is missing, null or blank.
    """
    value = parent.get(key)
    if value is None or _is_blank(value):
        return None
    if type(value) is int and _EARLIEST_MS <= value < _LATEST_MS:
        return _from_milliseconds(value)
    return _parse_instant(value, f"{path}{key}")


@lru_cache(maxsize=1 << 14)  # the items of a plan repeat its dates
def _from_milliseconds(value: int) -> datetime:
    return EPOCH + timedelta(milliseconds=value)


def _parse_instant(value: object, name: str) -> datetime:
    if type(value) is NumberText and value.endswith(".0"):
        value = value[:-2]
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if type(value) is int:
        if _EARLIEST_MS <= value < _LATEST_MS:
            return _from_milliseconds(value)
        raise InvalidItemError(f"{name}: impossible date")
    if type(value) is str:
        return parse_iso_instant(value, name)
    raise InvalidItemError(f"{name}: expected milliseconds since 1970")


def parse_iso_instant(value: str, name: str) -> datetime:
    """An ISO 8601 instant of this century; UTC if the text names no zone."""
    try:
        instant = datetime.fromisoformat(value.strip())
        instant = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidItemError(f"{name}: expected an instant") from None
    return check_century(instant, name)


def check_century(instant: datetime, name: str) -> datetime:
    """The instant; InvalidItemError unless it is from 2000 to 2099."""
    if not EARLIEST <= instant < LATEST:
        raise InvalidItemError(f"{name}: impossible date")
    return instant


def check_depth(item: object) -> None:
    """Raise InvalidItemError for more than 64 levels of nesting; does not recurse."""
    level = [item]
    for _ in range(MAX_DEPTH):
        level = [
            value
            for container in level
            for value in (container.values() if type(container) is dict else container)  # type: ignore[attr-defined]
            if type(value) in _CONTAINERS
        ]
        if not level:
            return
    raise InvalidItemError(f"nested more than {MAX_DEPTH} levels deep")
