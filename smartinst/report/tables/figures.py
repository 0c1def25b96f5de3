"""Tables of figures: keys, sums, and ratios of two sums.

They are declarations, because the page's script rebuilds the tables after a filter. A ratio is
divided after aggregation, never summed: in the notebook it is `[numerator, denominator]`, on the
page the names of two columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from smartinst.analytics.currency_order import CURRENCY_COLUMNS, currencies_of
from smartinst.analytics.figures import BY_NAME, Figure
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import N_, Locale
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import columns, row_values
from smartinst.report.tables.figure_specs import CurrencyPivot, FigureTableSpec, Ratio

DEBT_SHARE: Final = Ratio("plans_with_debt", "live_plans")

TABLE_SPECS: Final[Mapping[str, FigureTableSpec]] = {
    "revenue": FigureTableSpec(
        (
            *("currency", "plans", "total_minor", "collected_minor", "overdue_minor"),
            *("to_receive_minor", "refunded_minor", "released_minor"),
        )
    ),
    "released": FigureTableSpec(
        (
            *("currency", "sold_minor", "released_minor", "lost_minor", "not_earned_minor"),
            *("forgiven_minor", "not_activated_minor"),
        ),
        title=N_("Sold, and what will not come in"),
    ),
    "of_which": FigureTableSpec(
        (
            *("currency", "collected_minor", "disputed_minor", "refunded_minor"),
            *("charged_back_minor", "overdue_minor", "unconfirmed_minor", "lost_minor"),
        ),
        title=N_("Disputed, charged back, unconfirmed and lost"),
    ),
    "overdue_by_product": FigureTableSpec(
        (
            *("product", "currency", "overdue_installments", "overdue_minor", "lost_minor"),
            *("overdue_share", "debt_share", "par30"),
        ),
        ratios={
            "overdue_share": Ratio("overdue_minor", "fallen_due_minor"),
            "debt_share": DEBT_SHARE,
            "par30": Ratio("outstanding_par30_minor", "outstanding_minor"),
        },
        nonzero=("overdue_installments", "lost_minor"),
        sort=(
            ("overdue_installments", "desc"),
            ("currency", "asc"),
            ("overdue_minor", "desc"),
            ("product_id", "asc"),
        ),
    ),
    "revenue_by_country": FigureTableSpec(
        ratios={
            "share": Ratio("collected_minor", "collected_minor", ("currency",)),
            "debt_share": DEBT_SHARE,
        },
        sort=(
            ("plans", "desc"),
            ("currency", "asc"),
            ("collected_minor", "desc"),
            ("country", "asc"),
        ),
        pivot=CurrencyPivot(
            ("collected_minor",), ("plans", "live_plans", "plans_with_debt", "debt_share")
        ),
    ),
    "refusals": FigureTableSpec(
        ratios={"cure_share": Ratio("cured_charges", "failed_charges")},
        sort=(("failed_charges", "desc"), ("currency", "asc"), ("help", "asc")),
        pivot=CurrencyPivot(("failed_minor",), ("failed_charges", "cured_charges", "cure_share")),
    ),
    "debt_by_installments": FigureTableSpec(
        ratios={"debt_share": DEBT_SHARE},
        nonzero=("live_plans", "plans_with_debt", "overdue_minor", "lost_minor"),
        pivot=CurrencyPivot(
            ("overdue_minor", "lost_minor"), ("live_plans", "plans_with_debt", "debt_share")
        ),
    ),
    "aging": FigureTableSpec(pivot=CurrencyPivot(("overdue_minor",), ("overdue_charges",))),
    "revenue_by_month": FigureTableSpec(
        differences={"movement_minor": ("received_minor", "returned_minor")},
        sort=(("movement_month", "desc"), ("currency", "asc")),
        pivot=CurrencyPivot(("movement_minor",)),
    ),
    "net": FigureTableSpec(pivot=CurrencyPivot(("net_minor",))),
    "net_by_month": FigureTableSpec(
        sort=(("paid_month", "desc"), ("commission_currency", "asc")),
        pivot=CurrencyPivot(("net_minor",)),
    ),
    "net_by_country": FigureTableSpec(pivot=CurrencyPivot(("net_minor",))),
    "possible_by_month": FigureTableSpec(
        sort=(("due_month", "desc"), ("currency", "asc")),
        pivot=CurrencyPivot(("if_all_paid_minor",)),
    ),
    "status_shares": FigureTableSpec(
        ratios={"share": Ratio("plans", "plans", ())},
        required_values={"name": "status", "values": list(PLAN_STATUSES)},
    ),
}
"""The spec of a table, by the name of its figure or of a part (`released`, `of_which`)."""

STATUS_SHARES: Final = Figure("status_shares", N_("Statuses"), "plans", ("status",), ("plans",))
NET: Final = Figure(
    "net_by_commission",
    N_("Net"),
    "nets",
    ("commission_currency",),
    ("net_minor", "estimated_minor"),
)
ONLY_TABLES: Final = (STATUS_SHARES, NET)
"""Figures that are coarser aggregations of others and have a table only."""


def figure_table(
    figure: Figure,
    rows: Mapping[str, pl.DataFrame],
    locale: Locale,
    top: int | None = None,
    part: str = "",
) -> Table:
    """A figure's table with its ratios; at most `top` rows, and the number of all rows.

    `part` is the name of a spec with some of the figure's columns.
    """
    name = part or figure.name
    spec = TABLE_SPECS.get(name, FigureTableSpec())
    totals = _sorted_totals(figure.fold(rows), spec)
    table_columns = figure_columns(figure, locale, spec.columns)
    top_rows = with_ratios(totals, figure).head(top or totals.height)
    return Table(
        name,
        locale.gettext(spec.title or figure.title),
        table_columns,
        row_values(top_rows, tuple(column.name for column in table_columns)),
        caption=_caption(name, totals, locale),
        total_rows=totals.height,
        figure=figure.declaration(),
        sort=spec.sort,
        top=top,
        nonzero=spec.nonzero,
        required_values=spec.required_values,
        currencies=_currencies(totals),
    )


def _caption(name: str, totals: pl.DataFrame, locale: Locale) -> str:
    """Why overdue is more in the parts of the total than in the key figures; empty if it is not."""
    if name != "revenue" or not totals["unconfirmed_minor"].sum():
        return ""
    return locale.gettext(
        "Overdue here includes what is not confirmed; the key figures leave it out."
    )


def _currencies(totals: pl.DataFrame) -> tuple[str, ...]:
    """The currencies of a figure's rows, in the order of the report."""
    columns = [name for name in CURRENCY_COLUMNS if name in totals.columns]
    return tuple(currencies_of(totals, columns[-1])) if columns else ()


def figure_columns(
    figure: Figure, locale: Locale, names: tuple[str, ...] = ()
) -> tuple[Column, ...]:
    """The columns of a figure's table, each ratio with the names of its two sums."""
    spec = TABLE_SPECS.get(figure.name, FigureTableSpec())
    names = names or (*figure.by, *figure.sums, *spec.differences, *spec.ratios)
    currency = "commission_currency" if "commission_currency" in figure.by else "currency"

    def with_sums(column: Column) -> Column:
        if ratio := spec.ratios.get(column.name):
            return replace(
                column,
                numerator=ratio.numerator,
                denominator=ratio.denominator,
                within=ratio.within,
            )
        return replace(column, minus=spec.differences.get(column.name))

    return tuple(with_sums(column) for column in columns(names, locale, currency))


def with_ratios(totals: pl.DataFrame, figure: Figure) -> pl.DataFrame:
    """All rows of a figure with its ratios and differences; shares are of all rows."""
    spec = TABLE_SPECS.get(figure.name, FigureTableSpec())
    ratios = {name: ratio.pair() for name, ratio in spec.ratios.items()}
    differences = {
        name: pl.col(minuend) - pl.col(subtrahend)
        for name, (minuend, subtrahend) in spec.differences.items()
    }
    return totals.with_columns(**ratios, **differences)


def _sorted_totals(totals: pl.DataFrame, spec: FigureTableSpec) -> pl.DataFrame:
    """The rows of a table, sorted, with required values and without rows of zeros."""
    if spec.required_values:
        name = spec.required_values["name"]
        texts = totals.with_columns(pl.col(name).cast(pl.String))
        totals = (
            pl.DataFrame({name: spec.required_values["values"]})
            .join(texts, on=name, how="left", validate="1:1", maintain_order="left")
            .fill_null(0)
        )
    if spec.nonzero:
        totals = totals.filter(pl.any_horizontal(pl.col(name) != 0 for name in spec.nonzero))
    if not spec.sort:
        return totals
    return totals.sort(
        [name for name, _ in spec.sort],
        descending=[order == "desc" for _, order in spec.sort],
        nulls_last=True,
        maintain_order=True,
    )


def possible_table(
    rows: Mapping[str, pl.DataFrame], locale: Locale, expected_minor: Mapping[str, int]
) -> Table:
    """The scenarios by currency; what is expected is a column if there is a forecast."""
    caption = locale.gettext(
        "If all had paid to date: collected + overdue, without what canceled plans will not pay. "
        "Contracted: overdue + to receive of plans in progress."
    )
    table = replace(figure_table(BY_NAME["possible"], rows, locale), caption=caption)
    if not expected_minor:
        return table
    (column,) = columns(("expected_minor",), locale)
    with_forecast = locale.gettext(
        "{caption} Expected, of all plans: what will probably come in of what is contracted.",
        caption=caption,
    )
    return replace(
        table,
        caption=with_forecast,
        figure=None,
        columns=(*table.columns, column),
        rows=tuple((*row, expected_minor.get(table.value("currency", row))) for row in table.rows),
    )


def net_table(rows: Mapping[str, pl.DataFrame], locale: Locale) -> Table:
    """Net by commission currency, and the estimated part of it."""
    return replace(figure_table(NET, rows, locale), name="net")


def status_table(rows: Mapping[str, pl.DataFrame], locale: Locale) -> Table:
    """The seven statuses: plans, and their share of all plans; each status has a row."""
    table = figure_table(STATUS_SHARES, rows, locale)
    return table if rows["plans"].height else replace(table, rows=())
