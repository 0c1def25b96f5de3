"""A process that has preloaded everything can fork runs, and is otherwise as before."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest

from smartinst.runs.sealed.threads import IDLE_THREADS

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
