"""Executes notebooks as runs do: in kernels, or each in a forked process of its own.

`python -m tests.runs.engines.dedicated_process ENGINE CELL_SECONDS NOTEBOOK…` writes
`NAME.executed` beside each notebook, or `NAME.error` with the error of the run; `NAME.cells` has
the names of the cells that have started.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path

from smartinst.errors import ReportError
from smartinst.report.reader import Reader
from smartinst.runs.engines.preloading import preload
from smartinst.runs.execution import execute_notebook
from smartinst.settings import Limits, Settings


def execute(notebook: Path, cell_seconds: int, *, in_process: bool) -> None:
    """Executes one notebook with the parameters `text` and `number`."""
    os.chdir(notebook.parent)
    settings = Settings(
        home=notebook.parent / "home",
        workspace=notebook.parent,
        limits=Limits(cell_seconds=cell_seconds),
    )
    names = notebook.with_suffix(".cells").open("w", encoding="utf-8", buffering=1)

    def note(name: str) -> None:
        names.write(f"{name}\n")

    try:
        execute_notebook(
            notebook,
            notebook.with_suffix(".executed"),
            {"text": "given", "number": 3},
            Reader("en", "America/Sao_Paulo"),
            settings,
            in_process=in_process,
            on_cell=note,
        )
    except ReportError as error:
        notebook.with_suffix(".error").write_text(str(error), encoding="utf-8")


def execute_in_child(notebook: Path, cell_seconds: int) -> None:
    """Executes one notebook in a forked process."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        execute(notebook, cell_seconds, in_process=True)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


def main() -> None:
    """Executes by the engine that the arguments name."""
    logging.basicConfig(level=logging.INFO)
    engine, cell_seconds, *notebooks = sys.argv[1:]
    if engine == "in_process":
        preload()
    for notebook in map(Path, notebooks):
        if engine == "kernel":
            execute(notebook, int(cell_seconds), in_process=False)
        else:
            execute_in_child(notebook, int(cell_seconds))


if __name__ == "__main__":
    main()
