"""The JSON that the page's script reads: rows, words, and declarations of charts and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.money import exponent
from smartinst.pages import stylesheets
from smartinst.pages.compiler import Edition
from smartinst.pages.html.filter_controls import control_name, distinct, page_filters
from smartinst.pages.html.marks import table_marks
from smartinst.pages.html.packed_columns import pack_columns
from smartinst.pages.html.script_texts import script_texts
from smartinst.pages.layout import section_views
from smartinst.pages.layout.table_view import NUMERIC_KINDS, ColumnHead, TableView
from smartinst.pages.reading.blocks import KeyFigures
from smartinst.report.charts import captions
from smartinst.report.dataset import CHARGE_GRAINS, PAGE_GRAINS
from smartinst.report.headline import GOOD_CHANGES
from smartinst.report.table import Column
from smartinst.report.tables.columns import COLUMNS, WORKBOOK_COLUMNS, columns
from smartinst.report.tables.labels import refusal
from smartinst.report.tables.plans import ALERTS, CONTACTS
from smartinst.report.tables.state_labels import STATES, state_name

COLUMN_KEYS: Final = (
    "currency",
    "currency_column",
    "numerator",
    "denominator",
    "within",
    "minus",
    "labels",
)
"""Keys of a column that the script reads, in addition to name, label and kind."""

GRAINS: Final = ("plans", *CHARGE_GRAINS, *PAGE_GRAINS)

ACTION_TABLES: Final[Mapping[str, dict[str, Any]]] = {
    "contacts": {"top": CONTACTS},
    "alerts": {"top": ALERTS, "group": "alert"},
}
"""Table of plans to act on → how many of its rows the page has, for each value of `group`."""


def script_data(
    edition: Edition,
    dataset: Mapping[str, Any] | None,
    layout: section_views.Layout,
    charts: list[dict[str, Any]],
) -> dict[str, Any]:
    """The JSON that the script reads; without a dataset, only the charts."""
    locale, rows = edition.locale, dataset or {}
    tables = [
        block.view
        for section in layout.sections
        for block in section.blocks
        if isinstance(block, section_views.TableBlock)
    ]
    detail = next((table for table in tables if table.role == "detail"), None)
    specs = [spec for table in tables if (spec := _table(table))] if dataset else []
    chart_specs = [_chart(chart, locale) for chart in charts]
    return {
        "words": {**_words(locale, rows), "text": script_texts(locale, edition.attachments)},
        "filters": [
            {
                "name": control_name(filter_),
                "label": locale.gettext(str(filter_["label"])),
                "column": filter_["column"],
                "kind": filter_["kind"],
            }
            for filter_ in page_filters(rows)
        ],
        "data": {grain: pack_columns(rows[grain]) for grain in GRAINS if grain in rows}
        if dataset
        else None,
        "of": rows.get("of"),
        "unfiltered": _unfiltered(rows, charts),
        "charts": chart_specs,
        "tables": specs,
        "markColumns": _mark_columns([*chart_specs, *specs], locale),
        "listed": [spec for table in tables if (spec := _action_table(table, rows, locale))],
        "headline": headline_spec(edition),
        "detail": _columns(detail) if detail else [],
        "charges": [_script_column(column) for column in _charge_columns(rows, locale)],
        "csv": [
            _script_column(column)
            for column in columns(WORKBOOK_COLUMNS, locale)
            if column.name in rows.get("plans", {})
        ],
    }


NO_DATA: Final = "no_data"
"""Kind of the news sentence of a period whose last days have no data."""


def headline_spec(edition: Edition) -> dict[str, Any] | None:
    """The items and fixed texts of the headline; None if it cannot follow the filters."""
    report = edition.report
    figures = next((block for block in report.blocks if isinstance(block, KeyFigures)), None)
    if figures is None or not figures.currencies or not has_news_rows(report.dataset or {}):
        return None
    keys = ("name", "label", "note")
    fixed_texts = figures.fixed_texts
    below = fixed_texts.get("below", "")
    items = [item for card in figures.currencies for item in card["items"]]
    changed = {item["name"] for item in items if item.get("change_minor") is not None}
    return {
        "items": [
            {key: item.get(key) or "" for key in keys}
            | {
                "grows_well": GOOD_CHANGES.get(item["name"]),
                "has_change": item["name"] in changed,
                "below": below if item.get("below") == below else "",
                "is_unknown": "minor" in item and item["minor"] is None,
            }
            for item in figures.currencies[0]["items"]
        ],
        "note": fixed_texts.get("note", ""),
        "quiet": fixed_texts.get("quiet", ""),
        "compared_day": fixed_texts.get("compared_day", ""),
        "end_of_data": next(
            (item["text"] for item in figures.news if item.get("kind") == NO_DATA), ""
        ),
        "end_of_data_is_last": bool(fixed_texts.get("after_news")),
    }


def has_news_rows(dataset: Mapping[str, Any]) -> bool:
    """Whether the dataset has the headline of each plan, with its news."""
    return "news_ended_minor" in dataset.get("headline", {})


def _chart(chart: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """A chart without its rows, and the sums that its sentence contains after a filter."""
    return {name: value for name, value in chart.items() if name != "rows"} | {
        "captionSums": captions.caption_sums(chart["figure"], locale)
    }


def _unfiltered(dataset: Mapping[str, Any], charts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Figure → its rows over all plans, if the page has only the newest ones; else None."""
    totals = dataset.get("unfiltered")
    if not totals:
        return None
    chart_rows = {chart["figure"]["name"]: chart["rows"] for chart in charts if chart["rows"]}
    return {**chart_rows, **totals}


def _words(locale: Locale, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Formats and names in the reader's language."""
    plans, nets = dataset.get("plans", {}), dataset.get("nets", {})
    charges = dataset.get("charges", {})
    currencies = distinct(plans.get("currency", ())) | distinct(nets.get("commission_currency", ()))
    for rows in (dataset.get("unfiltered") or {}).values():
        currencies |= {
            str(row[name])
            for row in rows
            for name in ("currency", "commission_currency")
            if row.get(name)
        }
    exponents = dataset.get("exponents", {})
    order = [*dataset.get("currencies", ()), *sorted(currencies)]
    codes = [code for code in dict.fromkeys(order) if code in currencies]
    countries, payments = plans.get("country", ()), plans.get("payment_method", ())
    return {
        "tag": locale.tag,
        "plurals": locale.plural_form_indexes(),
        **locale.separators(),
        "minus": "−",
        "percent": locale.percent(1).removeprefix(locale.number(100)),
        "currencies": {
            code: {
                "before": locale.currency_affixes(code)[0],
                "after": locale.currency_affixes(code)[1],
                "exponent": exponents.get(code, exponent(code)),
            }
            for code in codes
        },
        "currencyNames": {code: locale.currency(code) for code in codes},
        "datePattern": locale.date_pattern,
        "months": locale.months(),
        "statuses": {status: locale.status(status) for status in PLAN_STATUSES},
        "slugs": {status: stylesheets.slug(status) for status in PLAN_STATUSES},
        "states": {state: state_name(state, locale) for state in STATES},
        "refusals": {
            message: refusal(message, locale)
            for message in sorted(distinct(charges.get("last_refusal", ())))
        },
        "countries": {code: locale.country(code) for code in sorted(distinct(countries))},
        "payments": {code: locale.payment_type(code) for code in sorted(distinct(payments))},
    }


def _mark_columns(specs: list[dict[str, Any]], locale: Locale) -> dict[str, Any]:
    """The columns of the marks, by name, with which the script describes them."""
    names = tuple(dict.fromkeys(name for spec in specs for name in spec["marks"]))
    column_names = tuple(name for name in names if name in COLUMNS)
    return {column.name: _script_column(column) for column in columns(column_names, locale)}


def _charge_columns(dataset: Mapping[str, Any], locale: Locale) -> list[Column]:
    """The columns of a plan's charges; none if the dataset has no amounts of charges."""
    _ = locale.gettext
    charge_columns = [
        Column("number", _("No."), "integer"),
        Column("due_date", _("Due date"), "date"),
        Column("amount_minor", _("Amount"), "money", "currency"),
        Column("state", _("State"), "state"),
        Column("paid_date", _("Payment"), "date"),
        Column("attempts", _("Attempts"), "integer"),
        Column("last_refusal", _("Refusal"), "refusal"),
    ]
    names = dataset.get("charges", {}).keys()
    return charge_columns if {column.name for column in charge_columns} <= names else []


def _script_column(column: Column) -> dict[str, Any]:
    """A column that no table of the layout has, for the script."""
    style = f"k-{column.kind}" + (" number" if column.kind in NUMERIC_KINDS else "")
    head = {"name": column.name, "label": column.label, "kind": column.kind}
    optional = {key: value for key in COLUMN_KEYS if (value := getattr(column, key)) is not None}
    return {**head, "style": style, "stacked": [], **optional}


def _columns(view: TableView) -> list[dict[str, Any]]:
    """The columns of a table for the script."""
    assert view.table is not None
    by_name = {column.name: column for column in view.table.columns}

    def column(head: ColumnHead) -> dict[str, Any]:
        return {
            "name": head.name,
            "label": head.label,
            "kind": "integer" if head.kind == "number" else head.kind,
            "style": head.style,
            "stacked": [column(part) for part in head.stacked],
            **{key: getattr(by_name[head.name], key) for key in COLUMN_KEYS},
        }

    return [column(head) for head in view.head]


def _table(view: TableView) -> dict[str, Any] | None:
    """The table of a figure for the script; None if the script cannot rebuild it."""
    table = view.table
    if table is None or not table.figure or view.role == "detail" or not can_fold(view):
        return None
    return {
        "anchor": view.anchor,
        "title": view.label,
        "figure": table.figure,
        **table_marks(table.figure),
        "columns": _columns(view),
        "sort": [list(key) for key in table.sort],
        "top": table.top,
        "nonzero": table.nonzero,
        "every": table.required_values,
    }


def _action_table(
    view: TableView, dataset: Mapping[str, Any], locale: Locale
) -> dict[str, Any] | None:
    """A table of plans to act on; None for any other, or without its rows in the dataset."""
    if view.role not in ACTION_TABLES or view.name not in dataset:
        return None
    messages = MORE_BUYERS if view.role == "contacts" else MORE_ROWS
    return {
        "anchor": view.anchor,
        "grain": view.name,
        "columns": _columns(view),
        "more": locale.plural_forms(*messages),
        **ACTION_TABLES[view.role],
    }


MORE_ROWS: Final = ("and {n} more row", "and {n} more rows")
MORE_BUYERS: Final = ("and {n} more buyer with debt", "and {n} more buyers with debt")


def can_fold(view: TableView) -> bool:
    """Whether each column is a key, a sum, or a ratio or difference of sums."""
    table = view.table
    if table is None or not table.figure:
        return False
    names = {*table.figure["by"], *table.figure["sums"]}
    return all(
        column.name in names
        or {column.numerator, column.denominator} <= names
        or (column.minus and set(column.minus) <= names)
        for column in table.columns
        if column.kind != "hidden"
    )
