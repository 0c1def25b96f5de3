"""Bars of sellers by the share of their live balance that is more than 30 days late."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from smartinst.drawing import palette
from smartinst.report.charts.axes import ROW_HEIGHT, WIDE_WIDTH

MAX_BARS: Final = 30
MAX_BARS_HEIGHT: Final = 480
"""Limits of bars and of their height in CSS pixels, so that the chart fits on the first page."""


def par30_chart(bars: list[dict[str, Any]]) -> Any:
    """One bar per row: `label`, and `par30`, a share; at most MAX_BARS, in their order."""
    chart = (
        alt.Chart(
            alt.InlineData(values=bars),
            width=WIDE_WIDTH,
            height=min(ROW_HEIGHT, MAX_BARS_HEIGHT // len(bars)) * len(bars),
        )
        .mark_bar(color=palette.OVERDUE)
        .encode(
            x=alt.X(
                "par30:Q", title=None, axis=alt.Axis(format=".0%"), scale=alt.Scale(domainMin=0)
            ),
            y=alt.Y(
                "label:N",
                sort=[bar["label"] for bar in bars],
                axis=alt.Axis(title=None, labelLimit=180),
            ),
        )
    )
    return chart.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
