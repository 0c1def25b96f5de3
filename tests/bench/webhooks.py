"""Requests per second and p99 of the webhook receiver on loopback, and whether the fold keeps up.

    .venv/bin/python -m tests.bench.webhooks               SQLite, 3,000 events, 16 senders
    .venv/bin/python -m tests.bench.webhooks --events 10000 --seconds 60 --no-fold
    .venv/bin/python -m tests.bench.webhooks --postgresql

Senders are processes with one persistent connection each. The benchmark stops at the count or the
time, whichever comes first, then waits (bounded) until every event is folded.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from smartinst.commands.options import say
from tests.support.postgres import Server
from tests.support.receiver import Receiver, events, post

FOLD_SECONDS = 120


def send(
    receiver_address: str, start: int, count: int, seconds: float, threads: int
) -> list[float]:
    """The duration of each request over `threads` connections, in seconds."""
    from concurrent.futures import ThreadPoolExecutor

    share = count // threads
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(threads) as pool:
        parts = [
            pool.submit(_send, receiver_address, start + share * index, share, deadline)
            for index in range(threads)
        ]
        return [duration for part in parts for duration in part.result()]


def _send(address: str, start: int, count: int, deadline: float) -> list[float]:
    import http.client

    connection = http.client.HTTPConnection(address, timeout=60)
    durations = []
    for event in events(count, start):
        start_time = time.perf_counter()
        code, _ = post(connection, event)
        durations.append(time.perf_counter() - start_time)
        assert code == 200
        if time.monotonic() > deadline:
            break
    connection.close()
    return durations


def measure(arguments: argparse.Namespace, place: Path, database: str) -> None:
    words = ("--no-fold",) if arguments.no_fold else ()
    with (
        Receiver(place, database, *words) as receiver,
        ProcessPoolExecutor(2, get_context("spawn")) as senders,
    ):
        for part in [
            senders.submit(send, receiver.address, 9_000_000 + index * 1000, 20, 30, 2)
            for index in range(2)
        ]:
            part.result()  # warm-up
        half, start_time = arguments.events // 2, time.monotonic()
        options = (half, arguments.seconds, arguments.senders // 2)
        parts = [
            senders.submit(send, receiver.address, index * half, *options) for index in range(2)
        ]
        durations = sorted(duration for part in parts for duration in part.result())
        elapsed = time.monotonic() - start_time
        unfolded = json.loads(receiver.get("/health")[1])["waiting"]
        middle, tail = (
            durations[len(durations) // 2] * 1000,
            durations[len(durations) * 99 // 100] * 1000,
        )
        say(
            f"{len(durations)} events, {arguments.senders} senders, {elapsed:.1f} s: "
            f"{len(durations) / elapsed:.0f} requests/s"
        )
        say(f"median {middle:.1f} ms, p99 {tail:.1f} ms")
        if not arguments.no_fold:
            seconds = _seconds_until_folded(receiver)
            say(f"{unfolded} events unfolded at the end; all folded {seconds:.1f} s later")


def _seconds_until_folded(receiver: Receiver) -> float:
    start_time = time.monotonic()
    while json.loads(receiver.get("/health")[1])["waiting"]:
        assert time.monotonic() - start_time < FOLD_SECONDS, "the fold does not keep up"
        time.sleep(0.1)
    return time.monotonic() - start_time


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=3_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--senders", type=int, default=16)
    parser.add_argument("--no-fold", action="store_true")
    parser.add_argument("--postgresql", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if not arguments.postgresql:
            measure(arguments, place, f"sqlite:///{place / 'state.db'}")
            return
        server = Server()
        try:
            server.start()
            measure(arguments, place, server.new_database())
        finally:
            server.stop()


if __name__ == "__main__":
    main()
