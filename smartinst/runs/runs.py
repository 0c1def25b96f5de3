"""Runs: a notebook executed by Papermill with checked parameters, compiled, and put in place whole or not at all.

The only place that knows Papermill and the executor. What a run is given are parameters; what it gives are paths.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from smartinst.errors import InputError, ReportError, SmartinstError
from smartinst.pages.reading.notebook_file import outputs, read_notebook, write_notebook
from smartinst.report.mime_bundles import MEASURES
from smartinst.runs.artifacts import write
from smartinst.runs.definitions import Definition, Format, notebook_path
from smartinst.runs.executors import Lost, spread
from smartinst.runs.limits import RESERVED, memory_bounded, time_bounded
from smartinst.runs.parameters import fitted
from smartinst.settings import Seller, Settings

KERNEL_START_SECONDS = 120
KERNEL_STARTS = 3

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Request:
    """One run to make: which report, for whom, as of when, with what."""

    definition: Definition
    seller: Seller
    as_of: date
    where: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    formats: tuple[Format, ...] = ("pdf", "html", "xlsx")
    out: Path | None = None
    anonymous: bool = False
    folder: Path | None = (
        None  # exactly this one, instead of the place that the date and the parameters give
    )
    previous: Mapping[str, Any] | None = (
        None  # measures to compare with; null: those of the newest earlier report
    )


@dataclass(frozen=True)
class Outcome:
    """What became of one run: its artifacts by format, or the error (one line)."""

    report: str
    seller_id: str
    as_of: str
    artifacts: dict[str, str] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    folder: str = ""
    seconds: int = 0  # of making it, on the wall
    lost: Lost | None = (
        None  # no answer of the process that made it: nothing may be wrong with the report itself
    )


def run(request: Request, settings: Settings) -> Outcome:
    """Executes and compiles one report; the outcome names the artifacts. Raises SmartinstError."""
    notebook = notebook_path(request.definition, settings)
    parameters = fitted(notebook, _own_parameters(request, settings), request.parameters)
    if request.where and "where" not in parameters:
        raise ReportError(
            f"{notebook.name} declares no parameter `where`: filters cannot be handed to it"
        )
    if request.anonymous and "anonymous" not in parameters:
        raise ReportError(
            f"{notebook.name} declares no parameter `anonymous`: it would show buyers' names"
        )
    folder = folder_of(request, settings)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder.parent) as place:
        made = Path(place) / "set"
        made.mkdir()
        executed = made / f"{_stem(request)}.ipynb"
        _execute(notebook, executed, parameters, settings)
        with time_bounded(settings.limits.compile_seconds):
            measures = _compile(executed, request, settings)
        _put_in_place(made, folder)
    artifacts = {path.suffix[1:]: str(path) for path in sorted(folder.iterdir())}
    report, day = request.definition.name, request.as_of.isoformat()
    return Outcome(report, request.seller.id, day, artifacts, measures, folder=str(folder))


def run_many(
    requests: Iterable[Request], settings: Settings, jobs: int, *, apart: bool = False
) -> Iterator[Outcome]:
    """Runs one after the other, or `jobs` at a time in processes of their own; one failure stops no other.

    `apart`: a single run too is made in a process of its own, as one that may have killed its process should be.
    """
    todo = list(requests)
    if settings.executor == "local" and not apart and (jobs <= 1 or len(todo) <= 1):
        yield from (_attempt(request, settings) for request in todo)
        return
    for request, result in spread(
        partial(_attempt, settings=settings), todo, jobs, settings.executor
    ):
        if isinstance(result, Lost):
            yield replace(_failed(request, result.reason), lost=result)
        else:
            yield result


def _attempt(request: Request, settings: Settings) -> Outcome:
    """One run whose failure, of whatever kind, is its own outcome and stops no other."""
    begun = time.perf_counter()
    try:
        made = run(request, settings)
    except SmartinstError as error:
        made = _failed(request, str(error), _log(request, error))
    except Exception as error:  # a bug, or the machine: told with its kind, and the batch goes on
        logging.getLogger(__name__).exception("run of %s failed", request.seller.id)
        made = _failed(request, f"{type(error).__name__}: {error}", _log(request, error))
    return replace(made, seconds=round(time.perf_counter() - begun))


def _failed(request: Request, error: str, artifacts: dict[str, str] | None = None) -> Outcome:
    report, day, folder = (
        request.definition.name,
        request.as_of.isoformat(),
        str(request.folder or ""),
    )
    return Outcome(report, request.seller.id, day, artifacts or {}, error=error, folder=folder)


def _log(request: Request, error: Exception) -> dict[str, str]:
    """Writes where a run failed, the notebook's own traceback first, into a folder of its own if it has one."""
    if request.folder is None:
        return {}
    said = [*getattr(error.__cause__, "traceback", ()), *traceback.format_exception(error)]
    path = request.folder / "failure.txt"
    try:
        request.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(_COLOURS.sub("", "\n".join(said)), encoding="utf-8", errors="replace")
    except (
        OSError
    ):  # no place for it, which may be why the run failed: its error is told all the same
        return {}
    return {"log": str(path)}


def render(
    executed: Path, formats: Iterable[Format], settings: Settings, out: Path | None = None
) -> list[Path]:
    """Compiles an executed notebook again, without running it; the paths written."""
    folder = out or executed.parent
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [kind for kind in formats if kind != "ipynb"]
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as place:
        made = [
            write(
                executed,
                kind,
                Path(place) / f"{executed.stem}.{kind}",
                templates=settings.templates,
            )
            for kind in wanted
        ]
        return [path.replace(folder / path.name) for path in made]


def folder_of(request: Request, settings: Settings) -> Path:
    """Where the artifacts of a run belong: built from checked ids and dates only."""
    if request.folder is not None:
        return request.folder
    name = request.as_of.isoformat() + _hash_of_parameters(request)
    if request.out is not None:
        return request.out.absolute() / request.seller.id / f"{request.definition.name}-{name}"
    return settings.home / "runs" / request.definition.name / request.seller.id / name


def _hash_of_parameters(request: Request) -> str:
    given = {"where": dict(request.where), "parameters": dict(request.parameters)}
    if request.anonymous:
        given["anonymous"] = {"names": "left out"}
    given = {name: value for name, value in given.items() if value}
    if not given:
        return ""
    return "-" + hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:8]


def _stem(request: Request) -> str:
    return f"{request.definition.name}-{request.seller.id}-{request.as_of.isoformat()}"


def _own_parameters(request: Request, settings: Settings) -> dict[str, Any]:
    return {
        "seller": request.seller.id,
        "as_of": request.as_of.isoformat(),
        "locale": request.seller.locale,
        "where": dict(request.where),
        "title": request.definition.title,
        "report": request.definition.name,
        "anonymous": request.anonymous,
        "live": False,
        "previous": _previous(request, settings),
    }


def _previous(request: Request, settings: Settings) -> dict[str, Any]:
    if request.previous is not None:
        return dict(request.previous)
    return {} if request.where else previous_measures(request, settings)


def previous_measures(request: Request, settings: Settings) -> dict[str, Any]:
    """The measures of the newest earlier report of the same kind, as printed; empty when there is none."""
    folder = settings.home / "runs" / request.definition.name / request.seller.id
    earlier = sorted(
        (
            path
            for path in folder.glob("????-??-??/*.ipynb")
            if path.parent.name < request.as_of.isoformat()
        ),
        key=lambda path: path.parent.name,
    )
    try:
        return measures_of(earlier[-1]) if earlier else {}
    except InputError:  # an earlier report that cannot be read is no reason not to make this one
        return {}


def measures_of(executed: Path) -> dict[str, Any]:
    """The measures that an executed notebook shows; empty when it shows none."""
    return dict(next(outputs(executed, MEASURES), {}))


def _execute(
    notebook: Path, executed: Path, parameters: dict[str, Any], settings: Settings
) -> None:
    """Runs the notebook; ReportError names the cell that failed and what it said."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    from smartinst.runs.kernel import kernel_of

    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    begun: list[int] = []  # of the code cells, as the kernel counts them
    kernel = kernel_of(settings.limits.run_mb)

    def begin(cell: Any, **_: Any) -> None:
        if cell.cell_type == "code" and cell.source.strip():
            begun.append(len(begun) + 1)

    def execute() -> Any:
        with memory_bounded(settings.limits.run_mb * RESERVED):
            return papermill.execute_notebook(
                read_notebook(
                    notebook
                ),  # neither path goes to Papermill: it would format braces in them
                None,
                parameters,
                progress_bar=False,
                request_save_on_cell_execute=False,
                start_timeout=KERNEL_START_SECONDS,
                execution_timeout=settings.limits.cell_seconds,
                cwd=str(settings.workspace),
                kernel_name="python3",
                kernel_manager_class=kernel,
                on_cell_start=begin,
                extra_arguments=["--log-level=CRITICAL"],  # what a cell says is in its outputs
                config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            )

    try:
        made = _begun_again(execute, begun)
    except CellTimeoutError as error:
        raise ReportError(
            f"{notebook.name}, cell {begun[-1]}: it took longer than [limits] cell_seconds"
        ) from error
    except DeadKernelError as error:
        why = (
            "it took more memory than [limits] run_mb"
            if kernel.outgrown.is_set()
            else "the kernel died"
        )
        raise ReportError(f"{notebook.name}, cell {begun[-1]}: {why}") from error
    except PapermillExecutionError as error:
        said = f"{error.ename}: {error.evalue}".splitlines()[0].strip(": ")
        raise ReportError(f"{notebook.name}, cell {error.exec_count}: {said}") from error
    made.metadata["papermill"] |= {"input_path": notebook.name, "output_path": executed.name}
    write_notebook(made, executed)


def _begun_again(execute: Callable[[], Any], begun: Sequence[int]) -> Any:
    """What it executes, whose kernel is started anew where it ended before any cell: two may have taken one port."""
    starts = 0
    while True:
        starts += 1
        try:
            return execute()
        except RuntimeError as error:
            if begun:
                raise
            if starts == KERNEL_STARTS:
                raise ReportError(f"no kernel could be started: {error}") from error
            logging.getLogger(__name__).warning(
                "a kernel did not start (%s); another one is", error
            )


def _compile(executed: Path, request: Request, settings: Settings) -> dict[str, Any]:
    for kind in request.formats:
        if kind != "ipynb":
            write(
                executed,
                kind,
                executed.with_suffix(f".{kind}"),
                request.seller.id,
                settings.templates,
            )
    return measures_of(executed)


def _put_in_place(made: Path, folder: Path) -> None:
    """The whole set appears at once; of an earlier one its other formats are gone, since they would tell otherwise.

    Two runs of one folder take turns. A run killed between the two renames leaves the earlier set in `.earlier-…`.
    """
    aside = folder.with_name(f".earlier-{folder.name}")
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            folder.rename(aside)
        made.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
