"""The filters of a report as its cover displays them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartinst.analytics.filter_table import FILTERS
from smartinst.i18n.locales import Locale


def filter_descriptions(where: Mapping[str, Any], locale: Locale) -> list[dict[str, str]]:
    """The filters in use: name, label in the reader's language, and value as text."""
    labels = {option.name: option.label for option in FILTERS}
    return [
        {"name": name, "label": locale.gettext(labels[name]), "value": _filter_text(value)}
        for name, value in where.items()
    ]


def _filter_text(value: Any) -> str:
    """A filter's value as one text: several words, or a range."""
    if not isinstance(value, list):
        return str(value)
    if all(isinstance(word, str) for word in value):
        return ", ".join(value)
    return " – ".join("…" if limit is None else str(limit) for limit in value)
