"""Chart images on paper: vl-convert converts SVG to PDF, which WeasyPrint places as one object.

WeasyPrint's own SVG renderer takes four times the CPU for the same image.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pikepdf
import vl_convert

from smartinst.drawing.converter import register_fonts

Objects = dict[tuple[int, int], bytes]
"""Objects copied so far: number in the source → reference in the target."""


class VectorImage:
    """An SVG as an image for WeasyPrint, whose interface the methods implement.

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

        It is drawn in the page's coordinates, as programs that extract text expect.
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


def embed_images(images: Iterable[VectorImage], pdf: Any) -> None:
    """Adds lines, texts and fonts of the images to `pdf`, WeasyPrint's unfinished document."""
    for image in images:
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
