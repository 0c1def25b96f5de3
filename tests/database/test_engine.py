"""The schema's steps and errors, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, inspect, select, text

from smartinst.addresses import database_address
from smartinst.database.engine import connect, connected, display_name
from smartinst.database.schema import SCHEMA_VERSION, STEPS
from smartinst.errors import ConfigurationError
from tests.support.workspace import smartinst

PROCESSES = 4


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    with connected(database) as engine:
        yield engine


def version(engine: Engine) -> list[int]:
    with engine.begin() as connection:
        return list(connection.execute(select(SCHEMA_VERSION.c.version)).scalars())


def test_a_new_database_takes_every_step(engine: Engine) -> None:
    assert version(engine) == [len(STEPS)]


def test_a_database_that_is_up_to_date_takes_no_step_again(engine: Engine, database: str) -> None:
    tables = inspect(engine).get_table_names()
    with connected(database) as second_engine:
        assert version(second_engine) == [len(STEPS)]
        assert inspect(second_engine).get_table_names() == tables


def test_an_older_database_takes_only_the_missing_steps(
    engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def further(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE further (id INTEGER)"))

    monkeypatch.setattr("smartinst.database.engine.STEPS", (*STEPS, further))
    for _ in range(2):
        connect(database).dispose()
    assert version(engine) == [len(STEPS) + 1]
    assert inspect(engine).has_table("further")


def test_a_failed_step_is_rolled_back(
    engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing_step(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        connection.execute(text("SELECT * FROM nowhere"))

    monkeypatch.setattr("smartinst.database.engine.STEPS", (*STEPS, failing_step))
    with pytest.raises(ConfigurationError):
        connect(database)
    assert version(engine) == [len(STEPS)]
    assert not inspect(engine).has_table("half")


def test_simultaneous_processes_take_each_step_once(database: str) -> None:
    line = f"from smartinst.database.engine import connect; connect({database!r})"
    processes = [
        subprocess.Popen([sys.executable, "-c", line], stderr=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    engine = connect(database)
    assert version(engine) == [len(STEPS)]
    engine.dispose()


def test_sqlite_uses_wal_and_writes_each_commit_to_disk(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'inner' / 'state.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


def test_the_error_for_an_unreachable_server_is_one_line_without_the_password() -> None:
    with pytest.raises(ConfigurationError) as error:
        connect("postgresql+psycopg://someone:hidden-word@127.0.0.1:1/none")
    assert "hidden-word" not in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    "words", [("act", "log", "--json"), ("webhooks", "--fold-once"), ("act", "verify")]
)
def test_the_error_for_a_missing_table_is_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    place = tmp_path / "var" / "smartinst.db"
    (tmp_path / "smartinst.toml").write_text('home = "var"\n', encoding="utf-8")
    engine = connect(f"sqlite:///{place}")
    with engine.begin() as connection:
        for table in ("action_events", "inbox"):
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    command = smartinst(tmp_path, *words)
    assert (command.returncode, command.stdout) == (1, "")
    assert command.stderr.startswith("smartinst: database: no such table: ")
    assert command.stderr.count("\n") == 1


def test_the_error_for_an_impossible_home_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text('home = "var"\n', encoding="utf-8")
    (tmp_path / "var").write_text("a file", encoding="utf-8")
    command = smartinst(tmp_path, "act", "log")
    assert command.returncode == 1
    assert command.stderr == f"smartinst: database: {tmp_path / 'var'}: File exists\n"


@pytest.mark.parametrize(
    "address", ["nonsense", "mongo://me:secret@here/x", "sqlite:////dev/null/x/state.db"]
)
def test_the_error_for_an_invalid_address_does_not_contain_its_password(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^database: ") as error:
        connect(address)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    ["a b?c%20d#é{seller}", "100%", "a%2520b", "q'u\"o`t<e>", "[1]*", "💸", "a:b@c+d;e=f", "a\\b"],
)
@pytest.mark.parametrize("database", ["", "sqlite:///inner/state.db"])
def test_sqlite_is_found_in_a_folder_of_any_name(tmp_path: Path, name: str, database: str) -> None:
    base = tmp_path / name
    address = database_address(database, base, base / "var")
    expected_file = base / ("inner/state.db" if database else "var/smartinst.db")
    with connected(address) as engine, engine.connect() as connection:
        assert connection.execute(select(SCHEMA_VERSION.c.version)).scalar() == len(STEPS)
    assert expected_file.is_file()
    assert display_name(address) == str(expected_file)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_name_of_a_server_has_no_password() -> None:
    assert display_name("postgresql+psycopg://me:secret@here/x") == (
        "postgresql+psycopg://me:***@here/x"
    )
