"""A process that has preloaded everything can fork runs, and is otherwise as before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from smartinst.pages.reading.notebook_file import read_document
from smartinst.runs.sealed.threads import IDLE_THREADS
from smartinst.shipped import NOTEBOOKS
from tests.support.notebooks import code_cell, document, save
from tests.support.workspace import smartinst

PROGRAM: Final = """
import builtins, json, os, sys
from pathlib import Path

def state():
    return [dict(os.environ), os.getcwd(), id(sys.modules["__main__"]), id(sys.stdout),
            id(sys.stderr), id(builtins.input), sys.path, sys.argv, id(sys.displayhook)]

import polars  # sets a variable for its allocator
before = state()
from smartinst.runs.engines.preloading import preload
preload()
preload()
threads = [(task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()
           if task.name != str(os.getpid())]
descriptors = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
               if os.path.exists(f"/proc/self/fd/{name}")]
print(json.dumps({
    "is_unchanged": state() == before,
    "threads": threads,
    "sockets": [name for name in descriptors if name.startswith("socket:")],
    "modules": sorted({"polars", "altair", "nbclient", "papermill"} & set(sys.modules)),
}))
"""


@pytest.mark.process
def test_preloading_starts_no_thread_and_changes_nothing_else() -> None:
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    state = json.loads(process.stdout)
    assert set(state.pop("threads")) <= IDLE_THREADS
    assert state == {
        "is_unchanged": True,
        "sockets": [],
        "modules": ["altair", "nbclient", "papermill", "polars"],
    }


@pytest.mark.process
@pytest.mark.parametrize("name", ["seller", "weekly", "monthly"])
def test_a_mailed_notebook_imports_nothing_that_is_not_preloaded(
    name: str, workspace: Path, tmp_path: Path
) -> None:
    shipped = read_document(NOTEBOOKS / f"{name}.ipynb")["cells"]
    first = code_cell("import sys\npreloaded = set(sys.modules)")
    last = code_cell("print(sorted(set(sys.modules) - preloaded))")
    notebook = save(workspace / "notebooks" / "imports.ipynb", document(first, *shipped, last))
    process = smartinst(
        workspace,
        *("run", str(notebook), "--seller", "acme", "--as-of", "2026-10-31", "--to", "ipynb"),
        *("--out", str(tmp_path)),
    )
    assert process.returncode == 0, process.stderr
    (path,) = tmp_path.rglob("*.ipynb")
    (output,) = read_document(path)["cells"][-1]["outputs"]
    assert "".join(output["text"]) == "[]\n"
