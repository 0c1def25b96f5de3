"""Charts of received and expected money by month and country, a panel for each currency."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import polars as pl

from smartinst.drawing import palette
from smartinst.report.charts import tooltips
from smartinst.report.charts.axes import (
    PANEL_HEIGHT,
    ROW_HEIGHT,
    ChartContext,
    currency_panels,
    legend,
    lookup_expression,
    major_units,
    money_axis,
    month_x,
    months_between,
    names_axis,
    panels_in_row,
)
from smartinst.report.tables.columns import COLUMNS


def revenue(context: ChartContext) -> Any:
    """The five parts of the total by currency; only the first panel of a row labels the parts."""
    locale = context.locale
    currencies = context.panels()
    labelled = currencies[:: panels_in_row(len(currencies)) or 1]
    parts = {name: locale.gettext(COLUMNS[name].label) for name in palette.PART_COLORS}

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(context.data, width=width, height=ROW_HEIGHT * 5)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(parts), as_=["part", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "part"])
            .transform_calculate(amount=major_units(context, "minor"))
            .transform_calculate(
                _tooltip=tooltips.line(
                    lookup_expression(parts, "datum.part"), tooltips.money(locale, currency)
                )
            )
            .mark_bar()
            .encode(
                x=alt.X("amount:Q", axis=money_axis(locale)),
                y=alt.Y(
                    "part:N",
                    sort=list(parts),
                    scale=alt.Scale(domain=list(parts)),
                    axis=alt.Axis(
                        title=None,
                        labels=currency in labelled,
                        labelLimit=0,
                        labelExpr=lookup_expression(parts, "datum.label"),
                    ),
                ),
                color=alt.Color(
                    "part:N",
                    legend=None,
                    scale=alt.Scale(domain=list(parts), range=list(palette.PART_COLORS.values())),
                ),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    return currency_panels(context, panel)


def revenue_by_month(context: ChartContext) -> Any:
    """Received (up) and returned (down) by month, a panel for each currency."""
    locale = context.locale
    kinds = {
        "received_minor": locale.gettext("Received"),
        "returned_minor": locale.gettext("Returned"),
    }
    months = months_between(context.rows["movement_month"])
    sign = "(datum.kind === 'returned_minor' ? -1 : 1)"

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(context.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(kinds), as_=["kind", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "movement_month", "kind"])
            .transform_calculate(
                amount=f"({major_units(context, 'minor')}) * {sign}",
            )
            .transform_calculate(
                _tooltip=tooltips.lines(
                    tooltips.month("movement_month"),
                    tooltips.line(
                        lookup_expression(kinds, "datum.kind"),
                        tooltips.money(locale, currency, "abs(datum.amount)"),
                    ),
                )
            )
            .mark_bar()
            .encode(
                x=month_x("movement_month", months, width),
                y=alt.Y("amount:Q", axis=money_axis(locale)),
                color=alt.Color(
                    "kind:N",
                    scale=alt.Scale(domain=list(kinds), range=[palette.RECEIVED, palette.RETURNED]),
                    legend=legend(kinds),
                ),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    return currency_panels(context, panel)


def net_by_month(context: ChartContext) -> Any:
    """The producer's net by month of payment, a panel for each commission currency."""
    locale, net = context.locale, tooltips.text(context.locale.gettext("Net"))
    months = months_between(context.rows["paid_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(context.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.commission_currency === {json.dumps(currency)}")
            .transform_aggregate(
                minor="sum(net_minor)", groupby=["commission_currency", "paid_month"]
            )
            .transform_calculate(amount=major_units(context, "minor", "commission_currency"))
            .transform_calculate(
                _tooltip=tooltips.lines(
                    tooltips.month("paid_month"),
                    tooltips.line(net, tooltips.money(locale, currency)),
                )
            )
            .mark_bar(color=palette.NET)
            .encode(
                x=month_x("paid_month", months, width),
                y=alt.Y("amount:Q", axis=money_axis(locale)),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    return currency_panels(context, panel, "commission_currency")


def net_by_country(context: ChartContext) -> Any:
    """The producer's net by the buyer's country and commission currency, largest first."""
    locale = context.locale
    names = {
        code: locale.country(code)
        for code in context.rows["country"].drop_nulls().unique().sort().to_list()
    }
    unknown_country = locale.gettext("Unknown country")
    name = lookup_expression(names, "datum.country")

    def panel(currency: str, width: int) -> Any:
        rows = context.rows.filter(pl.col("commission_currency") == currency)
        return (
            alt.Chart(
                context.data, width=width - 40, height=ROW_HEIGHT * min(max(rows.height, 2), 10)
            )
            .transform_filter(f"datum.commission_currency === {json.dumps(currency)}")
            .transform_aggregate(minor="sum(net_minor)", groupby=["commission_currency", "country"])
            .transform_window(rank="rank()", sort=[alt.SortField("minor", "descending")])
            .transform_filter("datum.rank <= 10")
            .transform_calculate(
                amount=major_units(context, "minor", "commission_currency"),
                place=f"datum.country ? {name} : {tooltips.text(unknown_country)}",
            )
            .transform_calculate(
                _tooltip=tooltips.line("datum.place", tooltips.money(locale, currency))
            )
            .mark_bar(color=palette.NET)
            .encode(
                x=alt.X("amount:Q", axis=money_axis(locale)),
                y=alt.Y(
                    "place:N", sort="-x", axis=names_axis([*names.values(), unknown_country], 130)
                ),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    return currency_panels(context, panel, "commission_currency", pairs=4)


def possible_by_month(context: ChartContext) -> Any:
    """Contracted money by due month and currency: overdue, of plans with and without debt."""
    locale = context.locale
    parts = {
        "overdue_minor": locale.gettext("Overdue"),
        "later_debt_minor": locale.gettext("To come, plans with debt"),
        "later_clean_minor": locale.gettext("To come, plans without debt"),
    }
    dated = context.rows.filter(pl.sum_horizontal(list(parts)) != 0)
    months = months_between(dated["due_month"] if dated.height else context.rows["due_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(context.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(parts), as_=["part", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "due_month", "part"])
            .transform_filter("datum.minor != 0")
            .transform_calculate(amount=major_units(context, "minor"))
            .transform_calculate(
                _tooltip=tooltips.lines(
                    tooltips.month("due_month"),
                    tooltips.line(
                        lookup_expression(parts, "datum.part"), tooltips.money(locale, currency)
                    ),
                )
            )
            .mark_bar()
            .encode(
                x=month_x("due_month", months, width),
                y=alt.Y("amount:Q", axis=money_axis(locale)),
                color=alt.Color(
                    "part:N",
                    scale=alt.Scale(
                        domain=list(parts),
                        range=[palette.OVERDUE, palette.LATER_DEBT, palette.LATER_CLEAN],
                    ),
                    legend=legend(parts),
                ),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    return currency_panels(context, panel)
