"""Reading and writing of notebook files (.ipynb), with the same error everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from smartinst.errors import ReportError


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook of format 4, to be executed or copied; ReportError if the file is not one."""
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        return notebook
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise _not_a_notebook(path, error) from error


def read_document(path: Path) -> dict[str, Any]:
    """The JSON document of an executed notebook; ReportError if the file is not one.

    It is not validated against the notebook schema, which takes ten times as long as reading.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(cell, dict) for cell in document["cells"]):
            raise TypeError("a cell is not an object")
        return document
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _not_a_notebook(path, error) from error


def write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Writes the notebook to a file."""
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def _not_a_notebook(path: Path, error: Exception) -> ReportError:
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return ReportError(f"{path.name}: expected a notebook (.ipynb), found none: {reason}")
