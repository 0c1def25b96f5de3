"""Charts of plans: sales of a month, where plans stop, and cohorts by month of purchase."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.book.cohorts.cohorts import STATUS_COLUMNS
from smartinst.drawing import palette
from smartinst.facts import PLAN_STATUSES
from smartinst.report.charts.axes import (
    CHART_HEIGHT,
    NARROW_WIDTH,
    PANEL_HEIGHT,
    WIDE_WIDTH,
    count_axis,
    installments_axis,
    legend,
    month_x,
    months_between,
    present_statuses,
)
from smartinst.report.loan_book.chart_rows import (
    BookChart,
    Row,
    fixed_color,
    percent_axis,
    short_percent,
)
from smartinst.report.loan_book.table_rows import COHORT_MONTHS, cohort_statuses, stops_of_all

MONTHS: Final = 12
COUNTRIES: Final = 8
OTHERS: Final = "others"
LABEL_GAP: Final = 4
HEAT_ROW: Final = 15


def sales_by_installments_chart(chart: BookChart) -> Any:
    """Bars of the plans sold in the month and in the month before, by number of installments."""
    labels = _month_labels(chart)
    rows = chart.rows.filter(
        pl.col("month").is_in(list(labels)), pl.col("installments").is_between(1, 12)
    )

    def tooltip(row: Row) -> str:
        plans = chart.locale.ngettext("{n} plan", "{n} plans", row["plans"])
        return f"{labels[row['month']]}: {plans}"

    data = chart.with_rows(rows.select("installments", "month", "plans")).texts("_tooltip", tooltip)
    return (
        alt.Chart(data.data(), width=NARROW_WIDTH - 40, height=CHART_HEIGHT - 30)
        .mark_bar()
        .encode(
            x=installments_axis(chart.locale),
            y=alt.Y("plans:Q", title=chart.locale.gettext("Plans"), axis=count_axis()),
            xOffset=alt.XOffset("month:N", scale=alt.Scale(domain=list(labels))),
            color=fixed_color("month", labels, (palette.SLATE, palette.BLUE)[-len(labels) :]),
            tooltip=alt.Tooltip("_tooltip:N"),
        )
    )


def sales_by_country_chart(chart: BookChart) -> Any:
    """Bars of the plans sold in the month, by country of the buyer: the first, then all others."""
    locale = chart.locale
    month = chart.rows["month"].max()
    rows = chart.rows.filter(pl.col("month") == month).sort(
        "plans", "country", descending=[True, False], nulls_last=True
    )
    data = chart.with_rows(_first_countries(rows)).texts("name", lambda row: _country(row, chart))
    data = data.texts("_tooltip", lambda row: f"{row['name']}: {row['plans']}")
    names = data.rows["name"].to_list()
    base = alt.Chart(data.data(), width=NARROW_WIDTH - 130, height=CHART_HEIGHT - 30).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=120)),
        x=alt.X("plans:Q", title=locale.gettext("Plans"), axis=count_axis()),
        tooltip=alt.Tooltip("_tooltip:N"),
    )
    label = base.mark_text(align="left", dx=LABEL_GAP).encode(text="plans:Q")
    return alt.layer(base.mark_bar(color=palette.BLUE), label)


def _first_countries(rows: pl.DataFrame) -> pl.DataFrame:
    """The plans of COUNTRIES bars: the countries with the most, and OTHERS if there are more."""
    counts = rows.select("country", "plans")
    if counts.height <= COUNTRIES:
        return counts
    others = counts.slice(COUNTRIES - 1).select(
        country=pl.lit(OTHERS), plans=pl.col("plans").sum().cast(counts.schema["plans"])
    )
    return pl.concat([counts.head(COUNTRIES - 1), others.head(1)])


def stops_chart(chart: BookChart) -> Any:
    """Bars of the share that stops at each installment, of the plans still paying before it."""
    rows = stops_of_all(chart.rows).select("number", "at_risk", "stop", share="stop_rate")

    def tooltip(row: Row) -> str:
        plans = chart.locale.ngettext("{n} plan", "{n} plans", row["at_risk"])
        counts = chart.locale.gettext("{part} of {whole}", part=row["stop"], whole=plans)
        return f"{row['number']}: {chart.percent(row['share'])} · {counts}"

    data = chart.with_rows(rows.filter(pl.col("number") <= 12)).texts("_tooltip", tooltip)
    data = data.texts("text", lambda row: short_percent(row["share"], chart.locale))
    base = alt.Chart(data.data(), width=WIDE_WIDTH, height=100).encode(
        x=alt.X(
            "number:O",
            title=chart.locale.gettext("Installment"),
            scale=alt.Scale(domain=list(range(1, 13))),
            axis=alt.Axis(labelAngle=0, labelLimit=0),
        ),
        y=alt.Y("share:Q", axis=percent_axis()),
        tooltip=alt.Tooltip("_tooltip:N"),
    )
    label = base.mark_text(baseline="bottom", dy=-3).encode(text="text:N")
    return alt.layer(base.mark_bar(color=palette.ORANGE, width=26), label)


def cohort_chart(chart: BookChart) -> Any:
    """A heat table: months of purchase, months since then, and the share collected of what sold."""
    locale = chart.locale
    months = sorted(chart.rows["month"].unique())[-MONTHS:]
    rows = chart.rows.filter(
        pl.col("month").is_in(months),
        pl.col("months_since").is_in(COHORT_MONTHS),
        pl.col("collected_rate").is_not_null(),
    ).select("month", "months_since", "plans", "collected_rate")
    names = {month: locale.month(month) for month in months}

    def tooltip(row: Row) -> str:
        since = locale.ngettext("{n} month", "{n} months", row["months_since"])
        plans = locale.ngettext("{n} plan", "{n} plans", row["plans"])
        share = chart.percent(row["collected_rate"])
        return f"{names[row['month']]} · {since}\n{share} · {plans}"

    data = chart.with_rows(rows).texts("_tooltip", tooltip)
    data = data.texts("text", lambda row: short_percent(row["collected_rate"], locale))
    data = data.texts("name", lambda row: names[row["month"]])
    base = alt.Chart(data.data(), width=WIDE_WIDTH - 60, height=HEAT_ROW * len(months)).encode(
        x=alt.X(
            "months_since:O",
            scale=alt.Scale(domain=list(COHORT_MONTHS)),
            axis=alt.Axis(title=locale.gettext("Months since purchase"), labelAngle=0),
        ),
        y=alt.Y("name:O", sort=list(names.values()), axis=alt.Axis(title=None, labelLimit=0)),
        tooltip=alt.Tooltip("_tooltip:N"),
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "collected_rate:Q",
            legend=None,
            scale=alt.Scale(domain=[0, 1], range=[palette.SURFACE, palette.GREEN], clamp=True),
        )
    )
    ink = alt.condition(
        "datum.collected_rate > 0.6", alt.value(palette.PAPER), alt.value(palette.INK)
    )
    return alt.layer(cells, base.mark_text().encode(text="text:N", color=ink))


def cohort_status_chart(chart: BookChart) -> Any:
    """Stacked bars of the plans of each month of purchase, by status at the last month-end."""
    locale = chart.locale
    wide_rows = cohort_statuses(chart.rows)
    columns = {name: status for status, name in STATUS_COLUMNS.items()}
    rows = (
        wide_rows.drop("plans")
        .unpivot(list(columns), index="month", variable_name="column", value_name="plans")
        .with_columns(status=pl.col("column").replace_strict(columns))
        .filter(pl.col("plans") > 0)
        .select("month", "status", "plans")
    )
    months = months_between(rows["month"])[-MONTHS:]
    rows = rows.filter(pl.col("month").is_in(months)).sort("month", "status")
    labels = {status: locale.status(status) for status in PLAN_STATUSES}

    def tooltip(row: Row) -> str:
        plans = locale.ngettext("{n} plan", "{n} plans", row["plans"])
        return f"{locale.month(row['month'])}\n{labels[row['status']]}: {plans}"

    data = chart.with_rows(rows).texts("_tooltip", tooltip)
    order = {status: place for place, status in enumerate(PLAN_STATUSES)}
    return (
        alt.Chart(data.data(), width=WIDE_WIDTH, height=PANEL_HEIGHT)
        .transform_calculate(place=f"({order})[datum.status]")
        .mark_bar()
        .encode(
            x=month_x("month", months, WIDE_WIDTH),
            y=alt.Y("plans:Q", title=locale.gettext("Plans"), axis=count_axis()),
            color=alt.Color(
                "status:N",
                scale=alt.Scale(
                    domain=list(PLAN_STATUSES),
                    range=[palette.STATUS_COLORS[status] for status in PLAN_STATUSES],
                ),
                legend=legend(labels, columns=4, values=present_statuses(rows["status"])),
            ),
            order=alt.Order("place:Q"),
            tooltip=alt.Tooltip("_tooltip:N"),
        )
    )


def _month_labels(chart: BookChart) -> dict[str, str]:
    """The month before and the month, in order, if plans were sold in them."""
    months = sorted(chart.rows["month"].unique())[-2:]
    return {month: chart.locale.month(month) for month in months}


def _country(row: Row, chart: BookChart) -> str:
    code = row["country"]
    if code == OTHERS:
        return chart.locale.gettext("Other countries")
    return chart.locale.country(code) if code else chart.locale.gettext("Unknown country")
