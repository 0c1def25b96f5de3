"""A chart's SVG becomes operators of PDF, if it has only what Vega writes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from smartinst.drawing.pdf.chart_reader import read_chart
from smartinst.drawing.pdf.operands import operand, transformation
from smartinst.drawing.pdf.operations import ChartContent, Layer, TextLine
from smartinst.drawing.pdf.paths import path_operators

GROUP = '<g clip-path="url(#c)"><path d="M0,0h9v9Z" fill="#e9730c"/></g>'
CLIP = '<defs><clipPath id="c"><rect x="1" y="2" width="3" height="4"/></clipPath></defs>'


def image(
    content: str, size: str = 'width="30" height="20" viewBox="0 0 30 20"'
) -> ElementTree.Element:
    return ElementTree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{content}</svg>')


def content(inner: str) -> ChartContent:
    chart = read_chart(image(inner))
    assert chart is not None
    return chart


def operators(inner: str) -> list[str]:
    return [operation for operation in content(inner).operations if isinstance(operation, str)]


@pytest.mark.parametrize(
    ("data", "operators_of_path"),
    [
        ("M1,2L3,4", "1 2 m 3 4 l"),
        ("M3.25,75h58.5v-1H0V1Z", "3.25 75 m 61.75 75 l 61.75 74 l 0 74 l 0 1 l h"),
        ("M1,1l2,3M4,4l-1,0", "1 1 m 3 4 l 4 4 m 3 4 l"),
        ("M1,1h2Zl1,1", "1 1 m 3 1 l h 2 2 l"),
        ("M0,0C1,2,3,4,5,6", "0 0 m 1 2 3 4 5 6 c"),
        ("M0,0Q3,0,3,3", "0 0 m 2 0 3 1 3 3 c"),
        ("M0,0L1,0,2,0", "0 0 m 1 0 l 2 0 l"),
        ("", ""),
        ("M0,-1e-17L1e1,0", "0 0 m 10 0 l"),
        ("M1,0A1,1,0,0,1,0,1", "1 0 m 1 0.5523 0.5523 1 0 1 c"),
        ("M1,0A1,1,0,0,0,0,1", "1 0 m 0.4477 0 0 0.4477 0 1 c"),
        ("M1,0A1,1,0,1,1,-1,0", "1 0 m 1 0.5523 0.5523 1 0 1 c -0.5523 1 -1 0.5523 -1 0 c"),
    ],
)
def test_path_data_become_path_operators(data: str, operators_of_path: str) -> None:
    assert path_operators(data) == operators_of_path


@pytest.mark.parametrize(
    "data",
    [
        *("L1,1", "M1", "M1,2,3,4", "M0,0L1", "M0,0S1,1,2,2", "M0,0c1,1,2,2,3,3", "MNaN,0", "x"),
        *("M0,0A2,1,0,0,1,1,1", "M0,0A1,1,0,2,1,1,1", "M0,0L1e9,0", "M0,,0", "M0,0Z1"),
    ],
)
def test_other_path_data_are_refused(data: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        path_operators(data)


def test_transformations_apply_from_right_to_left() -> None:
    a, b, c, d, e, f = transformation("translate(10,20) rotate(90) scale(2)")
    assert [round(value, 9) for value in (a, b, c, d, e, f)] == [0, 2, -2, 0, 10, 20]


@pytest.mark.parametrize("transform", ["rotate(9 1 1)", "matrix(1 0 0 1 0 0)", "skewX(3)", "x"])
def test_other_transformations_are_refused(transform: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        transformation(transform)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (-0.00001, "0"), (3.0, "3"), (1e-9, "0"), (12345.67891, "12345.6789")],
)
def test_operands_have_four_decimals_and_no_exponent(value: float, text: str) -> None:
    assert operand(value) == text


def test_a_shape_is_filled_and_stroked_and_parameters_are_set_once() -> None:
    shape = '<path fill="rgb(255, 0, 0)" stroke="#fff" stroke-width="0.5" d="M0,0h1v1Z"/>'
    once, again = operators(shape), operators(shape + shape)
    assert once == [
        *("1 0 0 rg", "1 1 1 RG", "0.5 w", "0 J", "0 j", "4 M", "[] 0 d"),
        "0 0 m 1 0 l 1 1 l h B",
    ]
    assert again == [*once, once[-1]]


def test_a_clip_path_applies_to_its_group_only() -> None:
    assert operators(CLIP + GROUP)[:2] == ["q", "1 2 3 4 re W n"]
    assert operators(CLIP + GROUP)[-1] == "Q"


def test_an_area_with_an_outline_and_an_opacity_is_a_layer() -> None:
    shape = '<path fill="red" stroke="black" opacity="0.5" d="M0,0h1v1Z"/>'
    (layer,) = [part for part in content(shape).operations if isinstance(part, Layer)]
    assert layer.opacity == 0.5
    assert "0 0 m 1 0 l 1 1 l h B" in layer.operations


def test_dashes_of_an_odd_number_repeat() -> None:
    line = '<line x2="9" stroke="red" stroke-dasharray="4,2,1" stroke-dashoffset="1"/>'
    assert "[4 2 1 4 2 1] 1 d" in operators(line)


def test_lines_of_text_keep_anchor_weight_and_place() -> None:
    lines = (
        '<text text-anchor="end" font-size="10px" font-weight="bold" fill="#000" '
        'transform="translate(5,7)"><tspan>Um</tspan><tspan x="0" dy="12">Dois</tspan></text>'
    )
    first, second = (part for part in content(lines).operations if isinstance(part, TextLine))
    assert (first.text, first.weight, first.size, first.anchor) == ("Um", 700, 10, 1)
    assert first.matrix == (1, 0, 0, -1, 5, 7)
    assert (second.text, second.matrix) == ("Dois", (1, 0, 0, -1, 5, 19))


@pytest.mark.parametrize(
    "inner",
    [
        '<path d="M0,0h1" stroke="url(#gradient)"/>',
        '<linearGradient id="g"/>',
        '<image href="data:image/png;base64,"/>',
        '<circle r="3"/>',
        '<path d="M0,0h1" style="fill:red"/>',
        '<path d="M0,0h1" filter="url(#f)"/>',
        '<path d="M0,0h1" fill-rule="evenodd"/>',
        '<path d="M0,0h1" fill="currentColor"/>',
        '<path d="M0,0h1" clip-path="url(#missing)"/>',
        '<path d="M0,0h1" opacity="50%"/>',
        '<path d="M0,0h1" stroke="red" stroke-linecap="inherit"/>',
        '<path d="M0,0h1" stroke="red" stroke-width="1em"/>',
        "<g>text</g>",
        "<g/>text",
        '<rect width="9" height="9" rx="2"/>',
        "<text>two  spaces</text>",
        "<text> a space</text>",
        "<text>שלום</text>",
        "<text>a\u0301\u0328</text>",
        '<text font-style="italic">a</text>',
        '<text font-weight="bolder">a</text>',
        '<text stroke="red">a</text>',
        '<text letter-spacing="2">a</text>',
        "<text>a<tspan>b</tspan></text>",
        '<text><tspan>a</tspan><tspan dy="9">b</tspan></text>',
        '<text><tspan fill="red">a</tspan></text>',
        '<svg width="3" height="3" viewBox="0 0 3 3"/>',
        '<use href="#a"/>',
    ],
)
def test_an_image_with_anything_else_is_refused(inner: str) -> None:
    assert read_chart(image(inner)) is None


@pytest.mark.parametrize(
    "size",
    [
        'width="30" height="20"',
        'width="30" height="20" viewBox="0 0 60 40"',
        'width="30" height="20" viewBox="5 0 30 20"',
        'width="0" height="0" viewBox="0 0 0 0"',
        'width="30" height="20" viewBox="0 0 30 20" opacity="0.5"',
    ],
)
def test_an_image_of_another_size_than_its_view_box_is_refused(size: str) -> None:
    assert read_chart(image('<path d="M0,0h1"/>', size)) is None
