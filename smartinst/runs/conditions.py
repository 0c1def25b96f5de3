"""Conditions for sending a report: a keyword, or a measure compared with a number."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from smartinst.errors import ConfigurationError, ReportError

COUNTS: Final = (
    "plans",
    "live_plans",
    "plans_with_debt",
    "charges",
    "fell_behind",
    "recovered",
    "due_installments",
    "quarantined",
    "unidentified",
    "to_contact",
)
SHARES: Final = ("par30",)
"""Measures of [part, total] by currency: the highest share among currencies with debt counts."""

CHANGED: Final = "changed"
KEYWORDS: Final = ("always", CHANGED, "overdue")
"""`overdue` is short for plans_with_debt > 0, or for to_contact > 0 if that is measured."""
DATED: Final = frozenset(("as_of", "data_through", "forecast_outcomes"))
"""Measures that the date alone changes: `changed` ignores them."""

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
    """One measure compared with a number."""

    measure: str
    sign: str
    number: Fraction


def parse_condition(text: str) -> Comparison | None:
    """The comparison of a definition's `when`; None for `always` and `changed`.

    ConfigurationError names what is possible.
    """
    stripped = text.strip()
    if stripped in KEYWORDS:
        is_overdue = stripped == "overdue"
        return Comparison("plans_with_debt", ">", Fraction(0)) if is_overdue else None
    match = _COMPARISON.fullmatch(stripped)
    if match is None:
        raise ConfigurationError(
            f"when: expected {', '.join(KEYWORDS)} or a comparison such as par30 > 0.2, "
            f"found {text[:80]!r}"
        )
    measure, sign, number = match.groups()
    if measure not in (*COUNTS, *SHARES):
        raise ConfigurationError(
            f"when: no measure {measure!r}; the measures are {', '.join((*COUNTS, *SHARES))}"
        )
    return Comparison(measure, sign, Fraction(number))


def is_satisfied(
    when: str, measures: Mapping[str, Any], previous: Mapping[str, Any] | None
) -> bool:
    """Whether a run with these measures is to be sent.

    `previous` are the measures of the last run that was sent; if None, everything has changed.
    ReportError if the notebook reports no such measure.
    """
    if when.strip() == "overdue" and "to_contact" in measures:
        return bool(measures["to_contact"])
    if comparison := parse_condition(when):
        value = _value(comparison.measure, measures, when.strip())
        return _OPERATORS[comparison.sign](value, comparison.number)
    return when.strip() == "always" or _undated(measures) != _undated(previous or {})


def _undated(measures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in measures.items() if name not in DATED}


def _value(name: str, measures: Mapping[str, Any], when: str) -> Fraction:
    try:
        if name in COUNTS:
            return Fraction(measures[name])
        shares = [(Fraction(part), Fraction(total)) for part, total in measures[name].values()]
        return max((part / total for part, total in shares if total > 0), default=Fraction(0))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReportError(f"when = {when!r}: the notebook shows no measure {name}") from error
