"""The cells of a notebook: their names in messages, their errors, the early end, the language.

All functions take cells as JSON objects or as nodes of nbformat.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from smartinst import errors

Cell = Mapping[str, Any]

_EXIT_CODES: Final = ("", "0", "None", "False")
"""Texts of a SystemExit that Python counts as success."""

_COLOR_CODES: Final = re.compile(r"\x1b\[[0-9;]*m")
_FILE_OF_CELL: Final = re.compile(r"\((?:<[^>]*>|\d+\.py), line (\d+)\)")
_SYNTAX_ERRORS: Final = ("SyntaxError", "IndentationError", "TabError")
_LONGEST_ERROR: Final = 300
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


def error_text(error: Mapping[str, Any]) -> str:
    """The error of a cell in one line: `ZeroDivisionError: division by zero`."""
    text = _COLOR_CODES.sub("", f"{error.get('ename')}: {error.get('evalue')}")
    line = text.strip(": \n").partition("\n")[0].strip()
    line = _FILE_OF_CELL.sub(r"(line \1)", line)
    return line if len(line) <= _LONGEST_ERROR else f"{line[:_LONGEST_ERROR]}…"


def error_name(error: Mapping[str, Any]) -> str:
    """The error of a cell for messages and mails: its type, without a text that may name a buyer.

    The texts of smartinst's own errors name places only, so they are included; of an error in the
    syntax, the line is.
    """
    name = str(error.get("ename"))
    is_own = isinstance(getattr(errors, name, None), type)
    if is_own:
        return error_text(error)
    place = _FILE_OF_CELL.search(str(error.get("evalue"))) if name in _SYNTAX_ERRORS else None
    line = f" (line {place[1]})" if place else ""
    return error_text({"ename": f"{name}{line}", "evalue": ""})


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
