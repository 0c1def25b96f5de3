"""The time line of one plan: due dates and attempts of each installment."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import altair as alt

from smartinst.analytics.sales import Rows
from smartinst.dashboard.plan.details import plan_rows
from smartinst.drawing import palette
from smartinst.i18n.locales import N_, Locale
from smartinst.report.charts.axes import style_chart
from smartinst.report.tables.state_labels import STATES, charge_state, state_name

KINDS: Final = {"charge": N_("Due date"), "attempt": N_("Attempt")}
LEGEND_COLUMN: Final = 130
"""Width of one state in the legend, in CSS pixels."""


def time_line(rows: Rows, plan_id: str, as_of: date, locale: Locale, width: int = 640) -> Any:
    """A chart with a line per installment: due dates, attempts, and a rule at `as_of`.

    `width`: CSS pixels, including the axes.
    """
    points = _points(rows, plan_id, locale)
    title = locale.gettext("Time line of plan {plan}", plan=plan_id)
    day = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(padding=14),
        axis=alt.Axis(format="%b %y", tickCount="month", labelOverlap=True, grid=False),
    )
    today = alt.Chart(alt.InlineData(values=[{"day": f"{as_of}T00:00:00"}])).mark_rule(
        color=palette.MUTED, strokeDash=[4, 3]
    )
    chart = alt.layer(today.encode(x=day), _dots(points, day, locale, width)).properties(
        title=title,
        width=width,
        height=alt.Step(22),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    return style_chart(chart, locale, title, {"title": title})


def _points(rows: Rows, plan_id: str, locale: Locale) -> list[dict[str, Any]]:
    """One point per charge with a due date, and one per charge of an attempt; texts translated."""
    _, charges, attempts = plan_rows(rows, plan_id)
    due_dates = [
        (charge["number"], charge["due_date"], charge_state(charge), "charge")
        for charge in charges.to_dicts()
    ]
    tries = [
        (number, attempt["ordered_date"], attempt["state"], "attempt")
        for attempt in attempts.to_dicts()
        for number in attempt["numbers"] or []
    ]
    return [
        {
            "number": number,
            "day": f"{day}T00:00:00",
            "state": state_name(state, locale),
            "kind": locale.gettext(KINDS[kind]),
            "date": locale.date(day),
        }
        for number, day, state, kind in due_dates + tries
        if day
    ]


def _dots(points: list[dict[str, Any]], day: Any, locale: Locale, width: int) -> Any:
    """Due dates as squares, attempts as dots that leave a square of the same day visible."""
    colors = {locale.gettext(label): color for label, color in STATES.values()}
    states = [name for name in colors if name in {point["state"] for point in points}]
    kinds = [locale.gettext(label) for label in KINDS.values()]
    state_legend = alt.Legend(title=None, orient="bottom", columns=max(width // LEGEND_COLUMN, 1))
    kind_legend = alt.Legend(
        title=None, orient="top", symbolFillColor=palette.MUTED, symbolStrokeColor=palette.MUTED
    )
    return (
        alt.Chart(alt.InlineData(values=points))
        .mark_point(filled=True, opacity=1, stroke=palette.PAPER, strokeWidth=1)
        .encode(
            x=day,
            y=alt.Y("number:O", title=locale.gettext("Installment")),
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=["square", "circle"]),
                legend=kind_legend,
            ),
            size=alt.condition(alt.datum.kind == kinds[0], alt.value(200), alt.value(56)),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=states, range=[colors[name] for name in states]),
                legend=state_legend,
            ),
            tooltip=[
                alt.Tooltip("number:O", title=locale.gettext("Installment")),
                alt.Tooltip("date:N", title=locale.gettext("Date")),
                alt.Tooltip("kind:N", title=" "),
                alt.Tooltip("state:N", title=locale.gettext("State")),
            ],
        )
    )
