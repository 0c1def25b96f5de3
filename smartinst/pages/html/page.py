"""The offline page: one HTML file whose script filters and sums the rows of the report."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.money import exponent
from smartinst.pages import compiler, stylesheets
from smartinst.pages.compiler import Edition
from smartinst.pages.html.filter_controls import (
    control_name,
    distinct,
    filter_controls,
    page_filters,
)
from smartinst.pages.html.vega import compile_chart
from smartinst.pages.layout import sections
from smartinst.pages.layout.omissions import Attachments
from smartinst.pages.layout.table_view import ColumnHead, TableView
from smartinst.report.charts import captions
from smartinst.report.dataset import page_rows
from smartinst.shipped import ASSETS, TEMPLATES

ROWS: Final = 200
"""Maximum rows of a table in the HTML; the script rebuilds the tables of figures."""

SCRIPTS: Final = ("fold.js", "write.js", "charts.js", "page.js")
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

GRAINS: Final = ("plans", "charges", "nets", "movements", "refusals")


def render_page(edition: Edition) -> str:
    """The HTML of the whole page."""
    report = edition.report
    layout = sections.build_layout(
        report.blocks, edition.locale, rows=ROWS, attachments=edition.attachments
    )
    dataset = page_rows(report.dataset) if report.dataset else None
    views = [view for view in sections.charts(layout) if view.chart.spec]
    charts = [chart for view in views if (chart := compile_chart(view))]
    scripts = _scripts() if dataset or charts else ()
    styles = stylesheets.page_styles()
    return compiler.render_template(
        edition,
        "page/page.html",
        layout=layout,
        paper=False,
        dataset=dataset,
        charts=charts,
        controls=filter_controls(dataset, edition.locale) if dataset else [],
        pictures=compiler.picture_addresses(layout),
        policy=_policy(scripts, [styles]),
        styles=Markup(styles),  # noqa: S704 - our own stylesheet
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own and Vega's code
        data=htmlsafe_json_dumps(
            _data(edition, dataset, layout, charts),
            ensure_ascii=False,
            separators=(",", ":"),
            allow_nan=False,
        )
        if scripts
        else "",
    )


def _data(
    edition: Edition,
    dataset: Mapping[str, Any] | None,
    layout: sections.Layout,
    charts: list[dict[str, Any]],
) -> dict[str, Any]:
    """The JSON that the script reads."""
    locale, rows = edition.locale, dataset or {}
    tables = [
        block.view
        for section in layout.sections
        for block in section.blocks
        if isinstance(block, sections.TableBlock)
    ]
    detail = next((table for table in tables if table.role == "detail"), None)
    return {
        "words": {**_locale(locale, rows), "text": _texts(locale, edition.attachments)},
        "filters": [
            {
                "name": control_name(filter_),
                "label": locale.gettext(str(filter_["label"])),
                "column": filter_["column"],
                "kind": filter_["kind"],
            }
            for filter_ in page_filters(rows)
        ],
        "data": {grain: rows[grain] for grain in GRAINS if grain in rows} if dataset else None,
        "of": rows.get("of"),
        "unfiltered": _unfiltered(rows, charts),
        "charts": [_chart(chart, locale) for chart in charts],
        "tables": [spec for table in tables if (spec := _table(table))] if dataset else [],
        "detail": _columns(detail) if detail else [],
    }


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
    raw = {chart["figure"]["name"]: chart["rows"] for chart in charts if chart["rows"]}
    return {**raw, **totals}


def _locale(locale: Locale, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Formats and names in the reader's language, for the script."""
    plans, nets = dataset.get("plans", {}), dataset.get("nets", {})
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
        "countries": {
            code: locale.country(code) for code in sorted(distinct(plans.get("country", ())))
        },
        "payments": {
            code: locale.payment_type(code)
            for code in sorted(distinct(plans.get("payment_method", ())))
        },
    }


def _texts(locale: Locale, attachments: Attachments) -> dict[str, Any]:
    """Messages of the script, which replaces {n} and other placeholders.

    The workbook has the rows of all plans, not those of the plans that pass the filters.
    """
    _ = locale.gettext
    more = locale.plural_forms("and {n} more row", "and {n} more rows")
    in_workbook = locale.plural_forms(
        "and {n} more row in the workbook", "and {n} more rows in the workbook"
    )
    return {
        "plans": locale.plural_forms("{n} plan", "{n} plans"),
        "days": locale.plural_forms("{n} day", "{n} days"),
        "collected": _("Collected"),
        "overdue": _("Overdue"),
        "to_receive": _("To receive"),
        "refunded": _("Refunded"),
        "released": _("Released"),
        "unknown_country": _("Unknown country"),
        "net": _("Net, your commission:"),
        "matches": locale.plural_forms(
            "{n} of {of} plans passes the filters", "{n} of {of} plans pass the filters"
        ),
        "matchesOfNewest": locale.plural_forms(
            "{n} of the {of} newest plans passes the filters; there are {all} in all",
            "{n} of the {of} newest plans pass the filters; there are {all} in all",
        ),
        "newestPlans": _("{all} plans in all; the list and the filters cover the {of} newest"),
        "rows": _("{from}–{to} of {n}"),
        "printLimit": _("In print, the first {n} of {all} plans."),
        "more": more,
        "moreOfAllPlans": in_workbook if attachments.has_workbook else more,
        "nothing": _("Nothing to show here."),
        "chartError": _("This chart could not be drawn."),
    }


def _columns(view: TableView) -> list[dict[str, Any]]:
    """The columns of a table for the script."""
    assert view.table is not None
    declared = {column.name: column for column in view.table.columns}

    def column(head: ColumnHead) -> dict[str, Any]:
        return {
            "name": head.name,
            "label": head.label,
            "kind": "integer" if head.kind == "number" else head.kind,
            "style": head.style,
            "stacked": [column(part) for part in head.stacked],
            **{key: getattr(declared[head.name], key) for key in COLUMN_KEYS},
        }

    return [column(head) for head in view.head]


def _table(view: TableView) -> dict[str, Any] | None:
    """The table of a figure for the script; None if the script cannot rebuild it."""
    table = view.table
    if table is None or not table.figure or view.role == "detail" or not can_fold(view):
        return None
    return {
        "anchor": view.anchor,
        "figure": table.figure,
        "columns": _columns(view),
        "sort": [list(key) for key in table.sort],
        "top": table.top,
        "nonzero": table.nonzero,
        "every": table.required_values,
    }


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


@lru_cache(maxsize=1)
def _scripts() -> tuple[str, ...]:
    """Vega, its interpreter and the page's own script, escaped for a script element."""
    vega = [ASSETS / "vega" / name for name in ("vega.min.js", "vega-interpreter.min.js")]
    page = [TEMPLATES / "page" / name for name in SCRIPTS]
    texts = [path.read_text(encoding="utf-8") for path in vega]
    texts.append("\n".join(path.read_text(encoding="utf-8") for path in page))
    return tuple(text.replace("</script", "<\\/script").replace("<!--", "<\\!--") for text in texts)


def _policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """A Content-Security-Policy for these scripts and styles, and `data:` images and fonts."""
    hashes = " ".join(map(_hash, scripts)) or "'none'"
    return (
        f"default-src 'none'; script-src {hashes}; style-src {' '.join(map(_hash, styles))}; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
