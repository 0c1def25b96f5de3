"""A process that dies takes only its own work along; memory has a bound."""

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


def test_one_that_kills_its_process_is_known_and_the_others_are_done_once() -> None:
    found = list(distribute(tenfold, [1, 2, -3, 4, 5], 2, "local"))
    assert sorted(found, key=lambda pair: abs(pair[0]))[:2] == [(1, 10), (2, 20)]
    assert sorted(one for one, _ in found) == [-3, 1, 2, 4, 5]
    ((lost, result),) = [(one, result) for one, result in found if isinstance(result, LostResult)]
    assert lost == -3
    assert isinstance(result, LostResult)
    assert not result.infrastructure_fault


@pytest.mark.parametrize(
    "address", ["spark://127.0.0.1:1", "dask://127.0.0.1:9"], ids=["another kind", "nobody there"]
)
def test_an_executor_that_does_not_answer_is_one_clear_error(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartinst.runs.executors.CLUSTER_SECONDS", 0.5)
    with pytest.raises(ConfigurationError, match="executor"):
        next(distribute(tenfold, [1], 1, address))


@pytest.mark.parametrize(("megabytes", "ends"), [(100, 0), (900, 1)], ids=["within", "beyond"])
def test_a_child_holds_no_more_memory_than_the_bound(
    megabytes: int, ends: int, tmp_path: Path
) -> None:
    with memory_bounded(512):
        taken = subprocess.run(
            [sys.executable, "-c", f"bytearray({megabytes * MEGABYTE})"],
            capture_output=True,
            check=False,
            cwd=tmp_path,
        )
    assert taken.returncode == ends
    assert (b"MemoryError" in taken.stderr) == bool(ends)
    assert (
        len(bytearray(900 * MEGABYTE)) == 900 * MEGABYTE
    )  # of the one that began it the bound is gone again


HOLD = """
import os, pathlib, sys, time
from smartinst.runs.executors import distribute

def hold(place):
    pathlib.Path(place, str(os.getpid())).touch()
    time.sleep(300)

if __name__ == "__main__":
    list(distribute(hold, [sys.argv[1]] * 2, 2, "local"))
"""


def test_the_processes_of_one_that_was_killed_end_with_it(tmp_path: Path) -> None:
    script, held = tmp_path / "hold.py", tmp_path / "held"
    script.write_text(HOLD, encoding="utf-8")
    held.mkdir()
    parent = subprocess.Popen([sys.executable, str(script), str(held)])
    try:
        until(lambda: len(list(held.iterdir())) == 2)
    finally:
        parent.kill()
        parent.wait()
    until(lambda: not any(is_alive(int(path.name)) for path in held.iterdir()))


def is_alive(number: int) -> bool:
    """Whether a process runs; one that has ended and was not asked for by anybody does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> None:
    """Polls until it holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
