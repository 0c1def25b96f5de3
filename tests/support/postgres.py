"""Debian's PostgreSQL on loopback for one test session, with an empty database for each test.

`postgres` is the address of an empty database; `database` runs a test on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.support.ports import free_port

START_SECONDS: Final = 60
FOLDERS: Final = ("/var/tmp", "/dev/shm")
"""Folders in which any user may create files; the server's user may have no access to TMPDIR."""
_numbers = count(1)


class Server:
    """A database cluster in its own folder, owned by another user if root runs the tests."""

    def __init__(self) -> None:
        self.user = _server_user()
        self.folder = Path(tempfile.mkdtemp(prefix="smartinst-pg-", dir=_parent_folder(self.user)))
        if self.user:
            shutil.chown(self.folder, self.user, pwd.getpwnam(self.user).pw_gid)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        data = str(self.folder / "data")
        create = f"-D {data} -U smartinst -A trust -E UTF8 --locale=C --no-sync"
        created = subprocess.run(
            [_program("initdb"), *create.split()],
            capture_output=True,
            user=self.user,
            cwd="/",
            check=False,
        )
        assert created.returncode == 0, created.stderr.decode(errors="replace")
        self._serve()

    def restart_after_crash(self) -> None:
        """Ends the server without a shutdown and starts it again: it recovers what is committed."""
        assert self.process is not None
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        self._serve()

    def _serve(self) -> None:
        data = str(self.folder / "data")
        serve = f"-D {data} -p {self.port} -h 127.0.0.1 -c unix_socket_directories="
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    _program("postgres"),
                    *serve.split(),
                    *"-c max_connections=60 -c fsync=off".split(),
                ],
                stdout=log,
                stderr=log,
                user=self.user,
                cwd="/",
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        """Polls until the server answers; fails with its log if it ends or takes too long."""
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                has_failed = self.process.poll() is not None or time.monotonic() > deadline
                assert not has_failed, (self.folder / "log").read_text(errors="replace")
                time.sleep(0.05)
            else:
                return

    def cut_connection(self, database: str) -> None:
        """Ends one connection to a database, if there is any."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{database}' ORDER BY random() LIMIT 1"
        )

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
        """Ends this server at once, without a last checkpoint, and removes its folder."""
        if self.process is not None:
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
    """The address of an empty PostgreSQL database."""
    return postgres_server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    return str(request.getfixturevalue("postgres"))


def _server_user() -> str | None:
    """The user that runs the server: not root, as which PostgreSQL refuses to run."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _parent_folder(user: str | None) -> str | None:
    """The folder for the cluster; None (TMPDIR) if the tests' own user runs the server."""
    if user is None:
        return None
    return next(folder for folder in FOLDERS if Path(folder).is_dir())


def _program(name: str) -> str:
    versions = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3])
    )
    assert versions, f"{name} is missing; apt-get install -y postgresql"
    return str(versions[-1])
