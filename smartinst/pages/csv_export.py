"""The detail table as separated values: the command's CSV, and what is taken out of the live table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def separated(
    details: Iterable[Mapping[str, Any]], names: Sequence[str], separator: str = ","
) -> str:
    """A head line and one line a plan; amounts are minor units, as `smartinst plans --format json` has them."""
    text = StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(names)
    for row in details:
        writer.writerow([harmless(_flat(row[name])) for name in names])
    return text.getvalue()


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{currency}={minor}" for currency, minor in value.items())
    return " ".join(value) if isinstance(value, list) else value
