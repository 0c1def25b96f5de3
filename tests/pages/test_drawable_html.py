"""HTML of other libraries: what can be drawn stays in its place, the rest leaves a sentence."""

from __future__ import annotations

import pytest

from smartinst.pages.markup.drawable_html import drawable_html
from smartinst.pages.markup.formulas import latex_picture
from smartinst.pages.markup.html_tables import html_tables, narrow_tables, shorten_tables
from smartinst.pages.markup.undrawn import UndrawnContent, sentence, translator
from tests.pages.test_markdown import PNG

SVG = '<svg viewBox="0 0 9 9" width="9"><title>A square</title><rect width="9" height="9"/></svg>'


def render(html: str, locale: str = "en") -> tuple[str, list[str]]:
    undrawn = UndrawnContent(translator(locale), "cell [2]")
    return drawable_html(html, undrawn), undrawn.places


@pytest.mark.parametrize(
    ("html", "kind", "place"),
    [
        ('<iframe src="https://maps.example/a?b"></iframe>', "frame", "maps.example"),
        ('<video controls src="a.mp4"></video>', "video", ""),
        ("<audio></audio>", "audio", ""),
        ('<object data="x.pdf"></object>', "document", ""),
        ('<div id="vis"></div><script>draw()</script>', "script", ""),
        ("<script>document.write('x')</script>", "script", ""),
        ('<canvas id="c"></canvas>', "script", ""),
    ],
)
def test_content_that_cannot_be_drawn_is_a_sentence_in_its_place(
    html: str, kind: str, place: str
) -> None:
    result, places = render(f"<p>before</p>{html}<p>after</p>" if "write" not in html else html)
    text = sentence(kind, translator("en"))
    if "write" not in html:
        assert result.index("before") < result.index(text) < result.index("after")
    assert f'<p class="undrawn">{text}</p>' in result
    assert len(places) == 1
    assert place in places[0]


def test_the_sentence_is_in_the_language_of_the_reader() -> None:
    result, places = render("<video></video>", "pt-BR")
    assert "Falta aqui um vídeo" in result
    assert places == ["cell [2]: a video"]


@pytest.mark.parametrize(
    "html",
    [
        "<style>p { color: red }</style>",
        "<!-- a comment -->",
        '<div id="x"></div>',
        "<p hidden>secret</p>",
        '<div style="display: none">secret</div>',
        '<script type="application/json">{"secret": 1}</script>',
        '<svg style="width:0"><defs><symbol id="icon"><path d="M0 0h9"/></symbol></defs></svg>',
    ],
)
def test_html_that_displays_nothing_leaves_nothing(html: str) -> None:
    assert render(html) == ("", [])


def test_texts_of_unknown_blocks_stay_apart() -> None:
    assert render("<section>Paid</section><center>Late</center>")[0] == (
        "<div>Paid</div><div>Late</div>"
    )


def test_hidden_elements_are_not_published() -> None:
    assert render('<p>a</p><p style="visibility:hidden">secret</p>') == ("<p>a</p>", [])


def test_the_placeholder_of_a_map_or_table_that_needs_scripts_is_not_printed() -> None:
    folium = (
        '<div><span style="color:#565656">Make this Notebook Trusted to load map: File -> Trust '
        'Notebook</span><iframe srcdoc="&lt;html&gt;"></iframe></div>'
    )
    result, places = render(folium)
    assert "Trusted" not in result
    assert places == ["cell [2]: an embedded web page"]
    itables = (
        '<table id="t"><thead><tr><th>n</th></tr></thead><tbody><tr><td>Loading ITables v2.5 from '
        "the internet...</td></tr></tbody></table><script type='module'>draw()</script>"
    )
    result, places = render(itables)
    assert "Loading" not in result
    assert places == ["cell [2]: an output that a script draws"]


def test_drawings_and_formulas_in_html_are_pictures_with_alternatives() -> None:
    result, places = render(f"<p>a</p>{SVG}<math><mi>x</mi><mo>=</mo><mn>1</mn></math>")
    assert result.count("data:image/svg+xml;base64,") == 2
    assert 'alt="A square"' in result
    assert 'alt="x = 1"' in result
    assert places == []


def test_a_drawing_that_repeats_too_many_elements_is_a_sentence() -> None:
    groups = "".join(
        f'<g id="g{level}">' + f'<use href="#g{level - 1}"/>' * 10 + "</g>" for level in range(1, 8)
    )
    drawing = '<svg width="9"><g id="g0"><rect width="1" height="1"/></g>{}<use href="#g{}"/></svg>'
    assert len(render(drawing.format(groups, 7))[1]) == 1
    itself = '<g id="a"><rect width="1" height="1"/><use href="#a"/></g>'
    assert render(f'<svg width="9">{itself}</svg>')[1] == []


def test_stored_pictures_are_drawn_and_damaged_or_external_ones_are_named() -> None:
    result, places = render(
        f'<img src="data:image/png;base64,{PNG}" width="10" onerror="x()">'
        '<img src="data:image/png;base64,AAAA" alt="broken">'
        '<img src="chart.png" alt="the chart">'
    )
    assert result.count("<img") == 1
    assert 'alt="Picture"' in result
    assert "onerror" not in result
    assert places == [
        "cell [2]: a picture that is not stored in the notebook (broken)",
        "cell [2]: a picture that is not stored in the notebook (chart.png)",
    ]


def test_a_table_of_html_has_its_rows_and_types_in_the_workbook() -> None:
    html, _ = render(
        "<table><caption>Sales</caption><thead>"
        '<tr><th></th><th colspan="2">Amount</th></tr>'
        "<tr><th>Month</th><th>net</th><th>gross</th></tr></thead>"
        '<tbody><tr><th rowspan="2">2026-01</th><td>1.5</td><td>R$ 2</td></tr>'
        "<tr><td>-3</td><td></td></tr></tbody></table>"
    )
    (table,) = html_tables(html)
    assert table.title == "Sales"
    assert [(column.label, column.kind) for column in table.columns] == [
        ("Month", "text"),
        ("Amount · net", "number"),
        ("Amount · gross", "text"),
    ]
    assert table.rows == (("2026-01", 1.5, "R$ 2"), ("2026-01", -3, None))


def test_a_long_table_is_shortened_and_its_omitted_rows_are_counted() -> None:
    rows = "".join(f"<tr><td>{number}</td></tr>" for number in range(100))
    html, _ = render(f"<p>a</p><table><tbody>{rows}</tbody></table><p>b</p>")
    shortened, omitted = shorten_tables(html, 40)
    assert (shortened.count("<tr>"), omitted) == (40, 60)
    assert "<td>39</td>" in shortened
    assert "<td>40</td>" not in shortened
    assert shortened.endswith("<p>b</p>")
    assert shorten_tables(html, 100) == (html, 0)


def test_a_formula_that_cannot_be_drawn_does_not_change_the_next_one() -> None:
    latex_picture.cache_clear()
    picture = latex_picture("x^2")
    assert render("<math><mtext></mtext></math>after") == ("<code></code>after", [])
    latex_picture.cache_clear()
    assert latex_picture("x^2") == picture


def test_wide_tables_keep_their_first_columns_spans_included() -> None:
    wide = (
        '<table><tr><th colspan="2" rowspan="2">a</th><th colspan="3">b</th></tr>'
        "<tr><th>c</th><th>d</th><th>e</th></tr>"
        "<tr><td>1</td><td>2</td><td><table><tr><td>3</td></tr></table></td><td>4</td><td>5</td>"
        "</tr></table>"
    )
    assert narrow_tables(wide, 5) == (wide, 0)
    assert narrow_tables(wide, 3) == (
        '<table><tr><th colspan="2" rowspan="2">a</th><th colspan="1">b</th></tr>'
        "<tr><th>c</th></tr>"
        "<tr><td>1</td><td>2</td><td><table><tr><td>3</td></tr></table></td></tr></table>",
        2,
    )
