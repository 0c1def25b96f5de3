"""Postfix's smtp-sink with faults: results are as in docs/contracts.md §6, and none repeats."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from smartinst.delivery.transport.send_result import (
    Deferred,
    InDoubt,
    OwnFault,
    Refused,
    SendResult,
    Sent,
)
from smartinst.delivery.transport.serialization import serialize
from smartinst.delivery.transport.smtp import SmtpTransport
from smartinst.delivery.transport.verified_message import VerifiedMessage
from smartinst.settings import MailSettings
from tests.support.paths import ROOT

UNPACKED = ROOT / ".venv" / "postfix"
TO = "owner@example.com"
STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".")


def sink_command() -> tuple[str, dict[str, str]]:
    """smtp-sink, installed or unpacked by `make test-tools`, and its environment."""
    if installed := shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin"):
        return installed, dict(os.environ)
    path = UNPACKED / "usr" / "sbin" / "smtp-sink"
    assert path.is_file(), "Postfix's smtp-sink is missing; run: make test-tools"
    return str(path), {**os.environ, "LD_LIBRARY_PATH": str(UNPACKED / "usr" / "lib" / "postfix")}


class Sink:
    """An smtp-sink that writes accepted messages to a folder, one file each."""

    def __init__(self, place: Path, *options: str, timeout: float = 5) -> None:
        place.chmod(0o777)  # as root, smtp-sink changes to the user nobody
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command, env = sink_command()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        words = [command, *user, "-d", "taken.", *options, f"127.0.0.1:{port}", "20"]
        self.place, self.settings = place, MailSettings(port=port, timeout_seconds=timeout)
        self.process = subprocess.Popen(
            words, cwd=place, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_it_listens(port)

    def _wait_until_it_listens(self, port: int) -> None:
        end = time.monotonic() + 20
        while True:
            assert self.process.poll() is None, "smtp-sink ended"
            assert time.monotonic() < end, "smtp-sink does not listen"
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except ConnectionRefusedError:
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def accepted(self) -> Counter[str]:
        """Number of times each Message-ID was accepted; rejected transactions have no text."""
        counts = Counter[str]()
        for path in self.place.glob("taken.*"):
            ids = [
                line for line in path.read_text().splitlines() if line.startswith("Message-ID: ")
            ]
            counts.update(line.removeprefix("Message-ID: ") for line in ids)
        return counts


Start = Callable[..., Sink]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Start]:
    sinks: list[Sink] = []

    def start(*options: str, timeout: float = 5) -> Sink:
        sinks.append(Sink(tmp_path, *options, timeout=timeout))
        return sinks[-1]

    yield start
    for server in sinks:
        server.stop()


def message(number: int = 1) -> VerifiedMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "reports@example.com", TO, "Report"
    message["Message-ID"] = f"<{number}@example.com>"
    message.set_content("hello\n.dotted\n")
    return VerifiedMessage(serialize(message), TO, f"<{number}@example.com>")


def test_a_sink_without_faults_accepts_each_message_once(sink: Start) -> None:
    server = sink()
    with SmtpTransport(server.settings) as transport:
        assert [transport.send(message(number)) for number in range(3)] == [Sent()] * 3
    assert server.accepted() == {f"<{number}@example.com>": 1 for number in range(3)}


@pytest.mark.parametrize(
    ("option", "results"),
    [
        ("-r", (Deferred, Deferred, Deferred, Deferred, Deferred, Deferred)),
        ("-f", (OwnFault, OwnFault, OwnFault, Refused, Refused, Refused)),
        ("-q", (Deferred, Deferred, Deferred, Deferred, Deferred, InDoubt)),
        ("-Q", (Deferred, Deferred, Deferred, Deferred, Deferred, Deferred)),
    ],
    ids=["4xx", "5xx", "cut", "421 and cut"],
)
def test_a_fault_at_each_step_has_one_result(
    sink: Start, option: str, results: tuple[type[SendResult], ...]
) -> None:
    for step, result in zip(STEPS, results, strict=True):
        server = sink(option, step)
        with SmtpTransport(server.settings) as transport:
            assert isinstance(transport.send(message()), result), step
        server.stop()


def test_a_message_answered_too_late_is_in_doubt(sink: Start) -> None:
    server = sink("-W", ".:2", timeout=0.5)
    with SmtpTransport(server.settings) as transport:
        assert isinstance(transport.send(message()), InDoubt)
    assert server.accepted() == {"<1@example.com>": 1}


def test_random_delays_leave_each_message_sent_or_in_doubt(sink: Start) -> None:
    server = sink("-W", ".:1:50", timeout=0.6)
    ids = [f"<{number}@example.com>" for number in range(16)]
    with SmtpTransport(server.settings) as transport:
        results = {name: transport.send(message(number)) for number, name in enumerate(ids)}
    sent_ids = {name for name, result in results.items() if result == Sent()}
    in_doubt = {name for name, result in results.items() if isinstance(result, InDoubt)}
    accepted = server.accepted()
    assert sent_ids | in_doubt == set(ids)
    assert sent_ids
    assert in_doubt
    assert sent_ids <= set(accepted) <= set(ids)
    assert set(accepted.values()) == {1}
