"""When a report is sent: `always`, `changed`, `overdue`, or one named measure against a number. Words, never code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from smartinst.errors import ConfigurationError, ReportError

COUNTS: Final = (
    *(
        "plans",
        "live_plans",
        "plans_with_debt",
        "charges",
        "fell_behind",
        "recovered",
        "due_installments",
    ),
    *("quarantined", "unidentified"),
)
SHARES: Final = ("par30",)
"""Measures of [part, whole] by currency: the highest of the currencies that owe anything is compared."""

WORDS: Final = ("always", "changed", "overdue")
DATES: Final = frozenset(("as_of", "data_through"))
"""Measures that differ every day and tell no change."""

_OPERATORS: Final[dict[str, Callable[[Fraction, Fraction], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_COMPARISON: Final = re.compile(
    r"([a-z][a-z0-9_]{0,63})\s*(>=|<=|==|!=|>|<)\s*(-?\d{1,15}(?:\.\d{1,9})?)"
)


@dataclass(frozen=True)
class Comparison:
    """One measure against a number."""

    measure: str
    sign: str
    number: Fraction


@dataclass(frozen=True)
class Condition:
    """What must hold for a report to be sent: one of the words, or a comparison (then `word` is empty)."""

    text: str
    word: str = ""
    comparison: Comparison | None = None


def parse(text: str) -> Condition:
    """The condition of a definition's `when`; ConfigurationError says what there is."""
    plain = text.strip()
    if plain in WORDS:
        return Condition(plain, word=plain)
    found = _COMPARISON.fullmatch(plain)
    if found is None:
        raise ConfigurationError(
            f"when: expected {', '.join(WORDS)} or a comparison such as par30 > 0.2, found {text[:80]!r}"
        )
    measure, sign, number = found.groups()
    if measure not in (*COUNTS, *SHARES):
        raise ConfigurationError(
            f"when: no measure {measure!r}; there are {', '.join((*COUNTS, *SHARES))}"
        )
    return Condition(plain, comparison=Comparison(measure, sign, Fraction(number)))


def holds(
    when: str | Condition, measures: Mapping[str, Any], previous: Mapping[str, Any] | None
) -> bool:
    """Whether a run with these measures is to be sent; `previous` are those of the last run sent (none: all is new).

    ReportError where the notebook shows no such measure.
    """
    condition = parse(when) if isinstance(when, str) else when
    if condition.comparison is not None:
        one = condition.comparison
        return _OPERATORS[one.sign](_value(one.measure, measures, condition), one.number)
    if condition.word == "overdue":
        return _value("plans_with_debt", measures, condition) > 0
    return condition.word == "always" or _told(measures) != _told(previous or {})


def _told(measures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in measures.items() if name not in DATES}


def _value(name: str, measures: Mapping[str, Any], condition: Condition) -> Fraction:
    try:
        if name in COUNTS:
            return Fraction(measures[name])
        shares = [(Fraction(part), Fraction(whole)) for part, whole in measures[name].values()]
        return max((part / whole for part, whole in shares if whole > 0), default=Fraction(0))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReportError(
            f"when = {condition.text!r}: the notebook shows no measure {name}"
        ) from error
