"""Instants of an analyst's chart have the seller's wall-clock time for every viewer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import altair as alt
import pytest
from playwright.sync_api import Browser

from smartinst.pages.html.page import render_page
from smartinst.report.charts.mime_renderer import chart_bundle
from smartinst.report.charts.wall_clock import wall_clock
from smartinst.report.mime_bundles import VEGALITE
from tests.pages.test_compiler import notebook
from tests.support.chromium import open_page
from tests.support.executed import edition_at
from tests.support.paths import ROOT

ZONE = "America/Sao_Paulo"
LATE = "2026-12-01T00:30:00Z"
"""An instant that is still November in São Paulo, and later than noon in Tokyo."""


def chart(*days: Any) -> Any:
    rows = [{"day": day, "n": number} for number, day in enumerate(days)]
    return alt.Chart(alt.Data(values=rows)).mark_point()  # type: ignore[no-untyped-call]


def days_of(spec: dict[str, Any]) -> list[Any]:
    return [row["day"] for row in spec["data"]["values"]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (LATE, "2026-11-30T21:30:00"),
        ("2026-11-30T21:30:00.250-03:00", "2026-11-30T21:30:00.250000"),
        ("2026-12-01 00:30:00+0000", "2026-11-30T21:30:00"),
        (1_796_085_000_000, "2026-11-30T21:30:00"),
        ("2026-11-30", "2026-11-30T00:00:00"),
        ("2026-11", "2026-11-01T00:00:00"),
        ("2026", "2026-01-01T00:00:00"),
        ("2026-11-30T21:30:00", "2026-11-30T21:30:00"),
        ("30 Nov 2026", "30 Nov 2026"),
        (1e30, 1e30),
        (None, None),
        (True, True),
    ],
    ids=str,
)
def test_an_instant_becomes_wall_clock_time(value: Any, text: Any) -> None:
    assert wall_clock(value, ZoneInfo(ZONE)) == text


ENCODINGS: Final[dict[str, Callable[[Any], Any]]] = {
    "a type": lambda points: points.encode(x="day:T"),
    "a unit": lambda points: points.encode(x="yearmonth(day):O"),
    "an aggregate": lambda points: points.encode(x="max(day):T"),
    "a facet": lambda points: points.encode(x="n:Q").facet("month(day):O"),
    "a layer": lambda points: alt.layer(points, points.mark_line()).encode(x="day:T"),
    "a tooltip of text": lambda points: points.encode(x="day:T", tooltip="day:N"),
    "a condition": lambda points: points.encode(
        color={"condition": {"test": "true", "field": "day", "type": "temporal"}, "value": "red"}
    ),
    "a unit's transform": lambda points: points.transform_timeunit(m="yearmonth(day)").encode(
        x="m:T"
    ),
    "a calculation": lambda points: points.transform_calculate(d="toDate(datum.day)").encode(
        x="d:T"
    ),
    "a fold": lambda points: points.transform_fold(["day"]).encode(x="value:T"),
    "a window": lambda points: points.transform_window(d="first_value(day)").encode(x="d:T"),
    "a filter by unit": lambda points: points.transform_filter(
        alt.FieldEqualPredicate(timeUnit="month", field="day", equal=11)
    ).encode(x="n:Q"),
    "a filter by dates": lambda points: points.transform_filter(
        {"not": {"field": "day", "range": [{"year": 2025}, {"year": 2026, "month": 1}]}}
    ).encode(x="n:Q"),
    "a repetition": lambda points: points.encode(
        x=alt.X(alt.repeat("column"), type="temporal")
    ).repeat(column=["day"]),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_field_of_instants_is_rewritten_however_it_is_encoded(name: str) -> None:
    spec = chart_bundle(ENCODINGS[name](chart(LATE)), ZONE)[VEGALITE]
    views = [spec, *spec.get("layer", ()), *([spec["spec"]] if "spec" in spec else [])]
    assert [days_of(view) for view in views if "data" in view] == [["2026-11-30T21:30:00"]]


def test_a_looked_up_instant_is_rewritten_in_its_own_data() -> None:
    dates = alt.Data(values=[{"n": 0, "paid": LATE, "day": LATE}])  # type: ignore[no-untyped-call]
    joined = chart(LATE).transform_lookup("n", alt.LookupData(dates, "n", ["paid"]))
    spec = chart_bundle(joined.encode(x="paid:T"), ZONE)[VEGALITE]
    assert days_of(spec) == [LATE]
    assert spec["transform"][0]["from"]["data"]["values"] == [
        {"n": 0, "paid": "2026-11-30T21:30:00", "day": LATE}
    ]


@pytest.mark.parametrize(
    "encode",
    [
        lambda points: points.encode(x="day:N"),
        lambda points: points.encode(x="day:T", color="day:N"),
        lambda points: points.encode(x="utcyearmonth(day):T"),
        lambda points: points.encode(x=alt.X("day:T", scale=alt.Scale(type="utc"))),
    ],
    ids=["text", "text too", "unit in utc", "scale in utc"],
)
def test_texts_and_charts_in_utc_stay_as_they_are(encode: Any) -> None:
    assert days_of(chart_bundle(encode(chart(LATE)), ZONE)[VEGALITE]) == [LATE]


def test_numbers_that_only_a_calculation_reads_are_no_instants() -> None:
    years = chart(2026).transform_calculate(d="datetime(datum.day, 0, 1)").encode(x="d:T")
    assert days_of(chart_bundle(years, ZONE)[VEGALITE]) == [2026]


def test_domains_and_axis_values_are_rewritten_too() -> None:
    scale, axis = alt.Scale(domain=["2026-11-01", LATE]), alt.Axis(values=["2026-11-01"])
    spec = chart_bundle(chart(LATE).encode(x=alt.X("day:T", scale=scale, axis=axis)), ZONE)
    encoding = spec[VEGALITE]["encoding"]["x"]
    assert encoding["scale"]["domain"] == ["2026-11-01T00:00:00", "2026-11-30T21:30:00"]
    assert encoding["axis"]["values"] == ["2026-11-01T00:00:00"]


DRAW = f"""
import altair as alt, json, polars as pl
from datetime import UTC, datetime
from smartinst.report.charts.mime_renderer import chart_bundle
at = [datetime(2026, 12, 1, hour, 30, tzinfo=UTC) for hour in (0, 1)]
frame = pl.DataFrame({{"at": at, "day": ["2026-11-30", "2026-12-01"]}})
labels = alt.Axis(format="%Y-%m-%d %H:%M", values=["2026-12-01T00:30:00Z"])
points = alt.Chart(frame).mark_point().encode(x=alt.X("at", axis=labels), y="yearmonthdate(day):O")
print(json.dumps(chart_bundle(points, {ZONE!r})))
"""
LABELS = ["2026-11-30 21:30", "Nov 30, 2026", "Dec 01, 2026"]


def draw(zone: str) -> dict[str, Any]:
    """The output of a chart in a kernel's zone."""
    process = subprocess.run(
        [sys.executable, "-c", DRAW],
        env=os.environ | {"TZ": zone},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    bundle: dict[str, Any] = json.loads(process.stdout)
    return bundle


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_picture_and_page_have_the_same_labels_in_every_zone(
    chromium: Browser, tmp_path: Path, zone: str
) -> None:
    bundle = draw(zone)
    picture = re.findall(r"<text[^>]*>([^<]+)</text>", bundle["image/svg+xml"])
    assert [text for text in picture if "20" in text] == LABELS
    page_file = tmp_path / "page.html"
    page_file.write_text(render_page(edition_at(notebook(tmp_path, bundle))), encoding="utf-8")
    for viewer in ("Asia/Tokyo", "America/Los_Angeles", ZONE):
        page, faults = open_page(chromium, page_file, timezone_id=viewer)
        assert page.locator(".drawing svg text", has_text="20").all_text_contents() == LABELS
        assert not faults
