"""Tables that somebody else's cell put out as HTML: what is a head, what is a row, what is a line of types."""

from __future__ import annotations

import pytest

from smartinst.pages.reading.foreign_output import read_html

CASES = {
    "polars": (
        "<table><thead><tr><th>a</th><th>b</th></tr><tr><td>i64</td><td>str</td></tr></thead>"
        "<tbody><tr><td>1</td><td>x</td></tr></tbody></table>",
        (("a", "b"), (("1", "x"),)),
    ),
    "groups among the rows": (
        "<table><tr><th>a</th><th>b</th></tr><tr><th colspan=2>North</th></tr><tr><td>1</td><td>2</td></tr>"
        "<tr><th colspan=2>South</th></tr><tr><td>3</td><td>4</td></tr></table>",
        (("a North", "b North"), (("1", "2"), ("South", "South"), ("3", "4"))),
    ),
    "a corner": (
        "<table><thead><tr><td></td><th>2025</th><th>2026</th></tr></thead><tr><th>sold</th><td>1</td><td>2</td></tr></table>",
        (("", "2025", "2026"), (("sold", "1", "2"),)),
    ),
}


@pytest.mark.parametrize(("html", "table"), CASES.values(), ids=CASES)
def test_heads_stand_before_the_rows_and_types_nowhere(
    html: str, table: tuple[object, object]
) -> None:
    assert read_html(html) == ([table], "")
