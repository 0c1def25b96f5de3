"""Executed notebooks: reading and writing .ipynb files, and finding outputs of one kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from smartinst.errors import InputError


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook of format 4; InputError for a file that is none."""
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        return notebook
    except (OSError, ValueError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"{path.name}: expected a notebook (.ipynb), found none: {reason}"
        ) from error


def write_notebook(notebook: nbformat.NotebookNode, path: Path) -> None:
    """The notebook as a file."""
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def bundles(path: Path) -> Iterator[dict[str, Any]]:
    """What each output of a notebook carries by MIME type, in the order of its cells."""
    for cell in read_notebook(path).cells:
        yield from (output["data"] for output in cell.get("outputs", []) if "data" in output)


def outputs(path: Path, kind: str) -> Iterator[Any]:
    """What a notebook's outputs carry under one MIME type, in the order of its cells."""
    yield from (data[kind] for data in bundles(path) if kind in data)
