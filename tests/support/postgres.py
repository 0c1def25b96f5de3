"""A real PostgreSQL on loopback, Debian's, for one test session; a fresh database for every test that asks.

`postgres` is the address of an empty database; `database` runs a test twice, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

START_SECONDS = 60
_numbers = count(1)


class Server:
    """One cluster in a folder of its own, owned by `postgres` (or `nobody`) where root runs the tests."""

    def __init__(self) -> None:
        self.user = _owner()
        self.folder = Path(tempfile.mkdtemp(prefix="smartinst-pg-"))
        if self.user:
            shutil.chown(self.folder, self.user, pwd.getpwnam(self.user).pw_gid)
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        data = str(self.folder / "data")
        made = subprocess.run(
            [
                _binary("initdb"),
                "-D",
                data,
                "-U",
                "smartinst",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            capture_output=True,
            user=self.user,
            cwd="/",
            check=False,
        )
        assert made.returncode == 0, made.stderr.decode(errors="replace")
        words = [
            "-D",
            data,
            "-p",
            str(self.port),
            "-k",
            str(self.folder),
            "-h",
            "127.0.0.1",
            "-c",
            "max_connections=60",
        ]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [_binary("postgres"), *words], stdout=log, stderr=log, user=self.user, cwd="/"
            )
        self._wait()

    def _wait(self) -> None:
        """Polls until it answers; what it logged when it does not."""
        assert self.process is not None
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                is_over = self.process.poll() is not None or time.monotonic() > until
                assert not is_over, (self.folder / "log").read_text(errors="replace")
                time.sleep(0.05)
            else:
                return

    def execute(self, statement: str) -> None:
        address = (
            f"host=127.0.0.1 port={self.port} user=smartinst dbname=postgres connect_timeout=5"
        )
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_database(self) -> str:
        name = f"test_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://smartinst@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """Fast shutdown of this process and nothing else."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres(postgres_server: Server) -> str:
    """The address of an empty database on a real server."""
    return postgres_server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return str(request.getfixturevalue("postgres"))


def _owner() -> str | None:
    """Whom the server runs as: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    return next(name for name in ("postgres", "nobody") if _is_known(name))


def _is_known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _binary(name: str) -> str:
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3])
    )
    assert found, f"{name} is missing; apt-get install -y postgresql"
    return str(found[-1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
