"""The detail table as CSV, for the command line and for the live table's download and clipboard."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any, Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(details: Iterable[Mapping[str, Any]], names: Sequence[str], delimiter: str = ",") -> str:
    """A header and one line per plan; minor units, as in `smartinst plans --format json`."""
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names)
    writer.writerows([escape_formula(_flat(row[name])) for name in names] for row in details)
    return text.getvalue()


def escape_formula(value: Any) -> Any:
    """The value, escaped so that no spreadsheet interprets it as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{currency}={minor}" for currency, minor in value.items())
    return " ".join(value) if isinstance(value, list) else value
