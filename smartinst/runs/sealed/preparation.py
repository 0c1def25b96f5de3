"""Prepares the folder of a run: its notebook, its settings, and the facts of its sellers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from smartinst.analytics.book.pool.other_sellers import write_pool
from smartinst.ledger.presence import open_ledger
from smartinst.ledger.view import write_view
from smartinst.pages.reading.notebook_file import encode_notebook
from smartinst.runs.definitions import notebook_path
from smartinst.runs.execution import notebook_to_execute
from smartinst.runs.measures import previous_measures
from smartinst.runs.run_request import RunRequest
from smartinst.runs.sealed.assignment import (
    ARTIFACTS,
    FILES,
    NOTEBOOK,
    SETTINGS,
    TEMPORARY,
    VIEW,
    Assignment,
)
from smartinst.settings import Settings, for_run


def prepare_run(
    request: RunRequest,
    parameters: Mapping[str, Any],
    settings: Settings,
    readable: Iterable[Path],
    folder: Path,
) -> int:
    """Writes into `folder` what a run is given; returns the number of cells.

    `parameters` are those of `checked_parameters`, `readable` those of `readable_paths`.
    SmartinstError if its data cannot be read.
    """
    notebook = notebook_path(request.definition, settings)
    for name in (ARTIFACTS, FILES, NOTEBOOK, TEMPORARY):
        (folder / name).mkdir()
    content, cell_count = _prepared_notebook(notebook, notebook.stat().st_mtime_ns)
    (folder / NOTEBOOK / notebook.name).write_bytes(content)
    _link_readable_files(readable, settings.workspace, folder / FILES)
    sellers = settings.seller if request.definition.per == "all" else (request.seller,)
    view = write_view(open_ledger(settings).root, sellers, folder / VIEW)
    if request.definition.per == "seller":
        write_pool(settings, request.seller, request.where, folder / VIEW)
    run_settings = for_run(settings, sellers, folder, view)
    (folder / SETTINGS).write_text(run_settings.model_dump_json(), encoding="utf-8")
    Assignment(
        notebook.name,
        request.file_stem,
        {**parameters, **_previous(request, parameters, settings)},
        request.seller.locale,
        request.seller.timezone,
        request.seller.id,
        request.formats,
        request.formats_of_reader,
    ).write(folder)
    return cell_count


def _link_readable_files(readable: Iterable[Path], workspace: Path, folder: Path) -> None:
    """Links to the files of the workspace that a run may read, at the same relative paths."""
    linked: list[Path] = []
    for path in sorted(Path(os.path.normpath(path)) for path in readable):
        is_linked = any(path.is_relative_to(outer) for outer in linked)
        if path.is_relative_to(workspace) and not is_linked:
            link = folder / path.relative_to(workspace)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)
            linked.append(path)


@lru_cache(maxsize=16)
def _prepared_notebook(path: Path, _modified: int) -> tuple[bytes, int]:
    """The notebook as it is executed, with the pictures beside it, and the number of its cells.

    It is read once per modification.
    """
    notebook = notebook_to_execute(path)
    return encode_notebook(notebook), len(notebook.cells)


def _previous(
    request: RunRequest, parameters: Mapping[str, Any], settings: Settings
) -> dict[str, Any]:
    """The measures of the previous report, if the notebook compares with them."""
    if "previous" not in parameters or request.previous is not None or request.where:
        return {}
    return {"previous": previous_measures(request, settings)}
