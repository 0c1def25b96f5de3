"""The copies of the shipped dashboards in a workspace: how they start, and how they are renewed.

A copy keeps the fingerprint of what was laid in its metadata: whoever only ran and saved it has changed nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from html import escape
from pathlib import Path
from typing import Any, Final

from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages.reading.notebook_file import read_notebook, write_notebook

START: Final = "how-to-start"
"""The id, and the tag, of the cell that says how to start; it belongs to JupyterLab's screen alone."""

_OURS: Final = "smartinst"
_MENU: Final = "**Run → Run All Cells**"


def lay(shipped: Path, target: Path, locale: Locale) -> str:
    """Puts a copy where none is, or a newer one where its user changed nothing; what is to be said of it."""
    newest = fingerprint(read_notebook(shipped))
    if not target.exists():
        _write(shipped, target, newest, locale)
        return f"{target} is a copy of the shipped dashboard, yours to change"
    found = _read(target)
    if found is not None and _is_newest(found, newest):
        return ""
    if found is not None and not is_changed(target, shipped):
        _write(shipped, target, newest, locale)
        return f"{target} is renewed: the shipped dashboard is a newer one"
    is_older = found is not None and "laid" in found.metadata.get(_OURS, {})
    why = "; a newer dashboard is shipped: remove the copy to have it" if is_older else ""
    return f"{target} was changed and stays{why}"


def is_changed(copy: Path, shipped: Path) -> bool:
    """Whether a copy is another notebook than what was laid there; one without a fingerprint, than what is shipped."""
    found = _read(copy)
    if found is None:
        return True
    ours = found.metadata.get(_OURS, {})
    laid = ours.get("laid") or fingerprint(read_notebook(shipped))
    if "start" not in ours:  # laid before the start cell and the tags were looked at
        return laid not in (fingerprint(found), _untagged(found))
    starts = [
        (cell.source, cell.metadata.get("tags", []))
        for cell in found.cells
        if cell.get("id") == START
    ]
    return bool(
        fingerprint(found) != laid or any(one != (ours["start"], [START]) for one in starts)
    )


def _is_newest(found: Any, newest: str) -> bool:
    """Whether there is nothing to renew: what is shipped was laid here, or stands here below a start cell."""
    if found.metadata.get(_OURS, {}).get("laid") == newest:
        return True
    return fingerprint(found) == newest and any(cell.get("id") == START for cell in found.cells)


def _read(path: Path) -> Any:
    """A copy, null where it is no notebook any more."""
    try:
        return read_notebook(path)
    except ReportError:
        return None


def fingerprint(notebook: Any) -> str:
    """Of what the cells say and their tags, whatever they gave when they ran."""
    told = (cell for cell in notebook.cells if cell.get("id") != START)
    cells = [(cell.cell_type, cell.source, sorted(cell.metadata.get("tags", ()))) for cell in told]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _untagged(notebook: Any) -> str:
    """The fingerprint as copies once kept it: of what the cells say, without their tags."""
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells if cell.get("id") != START]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _write(shipped: Path, target: Path, fingerprint: str, locale: Locale) -> None:
    made = read_notebook(shipped)
    start = _start(locale)
    made.metadata[_OURS] = {"laid": fingerprint, "start": start.source}
    made.cells.insert(0, start)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_notebook(made, target)
    except OSError as error:
        raise ReportError(f"{target} cannot be written: {error.strerror or error}") from error
    _trust(target)


def _start(locale: Locale) -> Any:
    """A button that runs the notebook, and the same in words for whoever has no such button."""
    import nbformat

    label = escape(locale.gettext("Open the dashboard"))
    otherwise = locale.gettext(
        "or by the menu: {menu}. Nothing happens? The kernel was still starting: press again.",
        menu=_MENU,
    )
    source = (
        f'<button data-commandlinker-command="notebook:run-all-cells">{label}</button> {otherwise}'
    )
    cell = nbformat.v4.new_markdown_cell(source, id=START)  # type: ignore[no-untyped-call]
    cell.metadata["tags"] = [START]
    return cell


def _trust(path: Path) -> None:
    """As `jupyter trust` does: we wrote it, so its button needs no question."""
    from nbformat.sign import NotebookNotary

    try:
        NotebookNotary().sign(read_notebook(path))  # type: ignore[no-untyped-call]
    except OSError as error:  # Jupyter's folder cannot be written: the button asks first
        logging.getLogger(__name__).info("%s is not signed: %s", path, error)
