"""Installs and updates copies of the shipped dashboards in a workspace.

A copy's metadata contain the hash of the installed notebook; running and saving it is no change.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from typing import Any, Final

from smartinst.dashboard.templating import render_html
from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages.reading.notebook_file import read_notebook, write_notebook

START: Final = "how-to-start"
"""Id and tag of the cell with the start button, which only JupyterLab displays."""

_METADATA_KEY: Final = "smartinst"
_MENU: Final = "**Run → Run All Cells**"


def install_copy(shipped: Path, target: Path, locale: Locale) -> str:
    """Installs a copy, or updates one that the user has not changed.

    Returns a message for the user; empty if the copy is up to date.
    """
    if not target.exists():
        _write_copy(shipped, target, locale)
        return f"{target} is a copy of the shipped dashboard; you can change it"
    copy, shipped_hash = _read_copy(target), notebook_hash(read_notebook(shipped))
    if copy is not None and shipped_hash in (installed_hash(copy), notebook_hash(copy)):
        return ""
    if not is_changed(target):
        _write_copy(shipped, target, locale)
        return f"{target} was updated: the shipped dashboard is newer"
    has_hash = copy is not None and installed_hash(copy)
    advice = "; to get the newer shipped dashboard, remove the copy" if has_hash else ""
    return f"{target} was changed and is kept{advice}"


def is_changed(path: Path) -> bool:
    """Whether a copy differs from the installed notebook, or has lost its metadata."""
    copy = _read_copy(path)
    if copy is None or notebook_hash(copy) != installed_hash(copy):
        return True
    source = copy.metadata[_METADATA_KEY].get("start")
    start_cells = [
        (cell.source, cell.metadata.get("tags", []))
        for cell in copy.cells
        if cell.get("id") == START
    ]
    return any(start_cell != (source, [START]) for start_cell in start_cells)


def installed_hash(copy: Any) -> str:
    """The hash of the notebook that was installed; empty if the metadata were removed."""
    return str(copy.metadata.get(_METADATA_KEY, {}).get("laid", ""))


def notebook_hash(notebook: Any) -> str:
    """A hash of the cells' sources and tags, without outputs and the start cell."""
    cells = [
        (cell.cell_type, cell.source, sorted(cell.metadata.get("tags", ())))
        for cell in notebook.cells
        if cell.get("id") != START
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _read_copy(path: Path) -> Any:
    """A copy; None if it is not a notebook."""
    try:
        return read_notebook(path)
    except ReportError:
        return None


def _write_copy(shipped: Path, target: Path, locale: Locale) -> None:
    notebook, start_cell = read_notebook(shipped), _start_cell(locale)
    notebook.metadata[_METADATA_KEY] = {
        "laid": notebook_hash(notebook),
        "start": start_cell.source,
    }
    notebook.cells.insert(0, start_cell)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_notebook(notebook, target)
    except OSError as error:
        raise ReportError(f"{target} cannot be written: {error.strerror or error}") from error
    _trust(target)


def _start_cell(locale: Locale) -> Any:
    """A cell with a button that runs the notebook, and the menu command that does the same."""
    import nbformat

    source = render_html("start_cell", locale, menu=_MENU)
    return nbformat.v4.new_markdown_cell(source, id=START, metadata={"tags": [START]})


def _trust(path: Path) -> None:
    """Signs a copy as `jupyter trust` does, so that its button works without a question."""
    from nbformat.sign import NotebookNotary

    try:
        NotebookNotary().sign(read_notebook(path))
    except OSError as error:  # Jupyter's folder is not writable: the button asks first
        logging.getLogger(__name__).info("%s is not signed: %s", path, error)
