"""The end of the log of actions: a tail that was cut off is seen, and a kill is no alarm."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, delete, select, update

from smartinst.actions.anchor import ANCHOR_FILE, KEY_FILE, Anchor
from smartinst.actions.calls import Call
from smartinst.actions.log import ActionLog
from smartinst.database.engine import connected
from smartinst.database.schema import ACTION_EVENTS, ACTION_HEAD
from smartinst.delivery.operator_notices import LAST_ACTION, list_notices, send_notices
from smartinst.errors import HeldHomeError
from smartinst.settings import Settings
from tests.support.workspace import SELLERS, configuration, smartinst

NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
CALL: Final = Call("call-1", "acme", "20000001", "refund", "HP1", "HP1", 7, 4000, "EUR")


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    with connected(database) as engine:
        yield engine


@pytest.fixture
def log(engine: Engine, tmp_path: Path) -> ActionLog:
    """A log of three calls, with two events each."""
    log = ActionLog(engine, Anchor(tmp_path / "home"))
    for number in range(3):
        call = replace(CALL, call_id=f"call-{number}", target=f"HP{number}")
        assert log.begin(call, NOW, allowed=(None,)) is None
        assert log.record(call, "done", NOW, "answered 200")
    return log


def cut_off(engine: Engine, events: int) -> None:
    with engine.begin() as connection:
        connection.execute(delete(ACTION_EVENTS).where(ACTION_EVENTS.c.number > events))


def test_a_log_with_its_end_is_intact(log: ActionLog, tmp_path: Path) -> None:
    assert log.first_broken_event() is None and log.tail_problem() is None
    assert stat.S_IMODE((tmp_path / "home" / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("events", range(6))
def test_a_tail_that_was_cut_off_is_seen(log: ActionLog, engine: Engine, events: int) -> None:
    cut_off(engine, events)
    assert log.first_broken_event() is None  # the hashes of what is left are right
    assert "cut off: its seal is of event 6" in str(log.tail_problem())


def test_a_seal_for_the_shorter_log_cannot_be_made_without_the_key(
    log: ActionLog, engine: Engine, tmp_path: Path
) -> None:
    cut_off(engine, 4)
    with engine.begin() as connection:
        last_hash = connection.execute(
            select(ACTION_EVENTS.c.hash).where(ACTION_EVENTS.c.number == 4)
        ).scalar_one()
        connection.execute(update(ACTION_HEAD).values(number=4, hash=last_hash))
    (tmp_path / "home" / ANCHOR_FILE).unlink()
    assert "the seal of its last event is wrong" in str(log.tail_problem())


def test_an_older_database_with_its_own_seal_is_seen_by_the_file_of_the_home(
    log: ActionLog, engine: Engine
) -> None:
    cut_off(engine, 0)
    with engine.begin() as connection:
        connection.execute(delete(ACTION_HEAD))
    assert "event 6" in str(log.tail_problem())


def test_a_process_that_ends_before_it_writes_the_file_causes_no_alarm(
    log: ActionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Anchor, "write_file", lambda *_: None)
    log.begin(replace(CALL, call_id="call-9", target="HP9"), NOW, allowed=(None,))
    assert log.tail_problem() is None


def test_another_key_is_named(log: ActionLog, engine: Engine, tmp_path: Path) -> None:
    assert log.tail_problem() is None
    assert "another key" in str(ActionLog(engine, Anchor(tmp_path / "new")).tail_problem())


def test_the_last_event_is_noted_for_the_operator_once(log: ActionLog, engine: Engine) -> None:
    settings = Settings()
    with engine.connect() as connection:
        for _ in range(2):
            send_notices(connection, settings, NOW)
        (notice,) = list_notices(connection)
    number, last_hash = log.head()
    assert notice["said"] == f"{LAST_ACTION} {number}, hash {last_hash}"


def test_act_verify_fails_for_a_tail_that_was_cut_off(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    with connected(f"sqlite:///{tmp_path}/var/smartinst.db") as engine:
        own_log = ActionLog(engine, Anchor(tmp_path / "var"))
        own_log.begin(CALL, NOW, allowed=(None,))
        assert smartinst(tmp_path, "act", "verify").returncode == 0
        cut_off(engine, 0)
    command = smartinst(tmp_path, "act", "verify")
    assert (command.returncode, command.stderr.count("\n")) == (1, 1)
    assert "cut off" in command.stderr


def test_no_call_begins_after_a_loss_until_the_log_is_accepted(
    log: ActionLog, engine: Engine
) -> None:
    """An older database: the refund HP2 was made, and its events are gone."""
    cut_off(engine, 4)
    call = replace(CALL, call_id="call-9", target="HP2")
    with pytest.raises(HeldHomeError, match=r"cut off: its seal is of event 6.*verify --accept"):
        log.begin(call, NOW, allowed=(None,))
    assert "cut off" in str(log.tail_problem())
    assert log.accept().number == 4
    assert log.tail_problem() is None
    assert log.begin(call, NOW, allowed=(None,)) is None


def test_an_older_database_stays_evident_after_the_outcome_of_a_call(
    log: ActionLog, engine: Engine
) -> None:
    cut_off(engine, 5)  # the outcome of the third call is gone
    assert log.record(replace(CALL, call_id="call-2", target="HP2"), "done", NOW, "seen")
    assert "cut off" in str(log.tail_problem())


def test_a_log_that_was_emptied_can_be_accepted(
    log: ActionLog, engine: Engine, tmp_path: Path
) -> None:
    cut_off(engine, 0)
    with engine.begin() as connection:
        connection.execute(delete(ACTION_HEAD))
    assert log.accept().number == 0
    assert log.tail_problem() is None and not (tmp_path / "home" / ANCHOR_FILE).exists()


def test_a_tick_and_doctor_stop_at_an_older_database(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    with connected(f"sqlite:///{tmp_path}/var/smartinst.db") as engine:
        ActionLog(engine, Anchor(tmp_path / "var")).begin(CALL, NOW, allowed=(None,))
        cut_off(engine, 0)
    tick = smartinst(tmp_path, "schedule", "tick", "--now", "2026-11-02T12:30:00Z")
    assert tick.returncode == 1 and "no call is made until `smartinst act verify" in tick.stderr
    doctor = smartinst(tmp_path, "doctor").stdout
    assert "remedy: smartinst act verify --accept" in doctor
    assert smartinst(tmp_path, "act", "verify", "--accept").returncode == 0
    tick = smartinst(tmp_path, "schedule", "tick", "--now", "2026-11-02T12:30:00Z")
    assert "act verify" not in tick.stderr
