"""Delivery ledger and run history on SQLite and PostgreSQL: what may have been sent stays so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from smartinst.database import holds
from smartinst.database.engine import connect
from smartinst.database.text import instant_text
from smartinst.delivery import delivery_ledger, run_history
from smartinst.errors import InputError

NOW = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
INSTANT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
TO, SENDER = "owner@example.com", "Reports <reports@açúcar.example>"
RUN = {
    "run_id": "one",
    "report": "weekly",
    "seller_id": "acme",
    "period": "2026-11-02T07:00",
    "instant": instant_text(INSTANT),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """One database of each kind for this module; every test rolls its changes back."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{tmp_path_factory.mktemp('deliveries') / 'state.db'}")
    else:
        engine = connect(request.getfixturevalue("postgres_server").new_database())
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def enqueue(
    connection: Connection, *reasons: str, run: dict[str, Any] = RUN, now: datetime = NOW
) -> str:
    return delivery_ledger.enqueue(
        connection, run, TO, {"pdf": {"path": "a.pdf", "sha256": "0"}}, SENDER, now, list(reasons)
    )


def single_delivery(connection: Connection) -> dict[str, Any]:
    (row,) = delivery_ledger.list_deliveries(connection)
    return delivery_ledger.find_delivery(connection, row["id"])


def delivery_after(connection: Connection, state: str, now: datetime = NOW) -> dict[str, Any]:
    """A delivery after one attempt to send it, with this result."""
    enqueue(connection)
    (row,) = delivery_ledger.ready_deliveries(connection, now)
    delivery_ledger.mark_sending(connection, row, now)
    if state != "sending":
        delivery_ledger.record_result(connection, row, state, "some reason", now)
    return single_delivery(connection)


def delivery_in(connection: Connection, state: str) -> dict[str, Any]:
    """A delivery in any state."""
    if state in ("held", "queued"):
        enqueue(connection, *(["a gate"] if state == "held" else []))
        return single_delivery(connection)
    if state == "missed":
        enqueue(connection)
        delivery_ledger.mark_missed_deliveries(connection, NOW, NOW)
        return single_delivery(connection)
    return delivery_after(connection, state)


def test_a_queued_delivery_has_a_message_id_of_the_senders_domain(
    connection: Connection,
) -> None:
    assert enqueue(connection) == "queued"
    row = single_delivery(connection)
    assert (row["state"], row["attempts"], row["recipient"]) == ("queued", 0, TO)
    assert row["message_id"].startswith("<")
    assert row["message_id"].endswith("@xn--acar-0oa8i.example>")
    assert row["files"] == {"pdf": {"path": "a.pdf", "sha256": "0"}}


def test_a_delivery_that_fails_a_gate_is_held_with_its_reasons(connection: Connection) -> None:
    assert enqueue(connection, "money: no", "rows: few") == "held"
    assert single_delivery(connection)["reason"] == "money: no; rows: few"
    assert delivery_ledger.ready_deliveries(connection, NOW + timedelta(days=9)) == []


@pytest.mark.parametrize("state", ["held", "queued", "missed"])
def test_enqueueing_again_keeps_the_row_and_its_message_id(
    connection: Connection, state: str
) -> None:
    old_row = delivery_in(connection, state)
    assert enqueue(connection, run={**RUN, "run_id": "two"}) == "queued"
    new_row = single_delivery(connection)
    assert (new_row["id"], new_row["message_id"]) == (old_row["id"], old_row["message_id"])
    assert (new_row["run_id"], new_row["state"]) == ("two", "queued")


@pytest.mark.parametrize("state", ["sending", "sent", "refused", "in_doubt"])
@pytest.mark.parametrize("reasons", [(), ("a gate",)], ids=["passes", "held"])
def test_enqueueing_again_never_queues_what_may_have_been_sent(
    connection: Connection, state: str, reasons: tuple[str, ...]
) -> None:
    old_row = delivery_in(connection, state)
    assert enqueue(connection, *reasons, run={**RUN, "run_id": "two"}) == state
    assert single_delivery(connection) == old_row
    assert delivery_ledger.ready_deliveries(connection, NOW + timedelta(days=9)) == []


def test_the_back_off_doubles_from_15_minutes_to_three_hours() -> None:
    delays = [delivery_ledger.back_off(attempts) // MINUTES for attempts in range(9)]
    assert delays == [15, 15, 30, 60, 120, 180, 180, 180, 180]
    assert delivery_ledger.back_off(10**9) == delivery_ledger.MAX_BACK_OFF


def test_the_back_off_counts_from_now_and_not_from_the_period(connection: Connection) -> None:
    enqueue(connection)
    now = NOW
    for attempts, delay in enumerate((15, 30, 60, 120, 180, 180), 1):
        (row,) = delivery_ledger.ready_deliveries(connection, now)
        delivery_ledger.mark_sending(connection, row, now)
        assert delivery_ledger.ready_deliveries(connection, now) == []
        delivery_ledger.record_result(connection, row, "queued", "452 full", now)
        assert single_delivery(connection)["attempts"] == attempts
        assert delivery_ledger.ready_deliveries(connection, now + (delay - 1) * MINUTES) == []
        now += delay * MINUTES
    assert len(delivery_ledger.ready_deliveries(connection, now)) == 1


def test_an_interrupted_delivery_is_in_doubt_and_never_ready(connection: Connection) -> None:
    delivery_after(connection, "sending")
    assert [row["period"] for row in delivery_ledger.mark_interrupted(connection, NOW)] == [
        RUN["period"]
    ]
    assert single_delivery(connection)["state"] == "in_doubt"
    assert delivery_ledger.mark_interrupted(connection, NOW) == []
    assert delivery_ledger.ready_deliveries(connection, NOW + timedelta(days=9)) == []


def test_a_delivery_that_waits_longer_than_the_catch_up_is_missed_once(
    connection: Connection,
) -> None:
    enqueue(connection)
    assert delivery_ledger.mark_missed_deliveries(connection, INSTANT, NOW) == []
    assert len(delivery_ledger.mark_missed_deliveries(connection, INSTANT + MINUTES, NOW)) == 1
    assert delivery_ledger.mark_missed_deliveries(connection, INSTANT + MINUTES, NOW) == []
    assert single_delivery(connection)["state"] == "missed"
    assert delivery_ledger.ready_deliveries(connection, NOW) == []


@pytest.mark.parametrize("state", ["held", "sending", "sent", "refused", "in_doubt"])
def test_only_queued_deliveries_are_missed(connection: Connection, state: str) -> None:
    old_row = delivery_in(connection, state)
    assert delivery_ledger.mark_missed_deliveries(connection, NOW + timedelta(days=9), NOW) == []
    assert single_delivery(connection) == old_row


@pytest.mark.parametrize("state", ["held", "queued", "refused", "missed"])
def test_a_requeued_delivery_is_ready_and_its_age_counts_from_now(
    connection: Connection, state: str
) -> None:
    old_row, later = delivery_in(connection, state), NOW + timedelta(days=3)
    delivery_ledger.requeue(connection, old_row["id"], later)
    assert (
        delivery_ledger.mark_missed_deliveries(connection, later - timedelta(hours=24), later) == []
    )
    (row,) = delivery_ledger.ready_deliveries(connection, later)
    assert (row["id"], row["message_id"], row["period"]) == (
        old_row["id"],
        old_row["message_id"],
        old_row["period"],
    )


@pytest.mark.parametrize("days", [-30, 0, 30], ids=["behind", "the same", "ahead"])
def test_a_requeued_delivery_is_ready_even_if_clocks_differ(
    connection: Connection, days: int
) -> None:
    delivery, now = delivery_in(connection, "refused"), NOW + timedelta(days=days)
    delivery_ledger.requeue(connection, delivery["id"], now)
    assert delivery_ledger.mark_missed_deliveries(connection, NOW - timedelta(hours=24), NOW) == []
    assert [row["id"] for row in delivery_ledger.ready_deliveries(connection, NOW)] == [
        delivery["id"]
    ]


@pytest.mark.parametrize("state", [state for state in delivery_ledger.STATES if state != "queued"])
def test_a_delivery_that_is_not_queued_any_more_is_not_sent(
    connection: Connection, state: str
) -> None:
    queued = delivery_in(connection, "queued")
    delivery_ledger.mark_sending(connection, queued, NOW)
    if state != "sending":
        delivery_ledger.record_result(connection, queued, state, "", NOW)
    old_row = single_delivery(connection)
    assert not delivery_ledger.mark_sending(connection, queued, NOW)
    assert single_delivery(connection) == old_row


@pytest.mark.parametrize("state", ["sending", "sent", "in_doubt"])
def test_a_delivery_that_may_have_been_sent_cannot_be_requeued(
    connection: Connection, state: str
) -> None:
    old_row = delivery_in(connection, state)
    with pytest.raises(InputError, match=f"is {state}"):
        delivery_ledger.requeue(connection, old_row["id"], NOW)
    assert single_delivery(connection) == old_row


@pytest.mark.parametrize(("outcome", "state"), [("sent", "sent"), ("not_sent", "queued")])
def test_a_delivery_in_doubt_is_resolved_by_hand(
    connection: Connection, outcome: str, state: str
) -> None:
    old_row, later = delivery_in(connection, "in_doubt"), NOW + timedelta(days=3)
    delivery_ledger.resolve_delivery(connection, old_row["id"], outcome, later)
    assert single_delivery(connection)["state"] == state
    assert (
        delivery_ledger.mark_missed_deliveries(connection, later - timedelta(hours=24), later) == []
    )
    assert len(delivery_ledger.ready_deliveries(connection, later)) == (state == "queued")


@pytest.mark.parametrize(
    "state", [state for state in delivery_ledger.STATES if state != "in_doubt"]
)
@pytest.mark.parametrize("outcome", ["sent", "not_sent"])
def test_only_a_delivery_in_doubt_can_be_resolved(
    connection: Connection, state: str, outcome: str
) -> None:
    old_row = delivery_in(connection, state)
    with pytest.raises(InputError, match="not in doubt"):
        delivery_ledger.resolve_delivery(connection, old_row["id"], outcome, NOW)
    assert single_delivery(connection) == old_row


def test_an_unknown_delivery_or_run_is_an_input_error(connection: Connection) -> None:
    for call in (
        lambda: delivery_ledger.find_delivery(connection, "x"),
        lambda: delivery_ledger.requeue(connection, "x", NOW),
        lambda: delivery_ledger.resolve_delivery(connection, "x", "sent", NOW),
        lambda: run_history.find_run(connection, "x"),
    ):
        with pytest.raises(InputError, match="'x'"):
            call()


def schedule(
    connection: Connection, period: str = "2026-11-02T07:00", seller_id: str = "acme"
) -> bool:
    return run_history.insert_run(connection, ("weekly", seller_id, period), INSTANT, NOW)


def test_scheduling_a_period_twice_adds_one_row(connection: Connection) -> None:
    assert [schedule(connection), schedule(connection), schedule(connection, seller_id="nube")] == [
        True,
        False,
        True,
    ]
    assert len(run_history.list_runs(connection, "weekly", "acme")) == 1
    assert len(run_history.list_runs(connection)) == 2


def test_a_run_of_a_scheduler_that_died_is_always_scheduled_again(connection: Connection) -> None:
    schedule(connection)
    ids = set()
    for _ in range(2 * run_history.MAX_ATTEMPTS):
        (row,) = run_history.pending_runs(connection)
        ids.add(run_history.start_run(connection, row, {}, {}, NOW))
        assert run_history.pending_runs(connection) == []
        run_history.reset_interrupted_runs(connection)
    (row,) = run_history.pending_runs(connection)
    assert (row["attempts"], len(ids)) == (
        2 * run_history.MAX_ATTEMPTS,
        2 * run_history.MAX_ATTEMPTS,
    )


def test_a_scheduled_run_older_than_the_catch_up_is_missed_once(connection: Connection) -> None:
    schedule(connection)
    assert run_history.mark_missed_runs(connection, INSTANT, NOW) == []
    assert len(run_history.mark_missed_runs(connection, INSTANT + MINUTES, NOW)) == 1
    assert run_history.mark_missed_runs(connection, INSTANT + MINUTES, NOW) == []
    assert run_history.pending_runs(connection) == []


def test_the_last_measures_are_those_of_the_newest_successful_earlier_run(
    connection: Connection,
) -> None:
    for day, state in ((1, "made"), (2, "made"), (3, "failed"), (4, "made")):
        period = f"2026-11-0{day}T07:00"
        schedule(connection, period)
        (row,) = [run for run in run_history.pending_runs(connection) if run["period"] == period]
        run_id = run_history.start_run(connection, row, {}, {}, NOW)
        run_history.finish_run(connection, run_id, state, NOW, measures={"plans": day})
    assert run_history.last_measures(connection, "weekly", "acme", "2026-11-04T07:00") == {
        "plans": 2
    }
    assert run_history.last_measures(connection, "weekly", "acme", "2026-11-01T07:00") == {}
    assert run_history.last_measures(connection, "weekly", "nube", "2026-11-09T07:00") == {}


def test_the_message_id_of_a_delivery_is_the_same_in_every_database(connection: Connection) -> None:
    enqueue(connection)
    message_id = single_delivery(connection)["message_id"]
    connection.rollback()  # an older database, in which the delivery does not exist
    enqueue(connection, run={**RUN, "run_id": "two"})
    assert single_delivery(connection)["message_id"] == message_id
    for changed in ({"report": "monthly"}, {"seller_id": "nube"}, {"period": "2026-11-09T07:00"}):
        enqueue(connection, run={**RUN, **changed})
    message_ids = {row["message_id"] for row in delivery_ledger.list_deliveries(connection)}
    assert len(message_ids) == 4


def test_a_period_that_a_restored_database_cannot_know_is_named(connection: Connection) -> None:
    holds.hold_database(connection, INSTANT - MINUTES, INSTANT + MINUTES)
    holds.release(connection, NOW)
    backups = [
        holds.unknown_since(connection, instant_text(INSTANT + minutes * MINUTES))
        for minutes in (-2, 0, 2)
    ]
    assert backups == [None, instant_text(INSTANT - MINUTES), None]
