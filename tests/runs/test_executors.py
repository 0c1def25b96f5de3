"""The loss of a process affects only its own task; memory has a bound."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smartinst.errors import ConfigurationError
from smartinst.runs.executors import LostResult, distribute
from smartinst.runs.limits import MEGABYTE, memory_bounded


def tenfold(number: int) -> int:
    """Ten times the number; a negative one kills the process."""
    if number < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return 10 * number


def test_a_task_that_kills_its_process_is_identified_and_the_others_are_done_once() -> None:
    results = list(distribute(tenfold, [1, 2, -3, 4, 5], 2, "local"))
    assert sorted(results, key=lambda pair: abs(pair[0]))[:2] == [(1, 10), (2, 20)]
    assert sorted(task for task, _ in results) == [-3, 1, 2, 4, 5]
    ((lost_task, result),) = [
        (task, result) for task, result in results if isinstance(result, LostResult)
    ]
    assert lost_task == -3
    assert isinstance(result, LostResult)
    assert not result.infrastructure_fault


@pytest.mark.parametrize(
    "address", ["spark://127.0.0.1:1", "dask://127.0.0.1:9"], ids=["another kind", "nobody there"]
)
def test_an_executor_that_does_not_answer_is_a_configuration_error(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartinst.runs.executors.CLUSTER_SECONDS", 0.5)
    with pytest.raises(ConfigurationError, match="executor"):
        next(distribute(tenfold, [1], 1, address))


@pytest.mark.parametrize(("megabytes", "exit_code"), [(100, 0), (900, 1)], ids=["within", "beyond"])
def test_a_child_process_cannot_exceed_the_memory_bound(
    megabytes: int, exit_code: int, tmp_path: Path
) -> None:
    with memory_bounded(512):
        process = subprocess.run(
            [sys.executable, "-c", f"bytearray({megabytes * MEGABYTE})"],
            capture_output=True,
            check=False,
            cwd=tmp_path,
        )
    assert process.returncode == exit_code
    assert (b"MemoryError" in process.stderr) == bool(exit_code)
    assert len(bytearray(900 * MEGABYTE)) == 900 * MEGABYTE  # this process has no bound any more


SCRIPT = """
import os, pathlib, sys, time
from smartinst.runs.executors import distribute

def wait(folder):
    pathlib.Path(folder, str(os.getpid())).touch()
    time.sleep(300)

if __name__ == "__main__":
    list(distribute(wait, [sys.argv[1]] * 2, 2, "local"))
"""


def test_the_children_of_a_killed_process_end_with_it(tmp_path: Path) -> None:
    script, folder = tmp_path / "hold.py", tmp_path / "processes"
    script.write_text(SCRIPT, encoding="utf-8")
    folder.mkdir()
    parent = subprocess.Popen([sys.executable, str(script), str(folder)])
    try:
        wait_until(lambda: len(list(folder.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: not any(is_alive(int(path.name)) for path in folder.iterdir()))


def is_alive(number: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    """Polls until the condition is met."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        time.sleep(0.05)
