"""WeasyPrint's default stylesheet, without rules that a print sheet does not need."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

_NOTES: Final = re.compile(r"^::(?:foot)?note-[a-z]+ \{.*\}\n", re.MULTILINE)
_MARKERS: Final = re.compile(r"^::marker \{", re.MULTILINE)
_USES: Final = re.compile(r"footnote|note\(|::note|list-item|@import|<link", re.IGNORECASE)


def default_stylesheet(weasyprint: Any, sheet: str) -> Any:
    """The stylesheet for a sheet, its styles included; it is shorter if the sheet has no notes.

    Rules of notes and markers match every element. WeasyPrint computes the styles of six pseudo-
    elements for each, a twelfth of the layout's time, although only list items use one.
    """
    defaults = weasyprint.html
    return defaults.UA_STYLESHEET if _USES.search(sheet) else _short_stylesheet(defaults)


@lru_cache(maxsize=1)
def _short_stylesheet(defaults: Any) -> Any:
    styles = _MARKERS.sub("li::marker {", _NOTES.sub("", defaults.UA))
    counters = type(defaults.UA_COUNTER_STYLE)()  # those of the default stylesheet are read
    return defaults.CSS(string=styles, counter_style=counters)
