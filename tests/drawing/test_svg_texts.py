"""A drawing has the texts of its SVG, in the bundled font, whatever program wrote it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import polars as pl
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from smartinst.drawing.chart_images import chart_svg, svg_to_png
from smartinst.drawing.embedded_font import embed_font
from smartinst.drawing.fonts import font_files, font_weight
from smartinst.drawing.svg.prepared import is_empty, minify_svg, undrawn_texts
from smartinst.report.book import Book
from smartinst.report.charts.catalog import CHARTS
from tests.support.executed import outputs_at, write_executed
from tests.support.svg_texts import (
    SAMPLES,
    TEXTS,
    drawing,
    letters,
    pdf_letters,
    sample,
    visible_texts,
    without_texts,
)

each_sample = pytest.mark.parametrize("name", TEXTS)
WITH_TEXTS = [name for name, texts in TEXTS.items() if texts]


def fonts_of(reader: PdfReader) -> set[str]:
    """Names of the fonts of a drawing, without the prefixes of their subsets."""
    return {str(name).partition("+")[2] for name in _font_names(reader.pages[0]["/Resources"])}


def _font_names(resources: Any) -> Iterator[str]:
    resources = resources.get_object()
    for font in (resources.get("/Font") or {}).values():
        yield font.get_object()["/BaseFont"]
    for group in (resources.get("/XObject") or {}).values():
        if "/Resources" in group.get_object():
            yield from _font_names(group.get_object()["/Resources"])


def text(attributes: str, rules: str = "") -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30">'
        f'<style>{rules}</style><text x="5" y="20" {attributes}>Hello</text></svg>'
    )


def test_every_sample_is_tested() -> None:
    assert {path.stem for path in SAMPLES.glob("*.svg")} == TEXTS.keys()


@each_sample
def test_the_pdf_has_every_text_of_the_svg(name: str) -> None:
    assert pdf_letters(sample(name)) == letters(*TEXTS[name])


@each_sample
def test_every_text_has_the_bundled_font(name: str) -> None:
    fonts = fonts_of(drawing(sample(name)))
    assert fonts <= {"Inter-Regular", "Inter-SemiBold", "Inter-Bold"}
    assert bool(fonts) == bool(TEXTS[name])


@pytest.mark.parametrize("name", WITH_TEXTS)
def test_the_picture_of_a_mail_has_the_texts(name: str) -> None:
    svg = sample(name)
    assert svg_to_png(svg, 536)[0] != svg_to_png(without_texts(svg), 536)[0]


@each_sample
def test_a_prepared_image_names_one_font_and_no_address(name: str) -> None:
    svg = minify_svg(sample(name))
    assert re.findall(r"font-family[=:]\s*\W?([\w ]+)", svg) == [
        "Inter"
    ]  # and any sans-serif without it
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)
    assert not re.search(r"https?:|file:|javascript:|@import|@font-face", without_namespaces)
    assert "<style" not in svg
    root = ET.fromstring(svg)
    assert all(root.get(attribute) for attribute in ("width", "height", "viewBox"))


@each_sample
def test_preparing_an_image_twice_changes_nothing(name: str) -> None:
    assert minify_svg(minify_svg(sample(name))) == minify_svg(sample(name))


@each_sample
def test_no_sample_counts_as_empty(name: str) -> None:
    assert not is_empty(sample(name))


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'font-family="Arial"',
        'font-family="&quot;Times New Roman&quot;, serif"',
        'font-family="DejaVu Sans"',
        'font-family="sans-serif"',
        'font-family="monospace" font-stretch="condensed"',
        'font-family="INTER"',
        'font-family="inherit"',
        'font="italic 12px Verdana"',
        "style=\"font-family: 'Open Sans', Arial\"",
        'style="font-family: !important; x"',
        'style="font: italic 1.2rem/1.5 Georgia"',
        'style="font: menu"',
        'style="font-family: var(--nothing)"',
    ],
)
def test_a_text_is_drawn_in_the_bundled_font_whichever_it_names(attributes: str) -> None:
    reader = drawing(text(attributes))
    assert reader.pages[0].extract_text() == "Hello"
    assert fonts_of(reader) == {"Inter-Regular"}


@pytest.mark.parametrize(
    ("attributes", "rules", "font"),
    [
        ('font-weight="900"', "", "Inter-Bold"),
        ('font-weight="100"', "", "Inter-Regular"),
        ('style="font: bold 12px Arial"', "", "Inter-Bold"),
        ('font-weight="400"', "text { font: 600 12px serif }", "Inter-SemiBold"),
        ('style="font-weight: 400"', "* { font-weight: 700 !important }", "Inter-Bold"),
        ('class="a b"', ".a { font-weight: 400 } text.a.b { font-weight: 700 }", "Inter-Bold"),
        ('class="a"', "/* c */ svg > text:not(.b) { font-weight: 700 }", "Inter-Bold"),
        ("", "text::before, { font-weight: 400 } text { font-weight: 700 }", "Inter-Bold"),
        ("", "@media print { text { font-weight: 700 } }", "Inter-Regular"),
    ],
)
def test_a_weight_is_the_nearest_of_the_bundle(attributes: str, rules: str, font: str) -> None:
    assert fonts_of(drawing(text(attributes, rules))) == {font}


@pytest.mark.parametrize(
    "attributes", ['style="display:none"', 'style="opacity: 0"', 'style="visibility: hidden"']
)
def test_a_hidden_text_is_not_drawn(attributes: str) -> None:
    assert pdf_letters(text(attributes)) == ""


@pytest.mark.parametrize(
    "prefix",
    [
        "\ufeff",
        "\n ",
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        '\ufeff<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE svg>',
        "<!DOCTYPE html><p>",
    ],
)
def test_what_precedes_the_svg_element_is_ignored(prefix: str) -> None:
    assert pdf_letters(prefix + text("").replace("Hello", "ação")) == "ação"


@pytest.mark.parametrize(
    ("svg", "expected"),
    [
        (text("").removesuffix("xt></svg>"), "Hello"),
        (text("").replace(' xmlns="http://www.w3.org/2000/svg"', ""), "Hello"),
        (text('class="\x01&#1;"').replace("Hello", "H\ud800i\x00"), "Hi"),
        (text("").replace("Hello", "A<!-- x -->B<title>t</title>C &copy;"), "ABC©"),
        (
            text("").replace("<", "<s:").replace("<s:/", "</s:").replace("xmlns=", "xmlns:s="),
            "Hello",
        ),
    ],
    ids=["truncated", "without namespace", "control characters", "HTML entity", "prefix"],
)
def test_malformed_svg_is_drawn_as_a_browser_reads_it(svg: str, expected: str) -> None:
    assert pdf_letters(svg) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ('width="100" height="50"', (100, 50)),
        ('width="100%" height="100%" viewBox="0 0 80 40"', (80, 40)),
        ('width="75pt" height="1in"', (100, 96)),
        ('width="2.54cm" height="25.4mm"', (96, 96)),
        ('width="10em" height="2em"', (160, 32)),
        ('width="50" viewBox="0,0,200 100"', (50, 25)),
        ('width="0" height="-4" viewBox="0 0 0 9"', (63, 83)),
        ('width="auto"', (63, 83)),
    ],
)
def test_a_size_follows_from_what_is_declared_or_drawn(
    size: str, expected: tuple[int, int]
) -> None:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect x="3" y="3" width="60" height="80"/>'
        "</svg>"
    )
    box = drawing(svg).pages[0].mediabox
    assert (round(box.width), round(box.height)) == expected
    assert svg_to_png(svg, 90)[1] == min(90, expected[0])


def test_a_tall_picture_of_a_mail_is_limited() -> None:
    png, width = svg_to_png(text("").replace('height="30"', 'height="90000"'), 536)
    assert width == 9
    assert len(png) < 50_000


@pytest.mark.parametrize(
    "size",
    [
        'width="1e30" height="1e30"',
        'width="1e-9" height="5"',
        'width="5" height="1e-9"',
        'width="1e9" height="2"',
        'viewBox="0 0 1e-20 1e20"',
        'viewBox="0 0 1e-8 1e8"',
        'viewBox="1e300 0 5 5"',
        'width="300" height="5" viewBox="0 0 1e8 1"',
        'width="nan" viewBox="0 0 nan inf"',
    ],
)
def test_an_extreme_size_is_limited(size: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="9" height="9"/></svg>'
    box = drawing(svg).pages[0].mediabox
    assert 1 <= min(box.width, box.height) <= max(box.width, box.height) <= 20_000
    assert len(svg_to_png(svg, 536)[0]) < 500_000


def test_texts_that_cannot_be_drawn_are_named() -> None:
    assert undrawn_texts(sample("formula")) == ("x2", "typed", "nowhere")
    assert {undrawn_texts(sample(name)) for name in TEXTS if name != "formula"} == {()}


@pytest.mark.parametrize(
    "svg",
    [
        text('style="fill: var(--a0)"', _bomb)
        for _bomb in (
            "*{" + "".join(f"--a{i}: {f'var(--a{i + 1}) ' * 30};" for i in range(20)) + "}",
            "*{--a0: var(--a0)}",
        )
    ],
    ids=["multiplying", "circular"],
)
def test_variables_that_multiply_or_contain_themselves_are_dropped(svg: str) -> None:
    assert pdf_letters(svg) == "Hello"


def test_an_image_that_is_too_deep_is_not_drawn() -> None:
    svg = text("").replace("<text", "<g>" * 5000 + "<text").replace("</svg>", "</g>" * 5000)
    assert minify_svg(svg) == ""
    assert is_empty(svg)


@pytest.fixture(scope="module")
def charts(hostile_book: Book, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The charts of the shipped book, with names in many scripts."""
    path = write_executed(tmp_path_factory.mktemp("charts") / "book.ipynb", hostile_book)
    return ["".join(svg) for svg in outputs_at(path, "image/svg+xml")]


def test_every_chart_of_the_book_keeps_its_texts(charts: list[str]) -> None:
    assert len(charts) >= len(CHARTS)
    for svg in charts:
        assert pdf_letters(svg) == letters(*visible_texts(svg))
        assert fonts_of(drawing(svg)) <= {"Inter-Regular", "Inter-SemiBold", "Inter-Bold"}
        assert svg_to_png(svg, 536)[0] != svg_to_png(without_texts(svg), 536)[0]


def altair_chart(font: str) -> str:
    rows = pl.DataFrame({"font": ["A long name of a buyer", "Bia"], "b": [3, 5]})
    chart = (
        alt.Chart(rows, title=alt.Title("Two buyers", font=font))
        .mark_bar()
        .encode(x="b:Q", y=alt.Y("font:N", axis=alt.Axis(labelFont=font)))
    )
    return chart_svg(json.loads(chart.configure(font=font).to_json()))


@pytest.mark.parametrize("font", ["Arial", "Georgia, serif", "Roboto Slab", "sans-serif"])
def test_an_altair_chart_is_measured_and_drawn_in_the_bundled_font(font: str) -> None:
    svg = altair_chart(font)
    assert svg == altair_chart("Inter")
    assert {"A long name of a buyer", "Bia", "Two buyers"} <= set(visible_texts(svg))
    assert pdf_letters(svg) == letters(*visible_texts(svg))
    assert fonts_of(drawing(svg)) <= {"Inter-Regular", "Inter-SemiBold", "Inter-Bold"}


def test_an_altair_chart_without_a_font_has_the_bundled_one() -> None:
    spec = json.loads(alt.Chart(pl.DataFrame({"a": [1]})).mark_tick().encode(x="a:Q").to_json())
    assert 'font-family="Inter"' in chart_svg(spec)
    assert 'font-family="sans-serif"' not in chart_svg(spec)


def test_a_picture_for_browsers_has_the_glyphs_of_its_texts() -> None:
    svg = embed_font(minify_svg(sample("matplotlib_text")))
    faces = re.findall(r"font-weight:(\d+);src:url\(data:font/woff;base64,([^)]+)\)", svg)
    assert [weight for weight, _ in faces] == ["400", "700"]
    for _, content in faces:
        with TTFont(BytesIO(base64.b64decode(content))) as font:
            assert {chr(code) for code in font.getBestCmap()} >= set("Revenue by month 1.0")
    assert len(svg) < 25_000
    assert pdf_letters(svg) == letters(*TEXTS["matplotlib_text"])


def test_a_picture_without_texts_has_no_font() -> None:
    svg = minify_svg(sample("matplotlib_paths"))
    assert embed_font(svg) == svg


def test_an_embedded_font_does_not_depend_on_the_time() -> None:
    svg = embed_font(minify_svg(sample("matplotlib_text")))
    encoded = svg.partition("data:font/woff;base64,")[2].partition(")")[0]
    source = next(path for path in font_files("chart-fonts") if font_weight(path) == 400)
    with TTFont(BytesIO(base64.b64decode(encoded))) as font, TTFont(source) as bundled:
        assert font["head"].modified == bundled["head"].modified
