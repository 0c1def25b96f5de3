"""The offline page: one HTML file that loads nothing, holds the rows once, and folds them again after every filter."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup

from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import Locale
from smartinst.money import exponent
from smartinst.pages import compiler, stylesheets
from smartinst.pages.compiler import Edition
from smartinst.pages.html import vega
from smartinst.pages.html.filter_controls import controls_of, named
from smartinst.pages.layout import sections
from smartinst.pages.layout.table_view import ColumnHead, TableView
from smartinst.report.charts import captions
from smartinst.report.dataset import page_rows
from smartinst.shipped import ASSETS, TEMPLATES

ROWS: Final = 200
"""Rows of a table that the script does not draw again."""

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
"""What of a column's spec the script needs besides name, label and kind."""

GRAINS: Final = ("plans", "charges", "nets", "movements", "refusals")


def render_page(edition: Edition) -> str:
    """The HTML of the whole page."""
    report = edition.report
    made = sections.build_layout(report.blocks, edition.locale, rows=ROWS)
    dataset = page_rows(report.dataset) if report.dataset else None
    charts = [
        found for one in sections.charts(made) if one.chart.spec and (found := vega.compiled(one))
    ]
    code = [*_scripts()] if dataset or charts else []
    styles = stylesheets.page_styles()
    return compiler.render_template(
        edition,
        "page/page.html",
        layout=made,
        paper=False,
        dataset=dataset,
        charts=charts,
        controls_of=controls_of(dataset, edition.locale) if dataset else [],
        pictures=compiler.picture_addresses(made),
        policy=_policy(code, [styles]),
        styles=Markup(styles),  # noqa: S704 - our own stylesheet
        scripts=[Markup(one) for one in code],  # noqa: S704 - our own and Vega's code
        data=_embedded(_data(edition.locale, dataset, made, charts)) if code else "",
    )


def _data(
    locale: Locale,
    dataset: Mapping[str, Any] | None,
    made: sections.Layout,
    charts: list[dict[str, Any]],
) -> dict[str, Any]:
    """What the script reads."""
    found = dataset or {}
    grids = [
        block.view
        for section in made.sections
        for block in section.blocks
        if isinstance(block, sections.TableBlock)
    ]
    detail = next((one for one in grids if one.role == "detail"), None)
    return {
        "words": _locale(locale, found),
        "filters": [
            {
                "name": named(one),
                "label": locale.gettext(str(one["label"])),
                "column": one["column"],
                "kind": one["kind"],
            }
            for one in found.get("filters", ())
            if one["kind"] != "read"
        ],
        "data": {grain: found[grain] for grain in GRAINS if grain in found} if dataset else None,
        "of": found.get("of"),
        "unfiltered": _unfiltered(found, charts),
        "charts": [_chart(one, locale) for one in charts],
        "tables": [made_table for one in grids if (made_table := _table(one))] if dataset else [],
        "detail": _columns(detail) if detail else [],
    }


def _chart(one: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """A chart without its rows, and what is told of them after a filter."""
    return {name: value for name, value in one.items() if name != "rows"} | {
        "told": captions.caption_sums(one["figure"], locale)
    }


def _unfiltered(dataset: Mapping[str, Any], charts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Of a seller with more plans than the page holds: each figure over all of them, raw ones as the notebook drew them."""
    folded = dataset.get("unfiltered")
    if not folded:
        return None
    raw = {one["figure"]["name"]: one["rows"] for one in charts if one["rows"]}
    return {**raw, **folded}


def _locale(locale: Locale, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """How the script writes amounts, dates and names."""
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
            for code in sorted(currencies)
        },
        "currencyNames": {code: locale.currency(code) for code in sorted(currencies)},
        "datePattern": locale.date_pattern,
        "months": locale.months(),
        "statuses": {one: locale.status(one) for one in PLAN_STATUSES},
        "slugs": {one: stylesheets.slug(one) for one in PLAN_STATUSES},
        "countries": {
            code: locale.country(code) for code in sorted(distinct(plans.get("country", ())))
        },
        "payments": {
            code: locale.payment_type(code)
            for code in sorted(distinct(plans.get("payment_method", ())))
        },
        "text": _texts(locale),
    }


def _texts(locale: Locale) -> dict[str, Any]:
    """The script's own sentences; {n} and the like are filled there."""
    _ = locale.gettext
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
        "passing": locale.plural_forms(
            "{n} of {of} plans passes the filters", "{n} of {of} plans pass the filters"
        ),
        "passing_of": locale.plural_forms(
            "{n} of the {of} newest plans passes the filters; there are {all} in all",
            "{n} of the {of} newest plans pass the filters; there are {all} in all",
        ),
        "newest": _("{all} plans in all; the list and the filters cover the {of} newest"),
        "rows": _("{from}–{to} of {n}"),
        "printed": _("In print, the first {n} of {all} plans."),
        "more": locale.plural_forms(
            "and {n} more row in the XLSX", "and {n} more rows in the XLSX"
        ),
        "nothing": _("Nothing to show here."),
        "undrawn": _("This chart could not be drawn."),
    }


def distinct(column: Any) -> set[str]:
    """The values of a column of the dataset, null left out."""
    values = column["of"] if isinstance(column, dict) else column
    return {str(value) for value in values if value is not None}


def _columns(grid: TableView) -> list[dict[str, Any]]:
    """A grid's columns as the script writes them."""
    assert grid.table is not None
    own = {column.name: column for column in grid.table.columns}

    def column(head: ColumnHead) -> dict[str, Any]:
        kind = "integer" if head.kind == "number" else head.kind
        kept = {key: getattr(own[head.name], key) for key in COLUMN_KEYS}
        below = [column(one) for one in head.stacked]
        return {
            "name": head.name,
            "label": head.label,
            "kind": kind,
            "style": head.style,
            "below": below,
            **kept,
        }

    return [column(head) for head in grid.head]


def _table(grid: TableView) -> dict[str, Any] | None:
    """A figure's table that the script can write again: every column a key, a sum, or a ratio of two sums."""
    table = grid.table
    if table is None or not table.figure or grid.role == "detail" or not can_fold(grid):
        return None
    return {
        "anchor": grid.anchor,
        "figure": table.figure,
        "columns": _columns(grid),
        "sort": [list(one) for one in table.sort],
        "top": table.top,
        "nonzero": table.nonzero,
        "every": table.required_values,
    }


def can_fold(grid: TableView) -> bool:
    """Whether the page's script knows every value of the table after a filter."""
    table = grid.table
    if table is None or not table.figure:
        return False
    known = {*table.figure["by"], *table.figure["sums"]}
    return all(
        column.name in known
        or {column.numerator, column.denominator} <= known
        or (column.minus and set(column.minus) <= known)
        for column in table.columns
        if column.kind != "hidden"
    )


# --- what is embedded -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _scripts() -> tuple[str, ...]:
    """Vega, its interpreter, and ours, each safe inside a script element."""
    engine = [ASSETS / "vega" / name for name in ("vega.min.js", "vega-interpreter.min.js")]
    own = [TEMPLATES / "page" / name for name in SCRIPTS]
    texts = [path.read_text(encoding="utf-8") for path in engine]
    texts.append("\n".join(path.read_text(encoding="utf-8") for path in own))
    return tuple(text.replace("</script", "<\\/script").replace("<!--", "<\\!--") for text in texts)


def _policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """A Content-Security-Policy that allows these scripts and styles, pictures and fonts inside the file, nothing else."""
    allowed = " ".join(map(_hash, scripts)) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src {' '.join(map(_hash, styles))}; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _embedded(data: Any) -> Markup:
    """JSON that cannot leave its script element, as Jinja's `tojson` writes it, without spaces."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign, safe in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("'", "\\u0027")):
        text = text.replace(sign, safe)
    return Markup(text)  # noqa: S704 - escaped above
