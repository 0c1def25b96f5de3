"""The preloaded process watches its run while it imports the compilers."""

from __future__ import annotations

import socket
import time
from contextlib import nullcontext
from typing import Any

import pytest

from smartinst.runs.sealed import preloaded
from smartinst.runs.sealed.messages import Channel
from smartinst.runs.sealed.process_tree import thread_names


class WatchedRun:
    """Counts how often its limits are enforced."""

    count = 0

    def enforce_limits(self) -> None:
        self.count += 1


@pytest.mark.parametrize("error", [None, OSError("no Pango")])
def test_limits_are_enforced_while_the_compilers_are_imported(
    error: OSError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def imports() -> None:
        time.sleep(5 * preloaded.POLL_SECONDS)
        if error:
            raise error

    monkeypatch.setattr(preloaded, "preload_compilers", imports)
    monkeypatch.setattr(preloaded, "IDLE_THREADS", thread_names())
    ends = socket.socketpair()
    process = preloaded.Preloaded(Channel(ends[0]), 1, is_split=True)
    run: Any = WatchedRun()
    process._runs[1] = run
    with pytest.raises(OSError, match="no Pango") if error else nullcontext():
        process._preload_compilers()
    count = run.count
    assert 2 <= count <= 5
    time.sleep(2 * preloaded.POLL_SECONDS)
    assert run.count == count
    for end in ends:
        end.close()
