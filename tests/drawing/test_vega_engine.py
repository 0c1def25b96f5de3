"""V8 draws the pictures of vl-convert, and leaves to it what it does not draw."""

from __future__ import annotations

from typing import Any, Final

import pytest
import vl_convert

from smartinst.drawing.vega.engine import ENGINE

BAR: Final[dict[str, Any]] = {
    "data": {"values": [{"a": 1, "b": "ação"}, {"a": 3, "b": "日 ▯ 😀"}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "a", "type": "quantitative"},
        "y": {"field": "b", "type": "nominal"},
    },
    "config": {"font": "Inter"},
}


def test_a_spec_becomes_the_vega_of_vl_convert() -> None:
    assert ENGINE.vega(BAR) == vl_convert.vegalite_to_vega(BAR)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"encoding": {}}, "Invalid specification"),
        ({**BAR, "data": {"url": "https://example.com/sales.csv"}}, "not allowed"),
        ({**BAR, "transform": [{"calculate": "datum.a +", "as": "c"}]}, "end of input"),
    ],
    ids=["no chart", "data elsewhere", "half an expression"],
)
def test_a_spec_that_cannot_be_drawn_is_refused(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ENGINE.svg(spec)
