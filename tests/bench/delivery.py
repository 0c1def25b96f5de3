"""One tick for many sellers, end to end: a report to each is executed, checked and mailed.

.venv/bin/python -m tests.bench.delivery [SELLERS] [PLANS]      default 200 sellers of 60 plans each

Prints reports per minute, CPU seconds per report, and the peak memory of the tick and its
descendants (tests/bench/measuring.py).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from smartinst.commands.options import say
from tests.bench.measuring import measure
from tests.support.many_sellers import MONDAY, mail_server, write_workspace
from tests.support.workspace import COMMAND


def main(sellers: int, plans: int) -> None:
    """Prints one line of figures; fails unless each seller gets exactly one message."""
    with TemporaryDirectory() as place, mail_server() as (server, port):
        workspace = Path(place)
        write_workspace(workspace, sellers, plans, port)
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        }
        words = [str(COMMAND), "schedule", "tick", "--now", MONDAY, "--json"]
        cost = measure(words, workspace, env)
        *_, line = (workspace / "command.log").read_text(encoding="utf-8").splitlines()
        report = json.loads(line)
        counts = sorted(len(messages) for messages in server.messages_by_recipient.values())
    assert counts == [1] * sellers, f"{counts} for {sellers} sellers: {report}"
    say(
        f"{sellers} sellers of {plans} plans: {sellers * 60 / cost.wall:.1f} reports a minute, "
        f"{cost.cpu / sellers:.1f} s of CPU a report, {cost.peak / 2**20:.0f} MB at most; {report}"
    )


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("200", "60")[len(sys.argv) - 1 :]]))
