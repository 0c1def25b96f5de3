"""Chart pictures are drawn in the bundle's letters without its kerning, and without what only a pointer would see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from smartinst.drawing import chart_images, fonts
from smartinst.drawing.chart_images import TOOLTIP_COLUMN, chart_svg
from smartinst.errors import ReportError
from smartinst.report.charts.axes import names_axis
from smartinst.shipped import ASSETS


def bar(**more: Any) -> dict[str, Any]:
    return {
        "data": {"values": [{"a": 1, "b": "one"}]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "a", "type": "quantitative"},
            "y": {"field": "b", "type": "nominal"},
            **more,
        },
    }


@pytest.mark.parametrize("path", fonts.font_files(), ids=lambda path: path.stem)
def test_the_letters_of_charts_are_those_of_the_text(path: Any) -> None:
    with TTFont(path) as text, TTFont(ASSETS / "chart-fonts" / path.name) as drawn:
        ours, theirs = text.getBestCmap(), drawn.getBestCmap()
        assert ours.keys() == theirs.keys()
        assert not {"GPOS", "GSUB"} & set(drawn.keys())
        assert {code: text["hmtx"][name] for code, name in ours.items()} == {
            code: drawn["hmtx"][name] for code, name in theirs.items()
        }


def test_no_picture_is_drawn_in_another_font_where_the_bundle_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart_images, "ASSETS", tmp_path)
    with pytest.raises(ReportError, match=r"no fonts under .*chart-fonts"):
        chart_images.register_fonts.__wrapped__()


def test_a_picture_calculates_nothing_for_tooltips() -> None:
    bad = {"calculate": "datum.a +", "as": TOOLTIP_COLUMN}
    told = {
        **bar(tooltip={"field": TOOLTIP_COLUMN}),
        "transform": [{"calculate": "datum.a", "as": "c"}, bad],
    }
    assert chart_svg(told) == chart_svg(bar())
    with pytest.raises(ValueError, match="end of input"):
        chart_svg({**told, "transform": [{**bad, "as": "other"}]})


def test_a_picture_shows_what_a_chart_calculates_under_the_name_of_tooltips() -> None:
    words = {"mark": "text", "encoding": {"text": {"field": TOOLTIP_COLUMN, "type": "nominal"}}}
    own = {
        "data": {"values": [{"a": 7}]},
        "transform": [{"calculate": "'seven ' + datum.a", "as": TOOLTIP_COLUMN}],
        "layer": [words],
    }
    assert "seven 7" in chart_svg(own)


@pytest.mark.parametrize(
    ("names", "limit"), [((), 0), (("Ana", "Bia"), 0), (("Ana", "W" * 40), 130)]
)
def test_names_are_cut_only_where_one_is_too_long(names: tuple[str, ...], limit: int) -> None:
    assert names_axis(names, 130).to_dict()["labelLimit"] == limit
