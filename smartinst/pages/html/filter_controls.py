"""The offline page's controls, one for each filter that the dataset declares (docs/contracts.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.pages.compiler import dates_of
from smartinst.pages.stylesheets import slug


def named(declared: Mapping[str, Any]) -> str:
    """A filter's name as the page writes it: payment_method is payment-method."""
    return str(declared["name"]).replace("_", "-")


def controls_of(dataset: Mapping[str, Any], locale: Locale) -> list[dict[str, Any]]:
    """Name, kind, label and options (null: a field to type in) of each control."""
    return [
        {
            "name": named(one),
            "kind": one["kind"],
            "label": locale.gettext(str(one["label"])),
            "options": _options(one, dataset, locale),
        }
        for one in dataset.get("filters", ())
        if one["kind"] != "read"
    ]


def _options(
    one: Mapping[str, Any], dataset: Mapping[str, Any], locale: Locale
) -> list[dict[str, str]] | None:
    if one["kind"] == "one_of":
        return [
            {"value": status, "label": locale.status(status), "slug": slug(status)}
            for status in PLAN_STATUSES
        ]
    if one["kind"] == "date_field":
        return [{"value": name, "label": label} for name, label in dates_of(locale).items()]
    if one["kind"] != "equals":
        return None
    column = dataset.get("plans", {}).get(one["column"], ())
    values = {
        str(v) for v in (column["of"] if isinstance(column, dict) else column) if v is not None
    }
    label = _labels(str(one["column"]), locale)
    named_values = sorted(
        ((label(value), value) for value in values), key=lambda pair: pair[0].casefold()
    )
    return [
        {"value": "", "label": locale.gettext("All")},
        *({"value": v, "label": said} for said, v in named_values),
    ]


def _labels(column: str, locale: Locale) -> Callable[[str], str]:
    known: dict[str, Callable[[str], str]] = {
        "country": locale.country,
        "payment_method": locale.payment_type,
        "currency": lambda code: f"{code} · {locale.currency(code)}",
    }
    return known.get(column, str)
