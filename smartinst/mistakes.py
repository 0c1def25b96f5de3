"""What is wrong with a value of smartinst.toml or of a report definition, in words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SECRETS: Final = ("password", "secret", "token", "hottok", "user")


def mistake_text(details: ErrorDetails, keys: Iterable[str]) -> str:
    """The mistake without its place.

    keys  the valid keys, from which the most similar one is suggested for an unknown key
    """
    match details["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return _unknown_key(str(details["loc"][-1]), keys)
    return details["msg"].removeprefix("Value error, ")


def _unknown_key(key: str, keys: Iterable[str]) -> str:
    if any(word in key for word in _SECRETS):
        return "unknown key; secrets come from the environment (docs/contracts.md §3)"
    similar = get_close_matches(key, list(keys), n=1)
    return f"unknown key; did you mean {similar[0]}?" if similar else "unknown key"
