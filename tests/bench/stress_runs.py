"""Many small runs at a time, some of which loop, hoard, crash, exit or kill, and random kills.

    python -m tests.bench.stress_runs --runs 2000            every run must end as expected
    python -m tests.bench.stress_runs --runs 200 --seed 7 --kills 0

Each run prints its own number, so that a mix-up of two runs is noticed. A thread kills a process of
a run now and then, and rarely the preloaded process; such runs must succeed when they are repeated.
If no run ends for some minutes, the state of all processes is printed and the program fails.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Final

import psutil

from smartinst.pages.reading.notebook_file import read_document
from smartinst.runs.definitions import Definition
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.runs import run_reports
from smartinst.sandbox.command import find_program
from smartinst.settings import Settings, load_settings
from tests.support.notebooks import code_cell, document, save
from tests.support.workspace import configuration

AS_OF: Final = date(2026, 10, 31)
PARAMETERS: Final = code_cell(
    'seller: str = "acme"\nas_of: str = ""\nnumber: int = 0', "parameters"
)
LIMITS: Final = {"SMARTINST_LIMITS_CELL_SECONDS": "3", "SMARTINST_LIMITS_RUN_MB": "700"}
MAX_DELAY: Final = 0.5
"""Seconds between an outcome and a kill that it causes."""
RUNS_KILLED: Final = 0.9
"""Share of the random kills that end the process of a run."""
MAX_LISTED: Final = 20
SILENCE_SECONDS: Final = 240
"""Time without any outcome after which the runs count as hung."""


@dataclass(frozen=True)
class Kind:
    """A kind of run: its cell, its share of all runs, and the end of its error ("" if none).

    `may_succeed`: it may end with any error, or succeed, depending on the sandbox.
    """

    source: str
    share: int
    error: str | tuple[str, ...] = ""
    may_succeed: bool = False


TOO_LONG: Final = "cell [2]: it took longer than [limits] cell_seconds"
TOO_LARGE: Final = "cell [2]: it took more memory than [limits] run_mb"
HOARDS: Final = (TOO_LARGE, TOO_LONG)
"""A loaded machine does not fill the memory in time."""
DIED: Final = "cell [2]: the kernel died"
KILLED: Final = (": the kernel died", "signal SIGKILL", "the process that executed it ended")
"""Ends of errors of runs that were killed, in any cell."""
KINDS: Final = {
    "prints": Kind("print(number)", 840),
    "raises": Kind("1 / 0", 40, "ZeroDivisionError"),
    "queries": Kind(
        "import polars as pl\nprint(pl.select(pl.lit(number)).lazy().collect().item())", 40
    ),
    "loops": Kind("while True: pass", 8, TOO_LONG),
    "swallows": Kind(
        "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass",
        8,
        TOO_LONG,
    ),
    "sleeps-in-c": Kind("import ctypes; ctypes.CDLL(None).sleep(300)", 4, TOO_LONG),
    "hoards": Kind("blocks = []\nwhile True: blocks.append(bytearray(50 << 20))", 20, HOARDS),
    "crashes": Kind("import ctypes; ctypes.string_at(0)", 14, DIED),
    "exits": Kind("import os; os._exit(7)", 14, DIED),
    "leaves": Kind(
        "import subprocess\nsubprocess.Popen(['sleep', '3600'], start_new_session=True)\n"
        "print(number)",
        8,
    ),
    "kills-all": Kind("import os; os.kill(-1, 9)", 4, may_succeed=True),
}


@dataclass
class Findings:
    """What happened: counts by kind, kills, and every run that did not end as expected."""

    counts: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    killed_again: int = 0  # runs that were killed when they were repeated, too
    mistakes: list[str] = field(default_factory=list)
    slowest: float = 0  # seconds between two outcomes

    def may_be_killed_again(self, kind: Kind) -> bool:
        """Whether there were kills enough: a run only fails if it is killed again when repeated.

        The first kill may be that of the preloaded process, with all its runs, or the death of a
        run of a kind that dies of itself.
        """
        return self.killed_again + (kind.error != DIED) < self.kills.total()


def stress(workspace: Path, runs: int, jobs: int, seed: int, kill_every: int) -> Findings:
    """Executes runs of random kinds in a workspace with the seller `acme`.

    `kill_every`: average number of outcomes between two kills; 0: none.
    """
    if find_program() is None:
        raise SystemExit("bubblewrap is missing: os.kill(-1) would end the machine's processes")
    settings = load_settings(workspace, LIMITS | {"SMARTINST_SANDBOX": "required"})
    generator = random.Random(seed)
    requests = _requests(settings, workspace, runs, generator)
    findings, heartbeat = Findings(), time.monotonic()
    faulthandler.dump_traceback_later(SILENCE_SECONDS, exit=True)
    with _random_kills(generator, findings) as kill_is_due:
        for outcome in run_reports(list(requests.values()), settings, jobs):
            faulthandler.dump_traceback_later(SILENCE_SECONDS, exit=True)
            findings.slowest = max(findings.slowest, time.monotonic() - heartbeat)
            heartbeat = time.monotonic()
            if kill_every and generator.random() < 1 / kill_every:
                kill_is_due.set()
            request = requests.pop(outcome.folder, None)
            if request is None:
                findings.mistakes.append(f"{outcome.folder} has two outcomes, or is no run")
                continue
            findings.counts[request.definition.name] += 1
            if mistake := _mistake(request, outcome):
                kind = KINDS[request.definition.name]
                if findings.may_be_killed_again(kind) and (outcome.error or "").endswith(KILLED):
                    findings.killed_again += 1
                    continue
                findings.mistakes.append(f"{request.definition.name}: {mistake}")
    faulthandler.cancel_dump_traceback_later()
    findings.mistakes += [f"{folder} has no outcome" for folder in requests]
    findings.mistakes += [f"left behind: {process}" for process in psutil.Process().children(True)]
    findings.mistakes += [f"left behind: {path}" for path in settings.home.rglob(".making-*")]
    return findings


def _requests(
    settings: Settings, workspace: Path, runs: int, generator: random.Random
) -> dict[str, RunRequest]:
    """Requests of random kinds by the folders of their artifacts."""
    definitions = {
        name: Definition(
            name=name,
            title=name,
            notebook=str(
                save(
                    workspace / "in" / f"{name}.ipynb",
                    document(PARAMETERS, code_cell(kind.source)),
                )
            ),
        )
        for name, kind in KINDS.items()
    }
    names = generator.choices(list(KINDS), [kind.share for kind in KINDS.values()], k=runs)
    return {
        str(folder := workspace / "out" / str(number)): RunRequest(
            definitions[name],
            settings.find("acme"),
            AS_OF,
            parameters={"number": str(number)},
            formats=(),
            folder=folder,
        )
        for number, name in enumerate(names)
    }


def _mistake(request: RunRequest, outcome: RunOutcome) -> str | None:
    """How an outcome differs from what its kind should have; None if it does not."""
    kind = KINDS[request.definition.name]
    if kind.may_succeed:
        return None
    if kind.error:
        is_expected = (outcome.error or "").endswith(kind.error)
        return None if is_expected else f"expected {kind.error!r}, found {outcome.error!r}"
    if outcome.error:
        return f"unexpected error {outcome.error!r}"
    outputs = read_document(Path(outcome.artifacts["ipynb"]))["cells"][-1]["outputs"]
    text = "".join(outputs[0]["text"]) if outputs else ""
    number = request.parameters["number"]
    return None if text == f"{number}\n" else f"run {number} printed {text!r}"


@contextmanager
def _random_kills(generator: random.Random, findings: Findings) -> Iterator[Event]:
    """Kills a random descendant of this process soon after the event is set, then clears it."""
    is_due, is_over = Event(), Event()

    def kill() -> None:
        while is_due.wait() and not is_over.wait(generator.uniform(0, MAX_DELAY)):
            is_due.clear()
            with suppress(psutil.NoSuchProcess):
                victim, name = _victim(generator)
                victim.send_signal(signal.SIGKILL)
                findings.kills[name] += 1

    thread = Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield is_due
    finally:
        is_over.set()
        is_due.set()
        thread.join()


def _victim(generator: random.Random) -> tuple[psutil.Process, str]:
    """A random descendant of this process, nine times of ten that of a run, and what it is.

    NoSuchProcess if there is none.
    """
    forks, others = list[psutil.Process](), list[psutil.Process]()
    for process in psutil.Process().children(recursive=True):
        parent = process.parent()
        words = process.cmdline()
        if not words:  # it has ended
            continue
        is_python = words[:1] == [sys.executable]
        is_fork = is_python and parent is not None and parent.cmdline() == words
        (forks if is_fork else others).append(process)
    candidates = forks if forks and generator.random() < RUNS_KILLED else others
    if not candidates:
        raise psutil.NoSuchProcess(os.getpid())
    victim = generator.choice(candidates)
    return victim, "a run" if victim in forks else victim.name()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=25, help="runs between two kills; 0: none")
    arguments = parser.parse_args()
    with TemporaryDirectory() as place:
        workspace = Path(place)
        text = configuration({"acme": ("en", "UTC")})
        (workspace / "smartinst.toml").write_text(text, encoding="utf-8")
        start = time.monotonic()
        findings = stress(
            workspace, arguments.runs, arguments.jobs, arguments.seed, arguments.kills
        )
        seconds = time.monotonic() - start
    lines = [
        f"{arguments.runs} runs, {arguments.jobs} at a time, in {seconds:.0f} s, seed "
        f"{arguments.seed}; at most {findings.slowest:.1f} s between two outcomes",
        f"kinds: {dict(findings.counts)}",
        f"kills: {dict(findings.kills)}; runs that were killed twice: {findings.killed_again}",
        *findings.mistakes[:MAX_LISTED],
        f"{len(findings.mistakes)} not as expected",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(bool(findings.mistakes))


if __name__ == "__main__":
    main()
