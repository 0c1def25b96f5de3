"""Postfix's own smtp-sink, whose faults others wrote: every ending means what docs/contracts.md §6 says, and nothing goes twice."""

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
from smartinst.delivery.transport.smtp import SmtpTransport
from smartinst.settings import MailSettings
from tests.support.paths import ROOT

UNPACKED = ROOT / ".venv" / "postfix"
TO = "owner@example.com"
STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".")


def sink_command() -> tuple[str, dict[str, str]]:
    """smtp-sink and the environment it runs in: an installed one, or the one that `make test-tools` unpacked."""
    if found := shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin"):
        return found, dict(os.environ)
    path = UNPACKED / "usr" / "sbin" / "smtp-sink"
    assert path.is_file(), "Postfix's smtp-sink is missing; run: make test-tools"
    return str(path), {**os.environ, "LD_LIBRARY_PATH": str(UNPACKED / "usr" / "lib" / "postfix")}


class Sink:
    """One smtp-sink; what it accepted lies in a folder, one file a message."""

    def __init__(self, place: Path, *options: str, timeout: float = 5) -> None:
        place.chmod(0o777)  # started by root it drops to nobody
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
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
        """How often each Message-ID was accepted: a transaction that was not has no text."""
        found = Counter[str]()
        for path in self.place.glob("taken.*"):
            ids = [
                line for line in path.read_text().splitlines() if line.startswith("Message-ID: ")
            ]
            found.update(one.removeprefix("Message-ID: ") for one in ids)
        return found


Start = Callable[..., Sink]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Start]:
    started: list[Sink] = []

    def start(*options: str, timeout: float = 5) -> Sink:
        started.append(Sink(tmp_path, *options, timeout=timeout))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def message(number: int = 1) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "reports@example.com", TO, "Report"
    made["Message-ID"] = f"<{number}@example.com>"
    made.set_content("hello\n.dotted\n")
    return made


def test_a_sink_without_faults_takes_each_message_once(sink: Start) -> None:
    one = sink()
    with SmtpTransport(one.settings) as line:
        assert [line.send(message(number), TO) for number in range(3)] == [Sent()] * 3
    assert one.accepted() == {f"<{number}@example.com>": 1 for number in range(3)}


@pytest.mark.parametrize(
    ("option", "endings"),
    [
        ("-r", (Deferred, Deferred, Deferred, Deferred, Deferred, Deferred)),
        ("-f", (OwnFault, OwnFault, OwnFault, Refused, Refused, Refused)),
        ("-q", (Deferred, Deferred, Deferred, Deferred, Deferred, InDoubt)),
        ("-Q", (Deferred, Deferred, Deferred, Deferred, Deferred, Deferred)),
    ],
    ids=["4xx", "5xx", "cut", "421 and cut"],
)
def test_a_fault_at_each_step_has_one_meaning(
    sink: Start, option: str, endings: tuple[type[SendResult], ...]
) -> None:
    for step, ending in zip(STEPS, endings, strict=True):
        one = sink(option, step)
        with SmtpTransport(one.settings) as line:
            assert isinstance(line.send(message(), TO), ending), step
        one.stop()


def test_a_server_that_answers_too_late_has_the_message_and_it_is_in_doubt(sink: Start) -> None:
    one = sink("-W", ".:2", timeout=0.5)
    with SmtpTransport(one.settings) as line:
        assert isinstance(line.send(message(), TO), InDoubt)
    assert one.accepted() == {"<1@example.com>": 1}


def test_a_server_that_is_late_at_random_is_told_as_it_is(sink: Start) -> None:
    one = sink("-W", ".:1:50", timeout=0.6)
    ids = [f"<{number}@example.com>" for number in range(16)]
    with SmtpTransport(one.settings) as line:
        ends = {name: line.send(message(number), TO) for number, name in enumerate(ids)}
    sent = {name for name, answer in ends.items() if answer == Sent()}
    in_doubt = {name for name, answer in ends.items() if isinstance(answer, InDoubt)}
    accepted = one.accepted()
    assert sent | in_doubt == set(ids)
    assert sent
    assert in_doubt
    assert sent <= set(accepted) <= set(ids)
    assert set(accepted.values()) == {1}
