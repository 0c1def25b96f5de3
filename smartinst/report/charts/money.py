"""Charts of what came in, what is still to come and from where: a panel a currency, never stacked."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import polars as pl

from smartinst.drawing import palette
from smartinst.report.charts import tooltips
from smartinst.report.charts.axes import (
    PANEL_HEIGHT,
    ROW,
    ChartContext,
    across,
    across_months,
    expression,
    legend,
    major,
    money_axis,
    months_between,
    names_axis,
    panels,
)


def revenue(drawing: ChartContext) -> Any:
    """The five parts of the total, a panel a currency; the first panel of a row names the parts."""
    locale = drawing.locale
    names = drawing.panels()
    leaders = names[:: across(len(names)) or 1]
    parts = {
        "collected_minor": locale.gettext("Collected"),
        "overdue_minor": locale.gettext("Overdue"),
        "to_receive_minor": locale.gettext("To receive"),
        "refunded_minor": locale.gettext("Refunded"),
        "released_minor": locale.gettext("Released"),
    }

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=ROW * 5)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(parts), as_=["part", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "part"])
            .transform_calculate(amount=major(drawing, "minor"))
            .transform_calculate(
                _told=tooltips.line(
                    expression(parts, "datum.part"), tooltips.money(locale, currency)
                )
            )
            .mark_bar()
            .encode(
                x=alt.X("amount:Q", axis=money_axis()),
                y=alt.Y(
                    "part:N",
                    sort=list(parts),
                    scale=alt.Scale(domain=list(parts)),
                    axis=alt.Axis(
                        title=None,
                        labels=currency in leaders,
                        labelLimit=0,
                        labelExpr=expression(parts, "datum.label"),
                    ),
                ),
                color=alt.Color(
                    "part:N",
                    legend=None,
                    scale=alt.Scale(
                        domain=list(parts), range=[palette.PART_COLORS[name] for name in parts]
                    ),
                ),
                tooltip=alt.Tooltip("_told:N"),
            )
        )

    return panels(drawing, panel)


def revenue_by_month(drawing: ChartContext) -> Any:
    """Received (up) and returned (down) by month, a panel a currency."""
    locale = drawing.locale
    kinds = {
        "received_minor": locale.gettext("Received"),
        "returned_minor": locale.gettext("Returned"),
    }
    months = months_between(drawing.rows["movement_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(kinds), as_=["kind", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "movement_month", "kind"])
            .transform_calculate(
                amount=f"({major(drawing, 'minor')}) * (datum.kind === 'returned_minor' ? -1 : 1)",
            )
            .transform_calculate(
                _told=tooltips.lines(
                    tooltips.month("movement_month"),
                    tooltips.line(
                        expression(kinds, "datum.kind"),
                        tooltips.money(locale, currency, "abs(datum.amount)"),
                    ),
                )
            )
            .mark_bar()
            .encode(
                x=across_months("movement_month", months, width),
                y=alt.Y("amount:Q", axis=money_axis()),
                color=alt.Color(
                    "kind:N",
                    scale=alt.Scale(domain=list(kinds), range=[palette.RECEIVED, palette.RETURNED]),
                    legend=legend(kinds),
                ),
                tooltip=alt.Tooltip("_told:N"),
            )
        )

    return panels(drawing, panel)


def net_by_month(drawing: ChartContext) -> Any:
    """The producer's net by month of payment, a panel a commission currency."""
    locale, net = drawing.locale, tooltips.text(drawing.locale.gettext("Net"))
    months = months_between(drawing.rows["paid_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.commission_currency === {json.dumps(currency)}")
            .transform_aggregate(
                minor="sum(net_minor)", groupby=["commission_currency", "paid_month"]
            )
            .transform_calculate(amount=major(drawing, "minor", "commission_currency"))
            .transform_calculate(
                _told=tooltips.lines(
                    tooltips.month("paid_month"),
                    tooltips.line(net, tooltips.money(locale, currency)),
                )
            )
            .mark_bar(color=palette.NET)
            .encode(
                x=across_months("paid_month", months, width),
                y=alt.Y("amount:Q", axis=money_axis()),
                tooltip=alt.Tooltip("_told:N"),
            )
        )

    return panels(drawing, panel, "commission_currency")


def net_by_country(drawing: ChartContext) -> Any:
    """The producer's net by the buyer's country, a panel a commission currency, the larger first."""
    locale = drawing.locale
    names = {
        code: locale.country(code)
        for code in drawing.rows["country"].drop_nulls().unique().sort().to_list()
    }
    unknown = locale.gettext("Unknown country")

    def panel(currency: str, width: int) -> Any:
        shown = drawing.rows.filter(pl.col("commission_currency") == currency)
        return (
            alt.Chart(drawing.data, width=width - 40, height=ROW * min(max(shown.height, 2), 10))
            .transform_filter(f"datum.commission_currency === {json.dumps(currency)}")
            .transform_aggregate(minor="sum(net_minor)", groupby=["commission_currency", "country"])
            .transform_window(rank="rank()", sort=[alt.SortField("minor", "descending")])
            .transform_filter("datum.rank <= 10")
            .transform_calculate(
                amount=major(drawing, "minor", "commission_currency"),
                place=f"datum.country ? {expression(names, 'datum.country')} : {tooltips.text(unknown)}",
            )
            .transform_calculate(
                _told=tooltips.line("datum.place", tooltips.money(locale, currency))
            )
            .mark_bar(color=palette.NET)
            .encode(
                x=alt.X("amount:Q", axis=money_axis()),
                y=alt.Y("place:N", sort="-x", axis=names_axis([*names.values(), unknown], 130)),
                tooltip=alt.Tooltip("_told:N"),
            )
        )

    return panels(drawing, panel, "commission_currency", pairs=4)


def possible_by_month(drawing: ChartContext) -> Any:
    """Contracted money by due month: overdue, of plans with debt, of plans without; a panel a currency."""
    locale = drawing.locale
    parts = {
        "overdue_minor": locale.gettext("Overdue"),
        "later_debt_minor": locale.gettext("To come, plans with debt"),
        "later_clean_minor": locale.gettext("To come, plans without debt"),
    }
    dated = drawing.rows.filter(pl.sum_horizontal(list(parts)) != 0)
    months = months_between(dated["due_month"] if dated.height else drawing.rows["due_month"])

    def panel(currency: str, width: int) -> Any:
        return (
            alt.Chart(drawing.data, width=width, height=PANEL_HEIGHT)
            .transform_filter(f"datum.currency === {json.dumps(currency)}")
            .transform_fold(list(parts), as_=["part", "minor"])
            .transform_aggregate(minor="sum(minor)", groupby=["currency", "due_month", "part"])
            .transform_filter("datum.minor != 0")
            .transform_calculate(amount=major(drawing, "minor"))
            .transform_calculate(
                _told=tooltips.lines(
                    tooltips.month("due_month"),
                    tooltips.line(
                        expression(parts, "datum.part"), tooltips.money(locale, currency)
                    ),
                )
            )
            .mark_bar()
            .encode(
                x=across_months("due_month", months, width),
                y=alt.Y("amount:Q", axis=money_axis()),
                color=alt.Color(
                    "part:N",
                    scale=alt.Scale(
                        domain=list(parts),
                        range=[palette.OVERDUE, palette.LATER_DEBT, palette.LATER_CLEAN],
                    ),
                    legend=legend(parts),
                ),
                tooltip=alt.Tooltip("_told:N"),
            )
        )

    return panels(drawing, panel)
