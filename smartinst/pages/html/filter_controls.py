"""The filter controls of the offline page (docs/contracts.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.pages.compiler import date_fields
from smartinst.pages.stylesheets import slug

MAX_SUGGESTIONS: Final = 500


def control_name(filter_: Mapping[str, Any]) -> str:
    """A filter's name on the page: `payment-method` for `payment_method`."""
    return str(filter_["name"]).replace("_", "-")


def page_filters(dataset: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The declared filters that the page can apply."""
    return [filter_ for filter_ in dataset.get("filters", ()) if filter_["kind"] != "read"]


def filter_controls(dataset: Mapping[str, Any], locale: Locale) -> list[dict[str, Any]]:
    """Name, kind, label, options (None: a text field) and suggestions of each control."""
    return [
        {
            "name": control_name(filter_),
            "kind": filter_["kind"],
            "label": locale.gettext(str(filter_["label"])),
            "options": _options(filter_, dataset, locale),
            "suggestions": _suggestions(filter_, dataset),
        }
        for filter_ in page_filters(dataset)
    ]


def _suggestions(filter_: Mapping[str, Any], dataset: Mapping[str, Any]) -> list[str]:
    """The products of the plans, of which a reader can choose one; none for other filters."""
    if filter_["kind"] != "product":
        return []
    products = distinct(dataset.get("plans", {}).get(filter_["column"], ()))
    return sorted(products, key=lambda name: (name.casefold(), name))[:MAX_SUGGESTIONS]


def _options(
    filter_: Mapping[str, Any], dataset: Mapping[str, Any], locale: Locale
) -> list[dict[str, str]] | None:
    match filter_["kind"]:
        case "one_of":
            return [
                {"value": status, "label": locale.status(status), "slug": slug(status)}
                for status in PLAN_STATUSES
            ]
        case "date_field":
            return [{"value": name, "label": label} for name, label in date_fields(locale).items()]
        case "equals":
            return _column_options(str(filter_["column"]), dataset, locale)
    return None


def _column_options(name: str, dataset: Mapping[str, Any], locale: Locale) -> list[dict[str, str]]:
    """The values of a column of plans, after an option for all plans.

    They are sorted by their labels; currencies are in the order of the report.
    """
    label = _value_label(name, locale)
    labels = {value: label(value) for value in distinct(dataset.get("plans", {}).get(name, ()))}
    values = sorted(labels, key=lambda value: (labels[value].casefold(), value))
    if name == "currency":
        order = dataset.get("currencies", ())
        values = [*(code for code in order if code in labels), *sorted(labels.keys() - set(order))]
    return [
        {"value": "", "label": locale.gettext("All")},
        *({"value": value, "label": labels[value]} for value in values),
    ]


def distinct(column: Any) -> set[str]:
    """The values of a column of the dataset, without null."""
    values = column["of"] if isinstance(column, dict) else column
    return {str(value) for value in values if value is not None}


def _value_label(column: str, locale: Locale) -> Callable[[str], str]:
    labels: dict[str, Callable[[str], str]] = {
        "country": locale.country,
        "payment_method": locale.payment_type,
        "currency": lambda code: f"{code} · {locale.currency(code)}",
    }
    return labels.get(column, str)
