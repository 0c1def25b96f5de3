"""Images of charts use the bundled font without kerning, and have no tooltips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from smartinst.drawing import converter, fonts
from smartinst.drawing.chart_images import TOOLTIP_COLUMN, chart_svg
from smartinst.errors import ReportError
from smartinst.report.charts.axes import names_axis
from smartinst.shipped import ASSETS


def bar(**channels: Any) -> dict[str, Any]:
    return {
        "data": {"values": [{"a": 1, "b": "one"}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "a", "type": "quantitative"},
            "y": {"field": "b", "type": "nominal"},
            **channels,
        },
    }


@pytest.mark.parametrize("path", fonts.font_files(), ids=lambda path: path.stem)
def test_the_font_of_charts_has_the_characters_and_widths_of_the_text(path: Any) -> None:
    with TTFont(path) as text, TTFont(ASSETS / "chart-fonts" / path.name) as chart:
        text_glyphs, chart_glyphs = text.getBestCmap(), chart.getBestCmap()
        assert text_glyphs.keys() == chart_glyphs.keys()
        assert not {"GPOS", "GSUB"} & set(chart.keys())
        assert {code: text["hmtx"][name] for code, name in text_glyphs.items()} == {
            code: chart["hmtx"][name] for code, name in chart_glyphs.items()
        }


def test_without_the_bundled_font_no_image_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converter, "ASSETS", tmp_path)
    with pytest.raises(ReportError, match=r"no fonts under .*chart-fonts"):
        converter.register_fonts.__wrapped__()


def test_an_image_skips_the_transforms_of_tooltips() -> None:
    invalid = {"calculate": "datum.a +", "as": TOOLTIP_COLUMN}
    chart = {
        **bar(tooltip={"field": TOOLTIP_COLUMN}),
        "transform": [{"calculate": "datum.a", "as": "c"}, invalid],
    }
    assert chart_svg(chart) == chart_svg(bar())
    with pytest.raises(ValueError, match="end of input"):
        chart_svg({**chart, "transform": [{**invalid, "as": "other"}]})


def test_an_image_keeps_a_tooltip_column_that_a_mark_displays() -> None:
    words = {"mark": "text", "encoding": {"text": {"field": TOOLTIP_COLUMN, "type": "nominal"}}}
    spec = {
        "data": {"values": [{"a": 7}]},
        "transform": [{"calculate": "'seven ' + datum.a", "as": TOOLTIP_COLUMN}],
        "layer": [words],
    }
    assert "seven 7" in chart_svg(spec)


@pytest.mark.parametrize(
    ("names", "limit"), [((), 0), (("Ana", "Bia"), 0), (("Ana", "W" * 40), 130)]
)
def test_axis_labels_are_limited_only_if_a_name_is_too_long(
    names: tuple[str, ...], limit: int
) -> None:
    assert names_axis(names, 130).to_dict()["labelLimit"] == limit
