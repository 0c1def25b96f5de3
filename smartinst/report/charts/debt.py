"""Charts of plans by status, and of overdue and refused charges by delay, product and remedy."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import polars as pl

from smartinst.analytics.charge_states import BUCKETS
from smartinst.analytics.refusals import HELPS
from smartinst.drawing import palette
from smartinst.facts import PLAN_STATUSES
from smartinst.report.charts import tooltips
from smartinst.report.charts.axes import (
    CHART_HEIGHT,
    NARROW_WIDTH,
    ROW_HEIGHT,
    WIDE_WIDTH,
    ChartContext,
    count_axis,
    installments_axis,
    legend,
    lookup_expression,
    names_axis,
    present_statuses,
)
from smartinst.report.tables.labels import HELP_LABELS


def status_by_installments(context: ChartContext) -> Any:
    """Plans by N, 1 to 12, stacked by status."""
    locale = context.locale
    labels = {status: locale.status(status) for status in PLAN_STATUSES}
    return (
        alt.Chart(context.data, width=WIDE_WIDTH, height=CHART_HEIGHT + 20)
        .mark_bar()
        .encode(
            x=installments_axis(locale),
            y=alt.Y("sum(plans):Q", title=locale.gettext("Plans"), axis=count_axis()),
            color=alt.Color(
                "status:N",
                scale=alt.Scale(
                    domain=list(PLAN_STATUSES),
                    range=[palette.STATUS_COLORS[s] for s in PLAN_STATUSES],
                ),
                legend=legend(labels, columns=4, values=present_statuses(context.rows["status"])),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("installments:O", title=locale.gettext("Installments")),
                alt.Tooltip("said:N", title=locale.gettext("Status")),
                tooltips.count("sum(plans):Q", locale.gettext("Plans")),
            ],
        )
        .transform_calculate(
            rank=f"indexof({json.dumps(list(PLAN_STATUSES))}, datum.status)",
            said=lookup_expression(labels, "datum.status"),
        )
    )


def overdue_by_product(context: ChartContext) -> Any:
    """The ten products with the most overdue installments, counted over all currencies."""
    height = ROW_HEIGHT * min(max(context.rows["product_id"].n_unique(), 2), 10)
    overdue = context.locale.gettext("Overdue installments")
    products = _products(context.rows)
    return (
        alt.Chart(context.data, width=WIDE_WIDTH - 150, height=height)
        .transform_aggregate(charges="sum(overdue_installments)", groupby=["product_id", "product"])
        .transform_window(
            rank="row_number()",
            sort=[alt.SortField("charges", "descending"), alt.SortField("product_id")],
        )
        .transform_filter("datum.rank <= 10 && datum.charges > 0")
        .transform_calculate(label="(datum.product || datum.product_id)")
        .mark_bar(color=palette.OVERDUE)
        .encode(
            x=alt.X(
                "charges:Q",
                title=overdue,
                axis=count_axis(),
            ),
            y=alt.Y(
                "product_id:N",
                sort=alt.EncodingSortField("charges", order="descending"),
                axis=names_axis(
                    [*products, *products.values()],
                    190,
                    labelExpr=lookup_expression(products, "datum.label"),
                ),
            ),
            tooltip=[
                alt.Tooltip("label:N", title=context.locale.gettext("Product")),
                tooltips.count("charges:Q", overdue),
            ],
        )
    )


def _products(rows: pl.DataFrame) -> dict[str, str]:
    names = rows.select("product_id", "product").unique().sort("product_id", "product").drop_nulls()
    return {product_id: name[:60] for product_id, name in names.iter_rows()}


def aging(context: ChartContext) -> Any:
    """Overdue charges by days past due."""
    locale = context.locale
    return (
        alt.Chart(context.data, width=NARROW_WIDTH - 40, height=CHART_HEIGHT - 40)
        .mark_bar()
        .encode(
            x=alt.X(
                "bucket:O",
                title=locale.gettext("Days past due"),
                scale=alt.Scale(domain=list(BUCKETS)),
                axis=alt.Axis(labelAngle=0, labelLimit=0),
            ),
            y=alt.Y(
                "sum(overdue_charges):Q",
                title=locale.gettext("Overdue installments"),
                axis=count_axis(),
            ),
            color=alt.Color(
                "bucket:O",
                legend=None,
                scale=alt.Scale(domain=list(BUCKETS), range=list(palette.AGING)),
            ),
            tooltip=[
                alt.Tooltip("bucket:O", title=locale.gettext("Days past due")),
                tooltips.count("sum(overdue_charges):Q", locale.gettext("Overdue installments")),
            ],
        )
    )


def days_overdue_by_charge(context: ChartContext) -> Any:
    """Box plot of the days past due of overdue charges by N; whiskers from least to most.

    Built from separate marks, because the tooltips of Vega's own box plot are in English.
    """
    locale = context.locale
    title, days = locale.gettext("Days past due"), "days_past_due"
    tooltip = tooltips.lines(
        tooltips.line(tooltips.text(locale.gettext("Installments")), "datum.installments"),
        tooltips.line(
            tooltips.text(locale.gettext("Overdue installments")), "format(datum.charges, ',d')"
        ),
        tooltips.line(tooltips.text(title), tooltips.day_range("datum.least", "datum.most")),
        tooltips.line(
            tooltips.text(locale.gettext("Middle half")), tooltips.day_range("datum.q1", "datum.q3")
        ),
        tooltips.line(
            tooltips.text(locale.gettext("Median")), f"format(datum.middle, {tooltips.DAYS})"
        ),
    )
    boxes = (
        alt.Chart()
        .encode(x=installments_axis(locale), tooltip=alt.Tooltip("_tooltip:N"))
        .transform_aggregate(
            charges="count()",
            least=f"min({days})",
            q1=f"q1({days})",
            middle=f"median({days})",
            q3=f"q3({days})",
            most=f"max({days})",
            groupby=["installments"],
        )
        .transform_calculate(_tooltip=tooltip)
    )
    scale = alt.Scale(zero=True)
    whiskers = boxes.mark_rule(color=palette.OVERDUE).encode(
        y=alt.Y("least:Q", title=title, scale=scale), y2="most:Q"
    )
    box = boxes.mark_bar(size=12, color=palette.OVERDUE).encode(
        y=alt.Y("q1:Q", title=title, scale=scale), y2="q3:Q"
    )
    median = boxes.mark_tick(size=12, thickness=1, color=palette.PAPER).encode(
        y=alt.Y("middle:Q", title=title, scale=scale)
    )
    return alt.layer(
        whiskers, box, median, data=context.data, width=NARROW_WIDTH - 20, height=CHART_HEIGHT - 40
    )


def refusals(context: ChartContext) -> Any:
    """Refused charges by remedy, split into paid since and unpaid."""
    locale = context.locale
    helps = {name: locale.gettext(HELP_LABELS[name]) for name in HELPS}
    kinds = {
        "cured_charges": locale.gettext("Paid since"),
        "open_charges": locale.gettext("Not paid"),
    }
    return (
        alt.Chart(context.data, width=WIDE_WIDTH - 150, height=ROW_HEIGHT * 5 + 20)
        .transform_aggregate(
            cured_charges="sum(cured_charges)",
            failed_charges="sum(failed_charges)",
            groupby=["help"],
        )
        .transform_calculate(open_charges="datum.failed_charges - datum.cured_charges")
        .transform_fold(list(kinds), as_=["kind", "charges"])
        .transform_calculate(
            _tooltip=tooltips.lines(
                lookup_expression(helps, "datum.help"),
                tooltips.line(
                    lookup_expression(kinds, "datum.kind"), "format(datum.charges, ',d')"
                ),
            )
        )
        .mark_bar()
        .encode(
            x=alt.X("sum(charges):Q", title=locale.gettext("Installments"), axis=count_axis()),
            y=alt.Y(
                "help:N",
                scale=alt.Scale(domain=list(HELPS)),
                axis=names_axis(
                    helps.values(), 190, labelExpr=lookup_expression(helps, "datum.label")
                ),
            ),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(kinds), range=[palette.RECEIVED, palette.OVERDUE]),
                legend=legend(kinds),
            ),
            tooltip=alt.Tooltip("_tooltip:N"),
        )
    )
