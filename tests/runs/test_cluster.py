"""On a Dask cluster that loses its workers in mid-batch, each scheduled report is sent once."""

from __future__ import annotations

import json
import os
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
from tests.support.ports import free_port
from tests.support.weekly import weekly
from tests.support.workspace import configuration, smartinst

SELLERS = ("acme", "bravo", "cedro", "delta", "estela")
REPLAY = """
import json, pathlib, re, time
from IPython.display import display
display({"application/vnd.smartinst.measures+json": {"identity_closes": True}}, raw=True)
time.sleep(1)
text = pathlib.Path("executed.json").read_text()
text = re.sub('"seller_id": "[a-z]+"', f'"seller_id": "{seller}"', text)
for cell in json.loads(text)["cells"]:
    for output in cell.get("outputs", []):
        if "data" in output:
            display(output["data"], metadata=output.get("metadata", {}), raw=True)
"""
WEEKLY = weekly("html", notebook="again.ipynb")
DEADLINE = 120


class Postbox:
    """Counts accepted messages by recipient."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        self.accepted.update(envelope.rcpt_tos)
        return "250 kept"


class Cluster:
    """A scheduler and workers as separate processes on loopback."""

    def __init__(self, place: Path, protocol: str = "tcp", **variables: str) -> None:
        self.place, self.port, self.protocol = place, free_port(), protocol
        self.environment = os.environ | variables
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int) -> None:
        host = f"{self.protocol}://127.0.0.1"
        self._start_process("dask_scheduler", "--host", host, "--port", str(self.port))
        for _ in range(workers):
            self._start_process(
                "dask_worker", f"{host}:{self.port}", "--nthreads", "1", "--no-nanny"
            )
        wait_until(lambda: self._log_text().count("Registered to") >= workers)

    def kill(self, number: int) -> None:
        """Kills the scheduler (0) or a worker."""
        self.processes[number].kill()
        self.processes[number].wait()

    def stop(self) -> None:
        for number in range(len(self.processes)):
            self.kill(number)
        self.processes.clear()
        for log in self.place.glob("dask-*.log"):
            log.unlink()

    def _start_process(self, module: str, *options: str) -> None:
        with (self.place / f"dask-{len(self.processes)}.log").open("wb") as log:
            command = [
                sys.executable,
                "-m",
                f"distributed.cli.{module}",
                *options,
                "--no-dashboard",
            ]
            process = subprocess.Popen(
                command, cwd=self.place, env=self.environment, stdout=log, stderr=log, umask=0o022
            )
            self.processes.append(process)

    def _log_text(self) -> str:
        return "".join(log.read_text() for log in self.place.glob("dask-*.log"))


def wait_until(condition: Any) -> None:
    """Polls until the condition is met."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
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
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster_workspace(
    tmp_path: Path,
    cluster: Cluster,
    postbox: tuple[Postbox, int],
    short_notebook: Path,
) -> Path:
    """A workspace whose report displays the outputs of an executed report again."""
    sellers = dict.fromkeys(SELLERS, ("en", "Europe/Madrid"))
    executor = f'executor = "dask://127.0.0.1:{cluster.port}"\nreadable = ["executed.json"]\n'
    mail = f"\n[mail]\nport = {postbox[1]}\n"
    (tmp_path / "smartinst.toml").write_text(
        executor + configuration(sellers) + mail, encoding="utf-8"
    )
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "weekly.toml").write_text(WEEKLY, encoding="utf-8")
    executed = nbformat.read(short_notebook, as_version=4)
    (tmp_path / "executed.json").write_text(json.dumps(executed), encoding="utf-8")
    parameters = 'seller: str = "acme"  # whose\nas_of: str = ""  # when'
    notebook(tmp_path / "notebooks" / "again.ipynb", {"parameters": parameters, "show": REPLAY})
    return tmp_path


def notebook_count(cluster_workspace: Path) -> int:
    return len(list(cluster_workspace.glob("var/runs/weekly/*/2026-*/*/*.ipynb")))


def tick(cluster_workspace: Path, now: str = "2026-11-02T12:00:00Z") -> dict[str, Any]:
    process = smartinst(cluster_workspace, "schedule", "tick", "--now", now, "--json")
    assert "Traceback" not in process.stderr, process.stderr
    return {**json.loads(process.stdout), "exit": process.returncode, "errors": process.stderr}


def test_every_report_is_sent_once_although_a_worker_and_the_scheduler_die(
    cluster_workspace: Path, cluster: Cluster, postbox: tuple[Postbox, int]
) -> None:
    cluster.start(workers=2)

    def kill_processes() -> None:
        wait_until(lambda: notebook_count(cluster_workspace) >= 1)
        cluster.kill(1)
        wait_until(lambda: notebook_count(cluster_workspace) >= 2)
        cluster.kill(0)

    killer = threading.Thread(target=kill_processes)
    killer.start()
    interrupted = tick(cluster_workspace)
    killer.join()
    assert (interrupted["due"], interrupted["exit"]) == (5, 1)
    assert interrupted["failed"] > 0
    assert interrupted["sent"] == 5 - interrupted["failed"]
    assert "the connection to the cluster was lost" in interrupted["errors"]

    offline = tick(cluster_workspace)
    assert (offline["failed"], offline["sent"]) == (interrupted["failed"], 0)
    assert "does not answer" in offline["errors"]

    cluster.stop()
    cluster.start(workers=1)
    final = tick(cluster_workspace)
    assert (final["due"], final["sent"], final["exit"]) == (0, interrupted["failed"], 0)
    assert postbox[0].accepted == {f"{seller}@example.com": 1 for seller in SELLERS}
    runs = json.loads(smartinst(cluster_workspace, "runs", "list", "--json").stdout)
    assert {(run["seller_id"], run["state"]) for run in runs} == {
        (seller, "made") for seller in SELLERS
    }
