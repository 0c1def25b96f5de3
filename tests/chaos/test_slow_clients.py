"""The receiver with clients that send nothing, or slowly: events get through, connections end."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import resource
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartinst.intake.webhook_connections import ConnectionGuard
from tests.chaos import SIZE
from tests.support.hotmart_payloads import webhook
from tests.support.receiver import Receiver, post

PLACES = 40
DEADLINE = 2
"""Seconds; the receiver of this test has a shorter deadline, or the test would take minutes."""

CODE = f"""
from smartinst.intake import webhook_connections
webhook_connections.REQUEST_SECONDS = {DEADLINE}
webhook_connections.REPLY_SECONDS = 1
from smartinst.cli import main
main()
"""


def impatient_receiver(place: Path, **environment: str) -> Receiver:
    """A receiver with DEADLINE."""
    database = f"sqlite:///{place / 'state.db'}"
    environment = {"SMARTINST_HOTMART_ACME_HOTTOK": "acme-token-1", **environment}
    receiver = Receiver(place, database, "--no-fold", **environment)
    receiver.command = (sys.executable, "-c", CODE)
    return receiver


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    place = tmp_path_factory.mktemp("slow")
    with impatient_receiver(place, SMARTINST_WEBHOOKS_CONNECTIONS=str(PLACES)) as receiver:
        yield receiver
    assert receiver.process.returncode == 0
    assert not receiver.log_lines


def open_connections(
    receiver: Receiver, count: int, first_bytes: bytes = b""
) -> list[socket.socket]:
    host, port = receiver.address.split(":")
    connections = []
    for _ in range(count):
        connection = socket.create_connection((host, int(port)), timeout=10)
        connection.sendall(first_bytes)
        connections.append(connection)
    return connections


def reply(connection: socket.socket) -> bytes:
    """All that a connection receives until it is closed by the receiver."""
    answer_bytes = b""
    connection.settimeout(10 * DEADLINE)
    try:
        while chunk := connection.recv(4096):
            answer_bytes += chunk
    except ConnectionResetError:
        pass
    finally:
        connection.close()
    return answer_bytes


def event(event_id: str) -> dict[str, object]:
    return {**webhook("PURCHASE_APPROVED", "APPROVED", "2026-06-01"), "id": event_id}


@pytest.mark.parametrize(
    ("first_bytes", "answer"),
    [
        (b"", b""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nX-HOTMART", b"408"),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nX-HOTMART-HOTTOK: acme-token-1\r\n"
            b"Content-Length: 100\r\n\r\n{",
            b"408",
        ),
    ],
    ids=["silent", "in the headers", "in the body"],
)
def test_an_incomplete_request_is_ended_at_the_deadline(
    receiver: Receiver, first_bytes: bytes, answer: bytes
) -> None:
    start_time = time.monotonic()
    (connection,) = open_connections(receiver, 1, first_bytes)
    assert answer in reply(connection)[:20]
    assert DEADLINE - 0.5 < time.monotonic() - start_time < DEADLINE + 8


def test_a_request_with_two_lengths_is_refused_and_nothing_after_it_is_served(
    receiver: Receiver,
) -> None:
    request = (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    (connection,) = open_connections(receiver, 1, request)
    answer = reply(connection)
    assert answer.startswith(b"HTTP/1.1 400 ") and b"connection: close" in answer.lower()
    assert answer.count(b"HTTP/1.1") == 1


def test_a_client_that_sends_a_byte_now_and_then_has_the_same_deadline(receiver: Receiver) -> None:
    (connection,) = open_connections(receiver, 1)
    connection.settimeout(0.2)
    start_time = time.monotonic()
    trickle = iter(b"POST / HTTP/1.1\r\nHost: " + b"x" * 1000)
    while not is_closed(connection, next(trickle)):
        assert time.monotonic() - start_time < DEADLINE + 8
    assert time.monotonic() - start_time > DEADLINE - 0.5
    connection.close()


def is_closed(connection: socket.socket, byte: int) -> bool:
    """Whether the receiver has closed a connection to which another byte is sent."""
    try:
        connection.sendall(bytes([byte]))
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def test_events_get_through_while_silent_connections_take_all_places(receiver: Receiver) -> None:
    silent = open_connections(receiver, PLACES * 5)
    for number in range(10 * SIZE):
        silent += open_connections(receiver, 5)
        assert receiver.post(event(f"through-{number}")) == (200, "kept")
    assert json.loads(receiver.get("/health")[1])["database"] == "ok"
    for connection in silent:
        connection.close()
    assert 'closed_connections_total{reason="full"}' in receiver.metrics()


def test_a_kept_connection_is_answered_without_the_delay_of_nagle(receiver: Receiver) -> None:
    connection = receiver.connection()
    durations = []
    for number in range(20 * SIZE):
        start_time = time.perf_counter()
        assert post(connection, event(f"kept-{number}")) == (200, "kept")
        durations.append(time.perf_counter() - start_time)
    connection.close()
    assert statistics.median(durations) < 0.038


@pytest.mark.parametrize(
    "members",
    [
        ",".join(["1"] * 500_000),
        ",".join(["1.5"] * 250_000),
        ",".join(["[]"] * 300_000),
        ",".join(f'{{"{number}":1}}' for number in range(80_000)),
    ],
    ids=["numbers", "fractions", "arrays", "names"],
)
def test_an_event_of_very_many_values_is_refused_while_others_are_answered(
    receiver: Receiver, members: str
) -> None:
    body = f'{{"id":"x","event":"X_Y","version":"2.0.0","data":{{"a":[{members}]}}}}'.encode()
    start_time = time.perf_counter()
    assert receiver.post(body) == (400, "refused")
    assert time.perf_counter() - start_time < 5


def memory_mb(receiver: Receiver) -> int:
    status = Path(f"/proc/{receiver.process.pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) >> 10


def test_long_names_do_not_stay_in_memory(receiver: Receiver) -> None:
    def named(number: int) -> bytes:
        name = f"{number:06}" + "n" * 900_000
        return f'{{"id":"{number}","event":"X_Y","version":"2.0.0","data":{{"{name}":1}}}}'.encode()

    for number in range(5):
        receiver.post(named(number))
    memory_at_start = memory_mb(receiver)
    for number in range(5, 5 + 60 * SIZE):
        assert receiver.post(named(number)) == (200, "kept")
    assert memory_mb(receiver) - memory_at_start < 40


def test_a_receiver_with_few_file_descriptors_stays_available(tmp_path: Path) -> None:
    """The limit of connections follows from the limit of open files."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (160, limits[1]))
    try:
        receiver = impatient_receiver(tmp_path)
        receiver.__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    silent = open_connections(receiver, 300)
    assert receiver.post(event("few")) == (200, "kept")
    for connection in silent:
        connection.close()
    receiver.__exit__()
    assert receiver.process.returncode == 0
    assert len(receiver.log_lines) <= 1  # missing descriptors, once a minute


def test_missing_file_descriptors_are_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    guard = ConnectionGuard(10, 10, lambda _: None)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(guard.handle_exception)
    context = {"message": "accept", "exception": OSError(errno.EMFILE, "Too many open files")}
    with caplog.at_level(logging.ERROR):
        for _ in range(1000):
            loop.call_exception_handler(context)
    loop.close()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "Too many open files" in caplog.text
