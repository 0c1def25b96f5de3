"""Chart pictures on paper: vl-convert draws each as PDF, and WeasyPrint lays it in as one object, its text still text.

WeasyPrint's own SVG renderer takes four times the CPU for the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pikepdf
import vl_convert

from smartinst.drawing.pictures import register_fonts


class Drawing:
    """One picture, as WeasyPrint asks an image for its size and to draw itself.

    ValueError or RuntimeError where it is no SVG that can be drawn.
    """

    def __init__(self, svg: str) -> None:
        register_fonts()
        self._source = pikepdf.open(BytesIO(vl_convert.svg_to_pdf(svg)))
        self.sheet = self._source.pages[0]
        self.width, self.height = (float(one) for one in list(self.sheet.mediabox)[2:])
        self.groups: list[Any] = []

    def get_intrinsic_size(
        self, _resolution: float, _font_size: float
    ) -> tuple[float, float, float]:
        """Width and height in CSS pixels, and their ratio."""
        return self.width, self.height, self.width / self.height

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Puts the picture on a page, where up is down; what it is made of comes with `embed`.

        It is drawn in the page's own coordinates, as a reader of text that looks into objects expects.
        """
        from weasyprint.matrix import Matrix

        onto = stream.ctm
        placed = Matrix(a=width / self.width, d=-height / self.height, f=height) @ onto
        x_scale, _, _, y_scale, left, bottom = placed.values
        group = stream.add_group(left, bottom, self.width * x_scale, self.height * y_scale)
        del group.extra["Resources"]
        stream.transform(*onto.invert.values)
        stream.draw_x_object(group.id)
        self.groups.append((group, " ".join(f"{one:.5f}" for one in placed.values) + " cm"))


def embed(drawings: Iterable[Drawing], pdf: Any) -> None:
    """Fills the pictures on the pages with their lines, texts and fonts; `pdf` is WeasyPrint's, not yet written."""
    for one in drawings:
        known: dict[tuple[int, int], bytes] = {}
        resources = _copied(one.sheet.Resources, pdf, known)
        for group, placed in one.groups:
            group.stream = [placed, one.sheet.Contents.read_bytes()]
            group.extra["Resources"] = resources


def _copied(value: Any, pdf: Any, known: dict[tuple[int, int], bytes]) -> Any:
    """A value of one PDF as the writer of another takes it: an object of its own stays one, the rest is bytes."""
    if not isinstance(value, pikepdf.Stream | pikepdf.Dictionary) or not value.is_indirect:
        return _plain(value, pdf, known)
    if value.objgen not in known:
        copy = _plain(value, pdf, known)
        pdf.add_object(copy)
        known[value.objgen] = copy.reference
    return known[value.objgen]


def _plain(value: Any, pdf: Any, known: dict[tuple[int, int], bytes]) -> Any:
    import pydyf

    if isinstance(value, pikepdf.Stream):
        extra = {
            name[1:]: _copied(one, pdf, known) for name, one in value.items() if name != "/Length"
        }
        return pydyf.Stream([value.read_raw_bytes()], extra)
    if isinstance(value, pikepdf.Dictionary):
        return pydyf.Dictionary({name[1:]: _copied(one, pdf, known) for name, one in value.items()})
    written = pikepdf.Array([value]).unparse()[1:-1].strip()
    if isinstance(value, pikepdf.Array) and b" R" in written:
        return pydyf.Array([_copied(one, pdf, known) for one in value])
    return written
