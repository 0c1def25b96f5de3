"""A situation: a small executed notebook, with what its report must and must not contain."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.notebooks import code_cell, document, text_cell

Cell = dict[str, Any]
Output = dict[str, Any]

BEFORE: Final = "Printed before the output."
AFTER: Final = "Printed after the output."
SOURCE: Final = "internal_step = 'no reader sees code'"
"""The source of each code cell."""


@dataclass(frozen=True)
class Situation:
    """One notebook, and the texts of its report; blanks between words do not count.

    visible       on page and paper, in this order
    on_page       on the page, in this order: what the bundled font lacks or paper cuts
    on_paper      in the PDF, in any order: texts in drawings
    exact         on the page, with its blanks
    absent        in no medium
    once          exactly once on page and paper
    in_workbook   in a cell
    pictures      number of bitmaps on page and paper
    inner_pictures  number of further bitmaps on paper, inside of drawings
    place         what is between BEFORE and AFTER: `filled` by a drawing or a sentence, `empty`, or
                  unchecked
    remarks       texts that do not fill the place by themselves
    undrawn       number of outputs that the gate counts; None: unchecked
    shows_markup  whether tags or codes are printed as text
    """

    name: str
    cells: tuple[Cell, ...]
    visible: tuple[str, ...] = ()
    on_page: tuple[str, ...] = ()
    on_paper: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    in_workbook: tuple[str, ...] = ()
    pictures: int = 0
    inner_pictures: int = 0
    place: str = ""
    remarks: tuple[str, ...] = ()
    undrawn: int | None = 0
    shows_markup: bool = False
    file_name: str = "notebook.ipynb"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] | None = None
    """The whole document, if it is not of format 4.4."""

    @property
    def notebook(self) -> Mapping[str, Any]:
        """The document to be saved."""
        return self.content or document(*self.cells, minor=4, **self.metadata)


def between_prints(name: str, *outputs: Output, **expected: Any) -> Situation:
    """A notebook of one cell, which prints before and after these outputs."""
    expected["visible"] = (BEFORE, *expected.get("visible", ()), AFTER)
    cell = executed(stdout(f"{BEFORE}\n"), *outputs, stdout(f"{AFTER}\n"))
    return Situation(name, (text_cell("# A report"), cell), **expected)


def visible_output(name: str, *outputs: Output, **expected: Any) -> Situation:
    """A notebook whose outputs are drawn, or replaced by a sentence in their place."""
    return between_prints(name, *outputs, place="filled", **expected)


def undrawable(name: str, *outputs: Output, **expected: Any) -> Situation:
    """A notebook with one output that a sentence replaces, and that the gate counts."""
    return between_prints(name, *outputs, place="filled", undrawn=1, **expected)


def prose(name: str, *sources: str, **expected: Any) -> Situation:
    """A notebook of Markdown cells only."""
    return Situation(name, tuple(text_cell(source) for source in sources), **expected)


def executed(*outputs: Output, tags: tuple[str, ...] = (), **metadata: Any) -> Cell:
    """An executed code cell with these outputs."""
    cell = code_cell(SOURCE, *tags, execution_count=1, outputs=list(outputs))
    return cell | {"metadata": {**cell["metadata"], **metadata}}


def stdout(text: str) -> Output:
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}


def stderr(text: str) -> Output:
    return {"output_type": "stream", "name": "stderr", "text": text.splitlines(keepends=True)}


def display(data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Output:
    """An output of `display(…)`."""
    return {"output_type": "display_data", "data": dict(data), "metadata": dict(metadata or {})}


def result(data: Mapping[str, Any]) -> Output:
    """The value of the last line of a cell."""
    return {
        "output_type": "execute_result",
        "execution_count": 1,
        "data": dict(data),
        "metadata": {},
    }


def html(text: str, plain: str = "<IPython.core.display.HTML object>") -> Output:
    """An output of HTML, saved as lines, with the repr that programs save beside it."""
    return display({"text/html": text.splitlines(keepends=True), "text/plain": [plain]})


def error(name: str, message: str, *traceback: str) -> Output:
    return {
        "output_type": "error",
        "ename": name,
        "evalue": message,
        "traceback": list(traceback),
    }


def png(red: int, green: int, blue: int) -> str:
    """A picture of 16 × 9 pixels in one color, as base64."""
    row = b"\0" + bytes((red, green, blue)) * 16
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 16, 9, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 9)),
        (b"IEND", b""),
    )
    content = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + content).decode()
