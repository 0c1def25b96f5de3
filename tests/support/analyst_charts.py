"""Altair charts of many kinds, as an analyst writes them, with instants and accents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import altair as alt
import polars as pl

PIXEL: Final = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="
NAMES: Final = ("ação", "β", "two words", "日本", "D")
SQUARE: Final = [[[0, 0], [20, 0], [20, 30], [0, 30], [0, 0]]]

BAR: Final[dict[str, Any]] = {
    "data": {"values": [{"a": 1, "b": "ação"}, {"a": 3, "b": "two  words ▯"}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "a", "type": "quantitative"},
        "y": {"field": "b", "type": "nominal"},
    },
    "config": {"font": "Inter"},
}
"""The spec of a bar chart."""


def rows(height: int = 60) -> pl.DataFrame:
    """Rows of points, names, days and instants; the same ones in every process."""
    return pl.DataFrame(
        {
            "at": [
                datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(height)
            ],
            "day": [date(2026, 1, 1) + timedelta(days=5 * n) for n in range(height)],
            "x": [(n * 37 % 101) + 0.25 for n in range(height)],
            "y": [(n * 53 % 89) / 7 - 6 for n in range(height)],
            "name": [NAMES[n * n % 5] for n in range(height)],
            "half": ["pq"[n % 2] for n in range(height)],
            "link": ["https://example.com/?q=1"] * height,
        }
    )


def analyst_charts() -> dict[str, Any]:
    """Charts of layers, facets, repetitions, maps, pictures, curves, and times."""
    points = alt.Chart(rows()).mark_point()
    bars, line, text = points.mark_bar(), points.mark_line(), points.mark_text()
    interval = alt.selection_interval(name="brush")
    feature = {
        "type": "Feature",
        "properties": {"n": "A"},
        "geometry": {"type": "Polygon", "coordinates": SQUARE},
    }
    shapes = alt.Chart(alt.Data(values=[feature]))  # type: ignore[no-untyped-call]
    pictures = alt.Chart(pl.DataFrame({"x": [1, 2], "y": [2, 1], "u": [PIXEL, "a.png"]}))
    brazil = alt.Locale(
        number={"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["R$\u00a0", ""]}
    )
    return {
        "instants": line.encode(x="at:T", y="y"),
        "days": points.mark_area(line=True).encode(x="day:T", y="x"),
        "units": bars.encode(x="yearmonth(at):T", y="mean(x)"),
        "hours": points.mark_tick().encode(x="hours(at):O", y="name:N"),
        "UTC": line.encode(x=alt.X("at:T", scale=alt.Scale(type="utc")), y="y"),
        "instants as text": points.encode(x="at:T", y="y", color="at:N"),
        "an expression": text.transform_calculate(
            z="format(datum.x, '.2f') + timeFormat(datum.at, ' %d/%m %H:%M ') + upper(datum.name)"
        ).encode(y="x", text="z:N"),
        "sizes": points.mark_circle().encode(x="x", y="y", color="name:N", size="y", tooltip="x"),
        "facets": bars.encode(x="name:N", y="sum(x)").facet(row="half:N", column="name:N"),
        "wrapped facets": points.encode(x="x", y="y", facet=alt.Facet("name:N", columns=2)),
        "layers": alt.layer(
            line.encode(x="day:T", y="y"),
            points.mark_rule(color="red").encode(y="mean(y)"),
            text.encode(x="day:T", y="y", text="name"),
        ),
        "rows and columns": (
            (bars.encode(x=alt.X("x", bin=True), y="count()") | points.mark_boxplot().encode(x="x"))
            & points.mark_rect().encode(x=alt.X("x", bin=True), y="half", color="count()")
        ),
        "repetition": points.encode(
            x=alt.X(alt.repeat("column"), type="quantitative"), y="y"
        ).repeat(column=["x", "y"]),
        "arcs": points.mark_arc(innerRadius=20)
        .encode(theta="sum(x)", color="name")
        .properties(title=alt.Title("Pizza", subtitle=["uma linha", "outra"])),
        "pictures": pictures.mark_image(width=20, height=20).encode(x="x", y="y", url="u"),
        "links": points.encode(x="x", y="y", href="link"),
        "a map": shapes.mark_geoshape().encode(color="properties.n:N").project("equirectangular"),
        "a globe": alt.layer(
            alt.Chart(alt.sphere()).mark_geoshape(fill="#eef"),
            alt.Chart(alt.graticule()).mark_geoshape(stroke="#ccc"),
            points.encode(latitude="y", longitude="x"),
        ).project("mercator"),
        "a gradient": points.mark_area(
            color=alt.Gradient(  # type: ignore[no-untyped-call]
                gradient="linear",
                stops=[{"color": "white", "offset": 0}, {"color": "green", "offset": 1}],
            )
        ).encode(x="day:T", y="x"),
        "a clip": points.mark_line(clip=True).encode(
            x=alt.X("x", scale=alt.Scale(domain=[20, 40])), y="y"
        ),
        "densities": points.transform_density("x", as_=["x", "d"], groupby=["half"])
        .mark_area(opacity=0.5)
        .encode(x="x:Q", y="d:Q", color="half:N"),
        "a regression": points.encode(x="x", y="y")
        + points.transform_regression("x", "y").mark_line().encode(x="x", y="y"),
        "running sums": line.transform_window(s="sum(x)", sort=[{"field": "at"}]).encode(
            x="at:T", y="s:Q"
        ),
        "a selection": points.encode(
            x="x", y="y", color=alt.condition(interval, "name:N", alt.value("gray"))
        ).add_params(interval),
        "scales of color": points.encode(
            x="x", y="y", color=alt.Color("x", scale=alt.Scale(scheme="viridis")), shape="name:N"
        ),
        "short texts": points.mark_text(fontSize=14, fontWeight="bold", limit=30).encode(
            x="x", y="y", text=alt.Text("x", format=".3f")
        ),
        "slanted labels": bars.encode(
            x=alt.X("name:N", axis=alt.Axis(labelAngle=-30, labelFont="Courier")), y="sum(x)"
        ),
        "money": line.encode(x="at:T", y=alt.Y("x", axis=alt.Axis(format="$,.2f"))).configure(
            locale=brazil
        ),
        "a sequence": alt.Chart(alt.sequence(0, 12.7, 0.1, as_="x"))
        .transform_calculate(s="sin(datum.x)")
        .mark_line()
        .encode(x="x:Q", y="s:Q"),
        "CSV": alt.Chart(alt.InlineData("a,b\n1,2\n3,4", format=alt.CsvDataFormat(type="csv")))
        .mark_bar()
        .encode(x="a:O", y="b:Q"),
        "a logarithm": points.encode(x=alt.X("x", scale=alt.Scale(type="log")), y="y"),
    }
