"""Charts that Altair's default renderer saves as a script in HTML, without their own format."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_EMBEDS: Final = ("vegaEmbed(outputDiv, spec", 'vegaEmbed("#')
"""Calls in the scripts of Altair 4 and later, and of Altair 3."""
_SPEC: Final = re.compile(r"(?:\}\)\(|\bspec = )(?=\{)")


def embedded_spec(html: str) -> dict[str, Any] | None:
    """The Vega-Lite spec in the HTML of a chart; None if the HTML is not such a chart."""
    if not any(call in html for call in _EMBEDS):
        return None
    decoder = json.JSONDecoder()
    for match in _SPEC.finditer(html):
        try:
            spec, _ = decoder.raw_decode(html, match.end())
        except (ValueError, RecursionError):
            continue
        if "/vega-lite/" in str(spec.get("$schema")):
            return dict(spec)
    return None
