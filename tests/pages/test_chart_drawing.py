"""Charts in the PDF look as vl-convert draws them, in the fonts of the page."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import page as pdfua
import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from smartinst.drawing.chart_images import chart_svg
from smartinst.drawing.pdf.chart_reader import read_chart
from smartinst.drawing.svg.prepared import prepare_svg
from smartinst.pages.pdf import vector_image
from smartinst.pages.pdf.render import render_pdf
from smartinst.report.book import Book
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at, write_executed

ROWS = [
    {"x": x, "y": y, "name": name} for x, y, name in [(1, 4, "Ação"), (2, 7, "Bônus"), (3, 2, "C")]
]
X_AND_Y = {
    "x": {"field": "x", "type": "ordinal"},
    "y": {"field": "y", "type": "quantitative"},
    "color": {"field": "name", "legend": None},
}


def layered(*marks: dict[str, Any], **channels: Any) -> dict[str, Any]:
    return {
        "data": {"values": ROWS},
        "width": 300,
        "height": 160,
        "layer": [{"mark": mark, "encoding": X_AND_Y | channels} for mark in marks],
    }


CHARTS = {
    "bars": {
        **layered(
            {"type": "bar", "cornerRadius": 5, "opacity": 0.6, "stroke": "black", "clip": True},
            {"type": "text", "angle": 30, "dy": -9, "lineBreak": "-", "text": "a-dois"},
        ),
        "title": {"text": ["Linha um", "Linha dois"], "subtitle": "Terceira", "anchor": "start"},
        "background": "#f4f6f8",
    },
    "lines": layered(
        {"type": "area", "fillOpacity": 0.3, "color": "teal", "interpolate": "monotone"},
        {"type": "line", "strokeDash": [6, 3], "strokeCap": "round", "strokeWidth": 3},
        {"type": "point", "shape": "triangle-up", "filled": True, "size": 90},
        {"type": "rule", "strokeOpacity": 0.4},
        color={"value": "rgb(10, 90, 200)"},
    ),
    "pie": {
        "data": {"values": ROWS},
        "mark": {"type": "arc", "innerRadius": 30, "stroke": "white", "padAngle": 0.02},
        "encoding": {"theta": {"field": "y"}, "color": {"field": "name"}},
    },
    "points": layered({"type": "circle", "size": 300}, {"type": "square", "opacity": 0.5}),
}


def rasters(pdf: Path) -> list[Image.Image]:
    """The pages of a PDF at 100 dpi."""
    subprocess.run(["pdftoppm", "-r", "100", pdf, pdf.with_suffix("")], check=True)
    return [Image.open(page) for page in sorted(pdf.parent.glob(f"{pdf.stem}-*.ppm"))]


def words(pdf: Path) -> list[str]:
    command = ["pdftotext", "-raw", str(pdf), "-"]
    text: str = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return text.split()


def reference_and_direct(executed: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The PDF whose charts vl-convert converts, and that whose charts are drawn here."""
    edition = edition_at(executed)
    reference, direct = executed.with_name("reference.pdf"), executed.with_name("direct.pdf")
    direct.write_bytes(render_pdf(edition, strict=True))
    with monkeypatch.context() as patch:
        patch.setattr(vector_image, "read_chart", lambda _root: None)
        reference.write_bytes(render_pdf(edition, strict=True))
    return reference, direct


def assert_looks_the_same(reference: Path, direct: Path) -> None:
    pages = list(zip(rasters(reference), rasters(direct), strict=True))
    assert pages
    for number, (left, right) in enumerate(pages, 1):
        histogram = ImageChops.difference(left, right).convert("L").histogram()
        different = sum(histogram[33:])
        assert different < 400, f"page {number}: {different} pixels differ"
        assert sum(histogram[97:]) == 0, f"page {number}: a pixel differs by more than a third"


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_looks_as_vl_convert_draws_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = {"image/svg+xml": chart_svg(CHARTS[name])}
    executed = notebook(tmp_path, bundle, markdown="## One\n\nWord.")
    reference, direct = reference_and_direct(executed, monkeypatch)
    assert_looks_the_same(reference, direct)
    assert words(direct) == words(reference)
    assert b"svg2pdf" not in direct.read_bytes()
    assert direct.stat().st_size < reference.stat().st_size
    assert pdfua.validate_pdf(str(direct), profile=pdfua.ValidationProfile.PDF_UA_1).is_compliant


def test_the_charts_of_a_report_look_the_same_and_share_the_fonts_of_the_page(
    hostile_book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed = write_executed(tmp_path / "hostile.ipynb", hostile_book)
    reference, direct = reference_and_direct(executed, monkeypatch)
    assert_looks_the_same(reference, direct)
    assert words(direct) == words(reference)
    fonts = {
        str(font["/BaseFont"])
        for page in PdfReader(direct).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert len(fonts) == 3


def test_a_gradient_is_left_to_vl_convert(tmp_path: Path) -> None:
    spec = layered({"type": "bar"}, color={"field": "y", "type": "quantitative"})
    svg = chart_svg(spec)
    assert "linearGradient" in svg
    root = prepare_svg(svg).root
    assert root is not None and read_chart(root) is None
    path = notebook(tmp_path, {"image/svg+xml": svg}, markdown="## One")
    assert render_pdf(edition_at(path), strict=True)


def test_what_is_no_svg_is_refused() -> None:
    with pytest.raises((ValueError, RuntimeError)):
        vector_image.drawing_of(prepare_svg("no image"))
