"""The cells of a notebook: their names in messages, the early end, the language.

All functions take cells as JSON objects or as nodes of nbformat.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

Cell = Mapping[str, Any]

_EXIT_CODES: Final = ("", "0", "None", "False")
"""Texts of a SystemExit that Python counts as success."""

_LANGUAGES: Final = {"ir": "R", "julia": "Julia"}
"""Languages of kernels that older programs save without their language."""


PAGE_ONLY: Final = "page-only"
"""Tag of cells for the offline page and the workbook: the PDF leaves them out."""


def has_tag(cell: Cell, tag: str) -> bool:
    """Whether a cell has a tag."""
    return tag in cell["metadata"].get("tags", ())


def cell_name(cell: Cell, position: int) -> str:
    """The name of a cell in messages, with its number as JupyterLab shows it: `cell [3]`.

    A cell that was not executed has no number; its position in the notebook is given instead.
    """
    if number := cell.get("execution_count"):
        return f"cell [{number}]"
    return f"cell [ ] at position {position}"


def cell_errors(cell: Cell) -> list[Mapping[str, Any]]:
    """The errors of a cell for which a report fails.

    A successful exit is no error, and a cell with the tag `raises-exception` may fail.
    """
    if has_tag(cell, "raises-exception"):
        return []
    return [
        output
        for output in cell.get("outputs", ())
        if output.get("output_type") == "error" and not is_successful_exit(output)
    ]


def is_successful_exit(output: Mapping[str, Any]) -> bool:
    """Whether an output is that of `sys.exit(0)`, which ends a notebook early."""
    return (
        output.get("output_type") == "error"
        and output.get("ename") == "SystemExit"
        and output.get("evalue") in _EXIT_CODES
    )


def cells_until_exit(cells: Sequence[Any]) -> list[Any]:
    """The cells through the one that ended the notebook early; all of them if none did."""
    for index, cell in enumerate(cells):
        if not has_tag(cell, "raises-exception") and any(
            map(is_successful_exit, cell.get("outputs", ()))
        ):
            return list(cells[: index + 1])
    return list(cells)


def foreign_language(notebook: Mapping[str, Any]) -> str:
    """The language of a notebook, if it is not Python; empty for Python or without a language."""
    kernel, info = (
        value if isinstance(value := notebook["metadata"].get(key), dict) else {}
        for key in ("kernelspec", "language_info")
    )
    kernel_language = _LANGUAGES.get(str(kernel.get("name")).partition("-")[0], "")
    language = str(kernel.get("language") or info.get("name") or kernel_language)
    return "" if re.match("i?python", language, re.IGNORECASE) else language
