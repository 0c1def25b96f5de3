"""Names of sheets: whole words, at most 31 characters, each once in a workbook."""

from __future__ import annotations

import re
from typing import Final

from smartinst.i18n.locales import N_

MAX_NAME: Final = 31
"""Length of a sheet's name in UTF-16 units, as Excel counts."""

SHORT_TITLES: Final = {
    "status_by_installments": N_("Statuses by installments"),
    "revenue_by_month": N_("Money in and out by month"),
    "overdue_by_product": N_("Overdue by product"),
    "days_overdue_by_charge": N_("Delay by number of installments"),
    "debt_by_installments": N_("Debt by number of installments"),
    "aging": N_("Overdue by delay"),
    "possible_by_month": N_("Possible values by due month"),
    "written_off": N_("Written off in a year"),
    "collection": N_("Collection by month"),
    "clean_up": N_("Overdue cleaned up by month"),
    "roll_rates": N_("From month-end to month-end"),
    "vintages": N_("Late plans by time of purchase"),
    "forecast_score": N_("Score of past forecasts"),
    "bridge": N_("Change of the overdue amount"),
    "offers": N_("Results by installments"),
    "failed_and_recovered": N_("Refused charges by month"),
    "stops": N_("Where buyers stop paying"),
    "sales_by_installments": N_("Sales by installments"),
    "cash_calendar": N_("Cash calendar"),
    "recovery_other_payment": N_("Another way to pay"),
    "recovery_retry": N_("Before the next charge"),
}
"""Figure → the name of its sheet, if its title is too long in some language."""

_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")
_RESERVED: Final = "history"
"""A name that Excel keeps for itself."""


class SheetNames:
    """The names given to the sheets of one workbook."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._names)

    def add(self, title: str, fallback: str = "Sheet") -> str:
        """A name for a sheet with this title; a long title ends after a word, with an ellipsis."""
        base = " ".join(_FORBIDDEN.sub(" ", title).split()).strip("' ") or fallback
        name, number = shorten(base), 2
        while name.casefold() in (*self._names, _RESERVED):
            suffix = f" {number}"
            name, number = shorten(base, MAX_NAME - len(suffix)) + suffix, number + 1
        self._names.add(name.casefold())
        return name


def shorten(text: str, length: int = MAX_NAME) -> str:
    """The text, or as many of its words as fit with an ellipsis; a longer first word is cut."""
    if _units(text) <= length:
        return text
    words = text.split(" ")
    while len(words) > 1 and _units(" ".join(words)) >= length:
        words.pop()
    start = " ".join(words).rstrip(",;–-")
    while _units(start) >= length:
        start = start[:-1]
    return f"{start}…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
