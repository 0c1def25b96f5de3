"""Instants of a chart as wall-clock time in one zone, so that every viewer sees the same digits.

Vega displays an instant in the zone of the machine or browser that draws it, and reads a date as
midnight in UTC, which is the day before in America. It displays a text without an offset as it is.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from smartinst.report.charts.field_uses import Spec, is_instant, uses_by_rows, views

VALUE_PLACES: Final = (("scale", "domain"), ("axis", "values"), ("legend", "values"))
"""Where a channel names values of its field."""

_DATE: Final = re.compile(r"(\d{4})(-\d\d)?(-\d\d)?")
_UTC: Final = re.compile(r'"(timeUnit|unit)": "utc|"utc": true|"type": "utc"')


def use_wall_clock(spec: Spec, zone: ZoneInfo) -> None:
    """Rewrites the instants in a spec's inline data and in its channels.

    A chart with UTC scales or units stays as it is, and so does a field whose text is drawn too.
    """
    if _UTC.search(json.dumps({**spec, "datasets": None})):
        return
    all_views = views(spec)
    for rows, uses in uses_by_rows(all_views):
        for name, kinds in uses.items():
            if kinds & {"instant", "source"} and "text" not in kinds:
                with_numbers = kinds == {"instant"}
                for row in rows:
                    if name in row:
                        row[name] = wall_clock(row[name], zone, with_numbers=with_numbers)
    for view in all_views:
        for _, definition in view.definitions():
            if is_instant(definition):
                _rewrite_channel(definition, zone)


def wall_clock(value: Any, zone: ZoneInfo, *, with_numbers: bool = True) -> Any:
    """An ISO date, an instant with an offset, or milliseconds since 1970 as time in a zone.

    Any other value is unchanged, a text without an offset too.
    """
    if isinstance(value, str):
        return _from_text(value, zone)
    if with_numbers and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return _naive(datetime.fromtimestamp(value / 1000, zone))
        except (ValueError, OverflowError, OSError):
            return value
    return value


def _from_text(text: str, zone: ZoneInfo) -> str:
    if date := _DATE.fullmatch(text):
        year, month, day = date.groups()
        return f"{year}{month or '-01'}{day or '-01'}T00:00:00"
    try:
        instant = datetime.fromisoformat(text)
        return text if instant.tzinfo is None else _naive(instant.astimezone(zone))
    except (ValueError, OverflowError):
        return text


def _naive(instant: datetime) -> str:
    return instant.replace(tzinfo=None).isoformat()


def _rewrite_channel(definition: Spec, zone: ZoneInfo) -> None:
    if "datum" in definition:
        definition["datum"] = wall_clock(definition["datum"], zone)
    for part, name in VALUE_PLACES:
        content = definition.get(part)
        if isinstance(content, dict) and isinstance(content.get(name), list):
            content[name] = [wall_clock(value, zone) for value in content[name]]
