"""Scheduled reports on a Dask cluster of a scheduler and two workers, which die in mid-batch: each is sent once."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.runs.test_runs import notebook
from tests.support.weekly import weekly
from tests.support.workspace import configuration, smartinst

SELLERS = ("acme", "bravo", "cedro", "delta", "estela")
SHOW = """
import json, pathlib, re, time
from IPython.display import display
display({"application/vnd.smartinst.measures+json": {"identity_closes": True}}, raw=True)
time.sleep(1)
shown = re.sub('"seller_id": "[a-z]+"', f'"seller_id": "{seller}"', pathlib.Path("executed.json").read_text())
for cell in json.loads(shown)["cells"]:
    [display(one["data"], metadata=one.get("metadata", {}), raw=True) for one in cell.get("outputs", []) if "data" in one]
"""
WEEKLY = weekly("html", notebook="again.ipynb")
DEADLINE = 120


class Postbox:
    """Counts what it accepts, by recipient."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        self.taken.update(envelope.rcpt_tos)
        return "250 kept"


class Cluster:
    """A scheduler and workers as processes of their own, on loopback."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int) -> None:
        self._begin("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        for _ in range(workers):
            self._begin(
                "dask_worker", f"tcp://127.0.0.1:{self.port}", "--nthreads", "1", "--no-nanny"
            )
        until(
            lambda: (
                "Registered to" in self._said() and self._said().count("Registered to") >= workers
            )
        )

    def kill(self, number: int) -> None:
        """0 is the scheduler, its workers follow."""
        self.processes[number].kill()
        self.processes[number].wait()

    def stop(self) -> None:
        for number in range(len(self.processes)):
            self.kill(number)
        self.processes.clear()
        for log in self.place.glob("dask-*.log"):
            log.unlink()

    def _begin(self, what: str, *words: str) -> None:
        with (self.place / f"dask-{len(self.processes)}.log").open("wb") as log:
            command = [sys.executable, "-m", f"distributed.cli.{what}", *words, "--no-dashboard"]
            self.processes.append(subprocess.Popen(command, cwd=self.place, stdout=log, stderr=log))

    def _said(self) -> str:
        return "".join(log.read_text() for log in self.place.glob("dask-*.log"))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(holds: Any) -> None:
    """Polls until it holds."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def office(
    tmp_path: Path,
    cluster: Cluster,
    postbox: tuple[Postbox, int],
    executed_notebook: Path,
) -> Path:
    """A workspace whose report shows a whole report's outputs again, in a kernel of its own."""
    sellers = dict.fromkeys(SELLERS, ("en", "Europe/Madrid"))
    own = f'executor = "dask://127.0.0.1:{cluster.port}"\n'
    mail = f"\n[mail]\nport = {postbox[1]}\n"
    (tmp_path / "smartinst.toml").write_text(own + configuration(sellers) + mail, encoding="utf-8")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "weekly.toml").write_text(WEEKLY, encoding="utf-8")
    executed = nbformat.read(executed_notebook, as_version=4)  # type: ignore[no-untyped-call]
    (tmp_path / "executed.json").write_text(json.dumps(executed), encoding="utf-8")
    parameters = 'seller: str = "acme"  # whose\nas_of: str = ""  # when'
    notebook(tmp_path / "notebooks" / "again.ipynb", {"parameters": parameters, "show": SHOW})
    return tmp_path


def made(office: Path) -> int:
    return len(list(office.glob("var/runs/weekly/*/2026-*/*/*.ipynb")))


def tick(office: Path, now: str = "2026-11-02T12:00:00Z") -> dict[str, Any]:
    done = smartinst(office, "schedule", "tick", "--now", now, "--json")
    assert "Traceback" not in done.stderr, done.stderr
    return {**json.loads(done.stdout), "exit": done.returncode, "said": done.stderr}


def test_a_worker_and_then_the_scheduler_die_and_every_report_is_made_and_sent_once(
    office: Path, cluster: Cluster, postbox: tuple[Postbox, int]
) -> None:
    cluster.start(workers=2)

    def strike() -> None:
        until(lambda: made(office) >= 1)
        cluster.kill(1)
        until(lambda: made(office) >= 2)
        cluster.kill(0)

    striker = threading.Thread(target=strike)
    striker.start()
    first = tick(office)
    striker.join()
    assert (first["due"], first["exit"]) == (5, 1)
    assert first["failed"] > 0
    assert first["sent"] == 5 - first["failed"]
    assert "the connection to the cluster was lost" in first["said"]

    without = tick(office)
    assert (without["failed"], without["sent"]) == (first["failed"], 0)
    assert "does not answer" in without["said"]

    cluster.stop()
    cluster.start(workers=1)
    last = tick(office)
    assert (last["due"], last["sent"], last["exit"]) == (0, first["failed"], 0)
    assert postbox[0].taken == {f"{one}@example.com": 1 for one in SELLERS}
    runs = json.loads(smartinst(office, "runs", "list", "--json").stdout)
    assert {(run["seller_id"], run["state"]) for run in runs} == {(one, "made") for one in SELLERS}
