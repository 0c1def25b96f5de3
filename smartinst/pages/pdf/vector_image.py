"""Chart images on paper: operators of PDF, which WeasyPrint places as one object.

What Vega writes is drawn here, in the fonts of the page; vl-convert converts any other SVG to PDF.
WeasyPrint's own SVG renderer takes many times the CPU for the same image.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pikepdf
import vl_convert

from smartinst.drawing.converter import register_fonts
from smartinst.drawing.pdf.chart_reader import read_chart
from smartinst.drawing.pdf.operations import (
    RESTORE,
    SAVE,
    ChartContent,
    Layer,
    Opacity,
    Operation,
    TextLine,
    Transformation,
)
from smartinst.drawing.svg.prepared import PreparedSvg
from smartinst.pages.pdf.page_fonts import PageFonts

Objects = dict[tuple[int, int], bytes]
"""Objects copied so far: number in the source → reference in the target."""

Bounds = tuple[float, float, float, float]
"""Left, top, width and height in a stream's coordinates."""


class ChartImage:
    """A chart as an image for WeasyPrint, whose interface the methods implement."""

    def __init__(self, content: ChartContent, fonts: PageFonts) -> None:
        self.content = content
        self.fonts = fonts

    def get_intrinsic_size(
        self, _resolution: float, _font_size: float
    ) -> tuple[float, float, float]:
        """Width and height in CSS pixels, and their ratio."""
        width, height = self.content.width, self.content.height
        return width, height, width / height

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draws the chart on a page.

        It is drawn in the page's coordinates, as programs that extract text expect.
        """
        from weasyprint.matrix import Matrix

        page_matrix = stream.ctm
        matrix = Matrix(a=width / self.content.width, d=height / self.content.height) @ page_matrix
        left, top = matrix.transform_point(0, 0)
        right, bottom = matrix.transform_point(self.content.width, self.content.height)
        bounds = (left, bottom, right - left, top - bottom)
        group = stream.add_group(*bounds)
        group.transform(*matrix.values)
        self._draw(group, self.content.operations, bounds)
        stream.transform(*page_matrix.invert.values)
        stream.draw_x_object(group.id)

    def _draw(self, stream: Any, operations: Iterable[Operation], bounds: Bounds) -> None:
        """Writes operations to a stream; a layer is limited to `bounds`."""
        for operation in operations:
            if operation == SAVE:
                stream.push_state()
            elif operation == RESTORE:
                stream.pop_state()
            elif isinstance(operation, str):
                stream.stream.append(operation.encode())
            elif isinstance(operation, Transformation):
                stream.transform(*operation.matrix)
            elif isinstance(operation, TextLine):
                stream.stream.append(self.fonts.text_operators(stream, operation))
            elif isinstance(operation, Opacity):
                stream.set_alpha(operation.value, stroke=operation.is_stroke)
            else:
                self._draw_layer(stream, operation, bounds)

    def _draw_layer(self, stream: Any, layer: Layer, bounds: Bounds) -> None:
        matrix = stream.ctm
        stream.push_state()
        stream.transform(*matrix.invert.values)
        group = stream.add_group(*bounds)
        group.transform(*matrix.values)
        self._draw(group, layer.operations, bounds)
        stream.draw_x_object(group.id)
        stream.pop_state()


class VectorImage:
    """An SVG of any program as an image for WeasyPrint, whose interface the methods implement.

    ValueError or RuntimeError if it is not an SVG that can be converted.
    """

    def __init__(self, svg: str) -> None:
        register_fonts()
        self._source = pikepdf.open(BytesIO(vl_convert.svg_to_pdf(svg)))
        self.page = self._source.pages[0]
        self.width, self.height = (float(length) for length in list(self.page.mediabox)[2:])
        self.groups: list[Any] = []

    def get_intrinsic_size(
        self, _resolution: float, _font_size: float
    ) -> tuple[float, float, float]:
        """Width and height in CSS pixels, and their ratio."""
        return self.width, self.height, self.width / self.height

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Places the image on a page, whose y axis points up; `embed_images` adds its content.

        It is drawn in the page's coordinates, as `ChartImage` is.
        """
        from weasyprint.matrix import Matrix

        page_matrix = stream.ctm
        matrix = Matrix(a=width / self.width, d=-height / self.height, f=height) @ page_matrix
        x_scale, _, _, y_scale, x, y = matrix.values
        group = stream.add_group(x, y, self.width * x_scale, self.height * y_scale)
        del group.extra["Resources"]
        stream.transform(*page_matrix.invert.values)
        stream.draw_x_object(group.id)
        self.groups.append((group, " ".join(f"{value:.5f}" for value in matrix.values) + " cm"))


SheetImage = ChartImage | VectorImage


def drawing_of(image: PreparedSvg) -> ChartContent | VectorImage:
    """The drawing of an SVG: a chart's if it has only what Vega writes.

    ValueError or RuntimeError if it is not an SVG that can be converted.
    """
    chart = None if image.root is None else read_chart(image.root)
    return chart or VectorImage(image.svg)


def sheet_image(drawing: ChartContent | VectorImage, fonts: PageFonts) -> SheetImage:
    """A drawing as an image of a sheet with these fonts."""
    return drawing if isinstance(drawing, VectorImage) else ChartImage(drawing, fonts)


def embed_images(images: Iterable[SheetImage], pdf: Any) -> None:
    """Adds the content of converted images to `pdf`, WeasyPrint's unfinished document."""
    for image in images:
        if isinstance(image, ChartImage):
            continue
        objects: Objects = {}
        resources = _copy(image.page.Resources, pdf, objects)
        for group, matrix in image.groups:
            group.stream = [matrix, image.page.Contents.read_bytes()]
            group.extra["Resources"] = resources


def _copy(value: Any, pdf: Any, objects: Objects) -> Any:
    """A value of one PDF for the writer of another; an indirect object is copied once."""
    if not isinstance(value, pikepdf.Stream | pikepdf.Dictionary) or not value.is_indirect:
        return _convert(value, pdf, objects)
    if value.objgen not in objects:
        copy = _convert(value, pdf, objects)
        pdf.add_object(copy)
        objects[value.objgen] = copy.reference
    return objects[value.objgen]


def _convert(value: Any, pdf: Any, objects: Objects) -> Any:
    """A pikepdf value as pydyf's object, or as its PDF syntax."""
    import pydyf

    if isinstance(value, pikepdf.Stream):
        extra = {
            name[1:]: _copy(item, pdf, objects) for name, item in value.items() if name != "/Length"
        }
        return pydyf.Stream([value.read_raw_bytes()], extra)
    if isinstance(value, pikepdf.Dictionary):
        return pydyf.Dictionary(
            {name[1:]: _copy(item, pdf, objects) for name, item in value.items()}
        )
    syntax = pikepdf.Array([value]).unparse()[1:-1].strip()
    if isinstance(value, pikepdf.Array) and b" R" in syntax:
        return pydyf.Array([_copy(item, pdf, objects) for item in value])
    return syntax
