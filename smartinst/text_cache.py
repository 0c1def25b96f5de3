"""A cache for functions of short texts, whose memory a hostile text cannot fill."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, TypeVar

LONGEST_TEXT: Final = 200
"""Longest text that is a key: a cache of 65,536 keys then has at most 13 MB of text."""

CachedFunction = TypeVar("CachedFunction", bound=Callable[..., Any])


def cache_short_texts(maxsize: int) -> Callable[[CachedFunction], CachedFunction]:
    """Caches the results for `maxsize` tuples of arguments; results for long texts are computed."""

    def decorate(function: CachedFunction) -> CachedFunction:
        cached_function = lru_cache(maxsize)(function)

        @wraps(function)
        def look_up(*arguments: Any) -> Any:
            for argument in arguments:
                if type(argument) is not bool and argument and len(argument) > LONGEST_TEXT:
                    return function(*arguments)
            return cached_function(*arguments)

        return look_up  # type: ignore[return-value]

    return decorate
