"""Charts of the loan book: arrears, collection, roll rates, vintages.

Rates have fixed scales, and currencies are never stacked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.book.arrears.roll import BUCKETS, STATES
from smartinst.drawing import palette
from smartinst.i18n.locales import N_
from smartinst.report.charts.axes import (
    ROW_HEIGHT,
    lookup_expression,
    month_x,
    months_between,
)
from smartinst.report.loan_book.chart_rows import (
    BookChart,
    Row,
    fixed_color,
    percent_axis,
    short_percent,
)
from smartinst.report.loan_book.forecast_charts import (
    calendar_chart,
    expected_chart,
    past_forecasts_chart,
)
from smartinst.report.loan_book.labels import STATE_LABELS
from smartinst.report.loan_book.plan_charts import (
    cohort_chart,
    cohort_status_chart,
    sales_by_country_chart,
    sales_by_installments_chart,
    stops_chart,
)

AGE_LABELS: Final = {
    "0": N_("In arrears"),
    "30": N_("Over 30 days"),
    "90": N_("Over 90 days"),
}
CURVE_LABELS: Final = {
    "0": N_("On time"),
    "30": N_("By day 30"),
    "90": N_("By day 90"),
}
CURVE_COLORS: Final = (palette.ORANGE, palette.BLUE, palette.FOREST)
VINTAGE_COLORS: Final = (palette.SLATE, palette.GREEN, palette.BLUE, palette.ORANGE)
"""Quarters of purchase, the newest last."""
VINTAGE_MONTHS: Final = 12
MONTHS: Final = 12


def arrears_chart(chart: BookChart) -> Any:
    """Lines of the shares in arrears by month; the newest amount over 30 days is the label."""
    locale = chart.locale
    labels = {age: locale.gettext(text) for age, text in AGE_LABELS.items()}
    ages = [
        chart.rows.select(
            "currency",
            pl.col("day").dt.strftime("%Y-%m").alias("month"),
            pl.lit(age).alias("age"),
            pl.col(f"par_{age}").alias("share"),
            pl.col(f"over_{age}_minor").alias("minor"),
            is_last=pl.col("day") == pl.col("day").max(),
        )
        for age in AGE_LABELS
    ]
    lines = pl.concat(ages).sort("currency", "age", "month", "is_last")
    lines = lines.unique(["currency", "age", "month"], keep="last", maintain_order=True)

    def amount(row: Row) -> str:
        return f"{labels[row['age']]}: {locale.money(row['minor'], row['currency'])}"

    def tooltip(row: Row) -> str:
        return f"{locale.month(row['month'])}\n{amount(row)} · {chart.percent(row['share'])}"

    panel_chart = chart.with_rows(lines)
    panel_chart = panel_chart.texts("amount", amount).texts("_tooltip", tooltip)
    months = months_between(lines["month"])
    top = math.ceil(max(float(lines["share"].max() or 0), 0.01) * 11) / 10  # type: ignore[arg-type]

    def panel(data: alt.InlineData, width: int) -> Any:
        scale = alt.Scale(domain=[0, min(top, 1)])
        base = alt.Chart(data, width=width, height=chart.height).encode(
            x=month_x("month", months, width), y=alt.Y("share:Q", axis=percent_axis(), scale=scale)
        )
        lines = base.mark_line(point=True).encode(
            color=fixed_color("age", labels, palette.AGING[0:1] + palette.AGING[2:4]),
            tooltip=alt.Tooltip("_tooltip:N"),
        )
        label = (
            base.transform_filter("datum.is_last && datum.age === '30'")
            .mark_text(align="right", baseline="bottom", dx=4, dy=-5, color=palette.AGING[2])
            .encode(text="amount:N")
        )
        return alt.layer(lines, label)

    return panel_chart.panels(panel)


def collection_chart(chart: BookChart) -> Any:
    """Lines of what was paid on time, by day 30 and by day 90, by month of the due date."""
    locale = chart.locale
    labels = {days: locale.gettext(text) for days, text in CURVE_LABELS.items()}
    rows = chart.rows.with_columns(pl.col("days").cast(pl.String)).filter(
        pl.col("days").is_in(list(labels)), pl.col("rate").is_not_null()
    )
    months = months_between(rows["month"])[-MONTHS:]
    rows = rows.filter(pl.col("month").is_in(months)).select(
        "currency", "month", "days", "rate", "due_minor", "paid_minor"
    )

    def tooltip(row: Row) -> str:
        paid, due = (
            locale.money(row[name], row["currency"]) for name in ("paid_minor", "due_minor")
        )
        share = f"{labels[row['days']]}: {chart.percent(row['rate'])}"
        amounts = locale.gettext("{part} of {whole}", part=paid, whole=due)
        return f"{locale.month(row['month'])}\n{share}\n{amounts}"

    panel_chart = chart.with_rows(rows).texts("_tooltip", tooltip)

    def panel(data: alt.InlineData, width: int) -> Any:
        return (
            alt.Chart(data, width=width, height=chart.height)
            .mark_line(point=True)
            .encode(
                x=month_x("month", months, width),
                y=alt.Y("rate:Q", axis=percent_axis(), scale=alt.Scale(domain=[0, 1])),
                color=fixed_color("days", labels, CURVE_COLORS),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    return panel_chart.panels(panel)


def roll_chart(chart: BookChart) -> Any:
    """A heat table: rows are the states at a month-end, columns those of a month later."""
    locale = chart.locale
    names = {state: locale.gettext(text) for state, text in STATE_LABELS.items()}

    def tooltip(row: Row) -> str:
        balance = locale.money(row["outstanding_minor"], row["currency"])
        return (
            f"{names[row['from']]} → {names[row['to']]}\n{chart.percent(row['rate'])} · {balance}"
        )

    rows = chart.rows.select("currency", "from", "to", "outstanding_minor", "rate")
    panel_chart = chart.with_rows(rows).texts("_tooltip", tooltip)
    panel_chart = panel_chart.texts("text", lambda row: short_percent(row["rate"], locale))

    def panel(data: alt.InlineData, width: int) -> Any:
        base = alt.Chart(data, width=width - 90, height=ROW_HEIGHT * 5).encode(
            x=alt.X(
                "to:O",
                scale=alt.Scale(domain=list(STATES)),
                axis=alt.Axis(
                    title=locale.gettext("One month later"),
                    labelAngle=-30,
                    labelLimit=0,
                    labelExpr=lookup_expression(names, "datum.value"),
                ),
            ),
            y=alt.Y(
                "from:O",
                scale=alt.Scale(domain=list(BUCKETS)),
                axis=alt.Axis(
                    title=locale.gettext("At a month-end"),
                    labelLimit=0,
                    labelExpr=lookup_expression(names, "datum.value"),
                ),
            ),
            tooltip=alt.Tooltip("_tooltip:N"),
        )
        cells = base.mark_rect().encode(
            color=alt.Color(
                "rate:Q",
                legend=None,
                scale=alt.Scale(domain=[0, 1], range=[palette.SURFACE, palette.BLUE]),
            )
        )
        ink = alt.condition("datum.rate > 0.5", alt.value(palette.PAPER), alt.value(palette.INK))
        return alt.layer(cells, base.mark_text().encode(text="text:N", color=ink))

    return panel_chart.panels(panel, 1)


def vintage_chart(chart: BookChart) -> Any:
    """Curves of the share ever more than 30 days late, by months since purchase and quarter."""
    rows = vintage_quarters(chart.rows)
    quarters = rows["quarter"].unique().sort().to_list()[-len(VINTAGE_COLORS) :]
    labels = {quarter: _quarter_text(quarter, chart) for quarter in quarters}
    rows = rows.filter(pl.col("quarter").is_in(quarters))

    def tooltip(row: Row) -> str:
        plans = chart.locale.ngettext("{n} plan", "{n} plans", row["plans"])
        months = chart.locale.ngettext("{n} month", "{n} months", row["months_on_book"])
        return f"{labels[row['quarter']]}\n{months}: {chart.percent(row['share'])} · {plans}"

    panel_chart = chart.with_rows(rows).texts("_tooltip", tooltip)
    top = math.ceil(max(float(rows["share"].max() or 0), 0.01) * 11) / 10  # type: ignore[arg-type]

    def panel(data: alt.InlineData, width: int) -> Any:
        return (
            alt.Chart(data, width=width, height=chart.height)
            .mark_line(point=True)
            .encode(
                x=alt.X(
                    "months_on_book:O",
                    scale=alt.Scale(domain=list(range(1, VINTAGE_MONTHS + 1))),
                    axis=alt.Axis(
                        title=chart.locale.gettext("Months since purchase"), labelAngle=0
                    ),
                ),
                y=alt.Y("share:Q", axis=percent_axis(), scale=alt.Scale(domain=[0, min(top, 1)])),
                color=fixed_color("quarter", labels, VINTAGE_COLORS[-len(labels) :]),
                tooltip=alt.Tooltip("_tooltip:N"),
            )
        )

    return panel_chart.panels(panel)


def vintage_quarters(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per currency, quarter of purchase and months since: plans, share more than 30 late.

    A point appears once all months of the quarter with purchases have it.
    """
    quarter = pl.col("month").str.to_date("%Y-%m").dt.truncate("1q").dt.strftime("%Y-%m")
    of_all = frame.filter(
        pl.col("installments") == "all",
        pl.col("over_days") == 30,
        pl.col("months_on_book") <= VINTAGE_MONTHS,
    ).with_columns(quarter.alias("quarter"))
    months = pl.col("month").n_unique()
    cohort_count = of_all.group_by("currency", "quarter").agg(months.alias("cohorts"))
    return (
        of_all.group_by("currency", "quarter", "months_on_book")
        .agg(pl.col("plans", "crossed").sum(), months.alias("present"))
        .join(cohort_count, on=["currency", "quarter"], validate="m:1")
        .filter(pl.col("present") == pl.col("cohorts"))
        .select(
            *("currency", "quarter", "months_on_book", "plans"),
            share=pl.col("crossed") / pl.col("plans"),
        )
        .sort("currency", "quarter", "months_on_book")
    )


def _quarter_text(quarter: str, chart: BookChart) -> str:
    """`Jan–Mar 2026`."""
    names, month = chart.locale.months(), int(quarter[5:7])
    return f"{names[month - 1]}–{names[month + 1]} {quarter[:4]}"


BOOK_CHARTS: Final[dict[str, Callable[[BookChart], Any]]] = {
    "arrears": arrears_chart,
    "collection": collection_chart,
    "roll_rates": roll_chart,
    "vintages": vintage_chart,
    "expected_cash": expected_chart,
    "past_forecasts": past_forecasts_chart,
    "cash_calendar": calendar_chart,
    "sales_by_installments": sales_by_installments_chart,
    "sales_by_country": sales_by_country_chart,
    "stops": stops_chart,
    "cohorts": cohort_chart,
    "cohort_statuses": cohort_status_chart,
}
"""Figure of the loan book → its chart; the others have tables only."""
