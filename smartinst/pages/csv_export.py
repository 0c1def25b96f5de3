"""The detail table as CSV, for the command line and for the live table's download and clipboard.

A spreadsheet may split the text at another separator than the one that was written, and then takes
a part that begins with `=` for a formula. Texts are therefore quoted, and each place where a part
could begin with a formula gets an apostrophe, whether a program splits at `,`, `;` or a tab.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any, Final

_FORMULA: Final = re.compile(
    "(?:^|(?<=[,;|\t\r\n\v\f]))(?=[\\s\"']*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])"
)
"""A place at which a cell may begin with a formula, also in full-width characters."""


def to_csv(details: Iterable[Mapping[str, Any]], names: Sequence[str], delimiter: str = ",") -> str:
    """A header and one line per plan; minor units, as in `smartinst plans --format json`."""
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(names)
    writer.writerows([escape_formula(_flat(row[name])) for name in names] for row in details)
    return text.getvalue()


def escape_formula(value: Any) -> Any:
    """The value, escaped so that no spreadsheet interprets a part of it as a formula."""
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{currency}={minor}" for currency, minor in value.items())
    return " ".join(value) if isinstance(value, list) else value
