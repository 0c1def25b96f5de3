"""The measures of earlier reports, from their executed notebooks.

A notebook may have written anything into its file: only measures of the expected form are read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, TypeAdapter

from smartinst.report.loan_book.book_tables import FORECAST_OUTCOMES
from smartinst.runs.conditions import COUNTS, SHARES
from smartinst.runs.run_request import RunRequest
from smartinst.settings import Settings

_LOGGER: Final = logging.getLogger(__name__)
MAX_MEASURES: Final = 200
MAX_LENGTH: Final = 1000
"""Longest text of a measure, and most members of a dictionary or list."""
MAX_NUMBER: Final = 2**62


def _check_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _check_outcomes(rows: list[list[Any]]) -> list[list[Any]]:
    from smartinst.analytics.book.forecast.score import outcomes_from_measure

    try:
        outcomes_from_measure(rows)
    except Exception as error:  # each kind of wrong row has its own in Polars
        raise ValueError(str(error)) from error
    return rows


_Integer = Annotated[int, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
_Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_Text = Annotated[str, StringConstraints(max_length=MAX_LENGTH)]
_Value = bool | _Integer | Annotated[float, Field(allow_inf_nan=False)] | _Text | None
_STRICT: Final = ConfigDict(strict=True)


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config=_STRICT)


_DAY: Final = _adapter(Annotated[str, AfterValidator(_check_day)] | None)
_COUNT: Final = _adapter(_Integer)
_AMOUNTS: Final = _adapter(dict[_Currency, _Integer])
_SHARES: Final = _adapter(
    dict[_Currency, Annotated[list[_Integer], Field(min_length=2, max_length=2)]]
)
_OUTCOMES: Final = _adapter(Annotated[list[list[Any]], AfterValidator(_check_outcomes)])
_MEASURE: Final = _adapter(_Value | Annotated[dict[_Text, _Value], Field(max_length=MAX_LENGTH)])
_ADAPTERS: Final = {
    "as_of": _DAY,
    "data_through": _DAY,
    FORECAST_OUTCOMES: _OUTCOMES,
    **dict.fromkeys(COUNTS, _COUNT),
    **dict.fromkeys(SHARES, _SHARES),
}


def valid_measures(measures: Mapping[str, Any]) -> dict[str, Any]:
    """The measures that have the expected form; others are left out.

    A name that ends with `_minor` has amounts by currency. A name that smartinst does not know has
    a plain value, or a dictionary of these.
    """
    valid: dict[str, Any] = {}
    for name, value in list(measures.items())[:MAX_MEASURES]:
        default = _AMOUNTS if name.endswith("_minor") else _MEASURE
        with suppress(ValueError):  # that of pydantic is one
            valid[name] = _ADAPTERS.get(name, default).validate_python(value)
    return valid


def previous_measures(request: RunRequest, settings: Settings) -> dict[str, Any]:
    """The measures of the newest earlier report of this kind and seller; empty if there is none."""
    folder = settings.home / "runs" / request.definition.name / request.seller.id
    return newest_measures(folder, request.as_of)


def newest_measures(folder: Path, day: date) -> dict[str, Any]:
    """The measures of the newest report in a folder of dates before a date; empty if none.

    They are also empty if that report cannot be read, so that it does not stop a run.
    """
    notebooks = (
        path for path in folder.glob("????-??-??/*.ipynb") if path.parent.name < day.isoformat()
    )
    newest = max(notebooks, key=lambda path: path.parent.name, default=None)
    if newest is None:
        return {}
    from smartinst.pages.reading.report import read_report

    try:
        return valid_measures(read_report(newest).measures)
    except Exception:  # a notebook may have written anything into its file
        _LOGGER.debug("%s cannot be read", newest.name, exc_info=True)
        return {}
