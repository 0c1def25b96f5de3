"""A Monday of many sellers, end to end: one tick plans, makes, checks and mails a report to each on two processes.

.venv/bin/python -m tests.bench.delivery [SELLERS] [PLANS]      default 200 sellers of 60 plans each

Prints reports a minute, CPU seconds a report (of the tick and all its children), and the most memory that the tick and
its children held at once (proportional set size, looked at every half second).
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
from tests.support.many_sellers import MONDAY, mail_server, settle
from tests.support.workspace import COMMAND

LOOK_SECONDS = 0.5


def held(process: psutil.Process) -> int:
    """Bytes that a process and its children hold, shared pages counted once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except psutil.Error:  # it ended while we looked
            continue
    return total


def main(sellers: int, plans: int) -> None:
    """Prints one line of figures; ends with an error when a seller did not get exactly one message."""
    with TemporaryDirectory() as place, mail_server() as (server, port):
        workspace = Path(place)
        settle(workspace, sellers, plans, port)
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        }
        before, start, most = os.times(), time.perf_counter(), 0
        words = [str(COMMAND), "schedule", "tick", "--now", MONDAY, "--json"]
        with subprocess.Popen(
            words, cwd=workspace, env=env, stdout=subprocess.PIPE, text=True
        ) as tick:
            watched = psutil.Process(tick.pid)
            while tick.poll() is None:
                most = max(most, held(watched))
                time.sleep(LOOK_SECONDS)
            assert tick.stdout is not None
            told = json.loads(tick.stdout.read())
        seconds, after = time.perf_counter() - start, os.times()
        cpu = (
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
        got = sorted(len(messages) for messages in server.taken.values())
    assert got == [1] * sellers, f"{got} for {sellers} sellers: {told}"
    say(
        f"{sellers} sellers of {plans} plans: {sellers * 60 / seconds:.1f} reports a minute, "
        f"{cpu / sellers:.1f} s of CPU a report, {most / 2**20:.0f} MB at most; {told}"
    )


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("200", "60")[len(sys.argv) - 1 :]]))
