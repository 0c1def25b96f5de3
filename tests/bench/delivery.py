"""One tick for many sellers, end to end: a report to each is executed, checked and mailed.

.venv/bin/python -m tests.bench.delivery [SELLERS] [PLANS]      default 200 sellers of 60 plans each

Prints reports per minute, CPU seconds per report (of the tick and its children), and the peak
memory of the tick and its children (proportional set size, polled every half second).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from smartinst.commands.options import say
from tests.support.many_sellers import MONDAY, mail_server, write_workspace
from tests.support.workspace import COMMAND

POLL_SECONDS = 0.5


def memory_bytes(process: psutil.Process) -> int:
    """Memory of a process and its children; shared pages count once."""
    total = 0
    for member in (process, *process.children(recursive=True)):
        try:
            total += member.memory_full_info().pss
        except psutil.Error:  # it has ended
            continue
    return total


def main(sellers: int, plans: int) -> None:
    """Prints one line of figures; fails unless each seller gets exactly one message."""
    with TemporaryDirectory() as place, mail_server() as (server, port):
        workspace = Path(place)
        write_workspace(workspace, sellers, plans, port)
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        }
        times, start, peak = os.times(), time.perf_counter(), 0
        words = [str(COMMAND), "schedule", "tick", "--now", MONDAY, "--json"]
        with subprocess.Popen(
            words, cwd=workspace, env=env, stdout=subprocess.PIPE, text=True
        ) as tick:
            tick_process = psutil.Process(tick.pid)
            while tick.poll() is None:
                peak = max(peak, memory_bytes(tick_process))
                time.sleep(POLL_SECONDS)
            assert tick.stdout is not None
            report = json.loads(tick.stdout.read())
        seconds, end_times = time.perf_counter() - start, os.times()
        cpu = (
            end_times.children_user
            + end_times.children_system
            - times.children_user
            - times.children_system
        )
        counts = sorted(len(messages) for messages in server.messages_by_recipient.values())
    assert counts == [1] * sellers, f"{counts} for {sellers} sellers: {report}"
    say(
        f"{sellers} sellers of {plans} plans: {sellers * 60 / seconds:.1f} reports a minute, "
        f"{cpu / sellers:.1f} s of CPU a report, {peak / 2**20:.0f} MB at most; {report}"
    )


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("200", "60")[len(sys.argv) - 1 :]]))
