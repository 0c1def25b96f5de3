"""The delivery ledger and the runs behind it, on SQLite and PostgreSQL: what went out, or may have, never goes again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

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
    """One database of each kind for the whole file; every test rolls back what it did."""
    if request.param == "sqlite":
        made = connect(f"sqlite:///{tmp_path_factory.mktemp('deliveries') / 'state.db'}")
    else:
        made = connect(request.getfixturevalue("postgres_server").new_database())
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as one:
        yield one
        one.rollback()


def put(
    connection: Connection, *reasons: str, run: dict[str, Any] = RUN, now: datetime = NOW
) -> str:
    return delivery_ledger.enqueue(
        connection, run, TO, {"pdf": {"path": "a.pdf", "sha256": "0"}}, SENDER, now, list(reasons)
    )


def only(connection: Connection) -> dict[str, Any]:
    (row,) = delivery_ledger.list_deliveries(connection)
    return delivery_ledger.find_delivery(connection, row["id"])


def ends(connection: Connection, state: str, now: datetime = NOW) -> dict[str, Any]:
    """A delivery that was sent once, with this ending."""
    put(connection)
    (row,) = delivery_ledger.ready_deliveries(connection, now)
    delivery_ledger.mark_sending(connection, row, now)
    if state != "sending":
        delivery_ledger.record_result(connection, row, state, "said so", now)
    return only(connection)


def brought_to(connection: Connection, state: str) -> dict[str, Any]:
    """A delivery in any state."""
    if state in ("held", "queued"):
        put(connection, *(["a gate"] if state == "held" else []))
        return only(connection)
    if state == "missed":
        put(connection)
        delivery_ledger.mark_missed_deliveries(connection, NOW, NOW)
        return only(connection)
    return ends(connection, state)


def test_what_is_asked_for_is_queued_with_a_message_id_of_the_senders_domain(
    connection: Connection,
) -> None:
    assert put(connection) == "queued"
    row = only(connection)
    assert (row["state"], row["attempts"], row["recipient"]) == ("queued", 0, TO)
    assert row["message_id"].startswith("<")
    assert row["message_id"].endswith("@xn--acar-0oa8i.example>")
    assert row["files"] == {"pdf": {"path": "a.pdf", "sha256": "0"}}


def test_what_a_gate_stops_is_held_with_its_reasons_and_not_ready(connection: Connection) -> None:
    assert put(connection, "money: no", "rows: few") == "held"
    assert only(connection)["reason"] == "money: no; rows: few"
    assert delivery_ledger.ready_deliveries(connection, NOW + timedelta(days=9)) == []


@pytest.mark.parametrize("state", ["held", "queued", "missed"])
def test_asking_again_keeps_the_row_and_its_message_id(connection: Connection, state: str) -> None:
    before = brought_to(connection, state)
    assert put(connection, run={**RUN, "run_id": "two"}) == "queued"
    after = only(connection)
    assert (after["id"], after["message_id"]) == (before["id"], before["message_id"])
    assert (after["run_id"], after["state"]) == ("two", "queued")


@pytest.mark.parametrize("state", ["sending", "sent", "refused", "in_doubt"])
@pytest.mark.parametrize("reasons", [(), ("a gate",)], ids=["passes", "held"])
def test_asking_again_never_queues_what_went_out_or_may_have(
    connection: Connection, state: str, reasons: tuple[str, ...]
) -> None:
    before = brought_to(connection, state)
    assert put(connection, *reasons, run={**RUN, "run_id": "two"}) == state
    assert only(connection) == before
    assert delivery_ledger.ready_deliveries(connection, NOW + timedelta(days=9)) == []


def test_the_wait_doubles_from_a_quarter_of_an_hour_to_three_hours() -> None:
    waits = [delivery_ledger.back_off(attempts) // MINUTES for attempts in range(9)]
    assert waits == [15, 15, 30, 60, 120, 180, 180, 180, 180]
    assert delivery_ledger.back_off(10**9) == delivery_ledger.MAX_BACK_OFF


def test_the_back_off_counts_from_now_and_not_from_the_period(connection: Connection) -> None:
    put(connection)
    now = NOW
    for attempts, wait in enumerate((15, 30, 60, 120, 180, 180), 1):
        (row,) = delivery_ledger.ready_deliveries(connection, now)
        delivery_ledger.mark_sending(connection, row, now)
        assert delivery_ledger.ready_deliveries(connection, now) == []
        delivery_ledger.record_result(connection, row, "queued", "452 full", now)
        assert only(connection)["attempts"] == attempts
        assert delivery_ledger.ready_deliveries(connection, now + (wait - 1) * MINUTES) == []
        now += wait * MINUTES
    assert len(delivery_ledger.ready_deliveries(connection, now)) == 1


def test_an_interrupted_sending_is_in_doubt_and_never_ready(connection: Connection) -> None:
    ends(connection, "sending")
    assert [row["period"] for row in delivery_ledger.mark_interrupted(connection, NOW)] == [
        RUN["period"]
    ]
    assert only(connection)["state"] == "in_doubt"
    assert delivery_ledger.mark_interrupted(connection, NOW) == []
    assert delivery_ledger.ready_deliveries(connection, NOW + timedelta(days=9)) == []


def test_what_waits_longer_than_the_catch_up_is_missed_once(connection: Connection) -> None:
    put(connection)
    assert delivery_ledger.mark_missed_deliveries(connection, INSTANT, NOW) == []
    assert len(delivery_ledger.mark_missed_deliveries(connection, INSTANT + MINUTES, NOW)) == 1
    assert delivery_ledger.mark_missed_deliveries(connection, INSTANT + MINUTES, NOW) == []
    assert only(connection)["state"] == "missed"
    assert delivery_ledger.ready_deliveries(connection, NOW) == []


@pytest.mark.parametrize("state", ["held", "sending", "sent", "refused", "in_doubt"])
def test_only_what_is_queued_is_missed(connection: Connection, state: str) -> None:
    before = brought_to(connection, state)
    assert delivery_ledger.mark_missed_deliveries(connection, NOW + timedelta(days=9), NOW) == []
    assert only(connection) == before


@pytest.mark.parametrize("state", ["held", "queued", "refused", "missed"])
def test_a_release_by_hand_goes_out_next_and_counts_its_period_from_now(
    connection: Connection, state: str
) -> None:
    before, later = brought_to(connection, state), NOW + timedelta(days=3)
    delivery_ledger.requeue(connection, before["id"], later)
    assert (
        delivery_ledger.mark_missed_deliveries(connection, later - timedelta(hours=24), later) == []
    )
    (row,) = delivery_ledger.ready_deliveries(connection, later)
    assert (row["id"], row["message_id"], row["period"]) == (
        before["id"],
        before["message_id"],
        before["period"],
    )


@pytest.mark.parametrize("days", [-30, 0, 30], ids=["behind", "the same", "ahead"])
def test_what_is_released_by_hand_goes_with_the_next_tick_whatever_its_clock_says(
    connection: Connection, days: int
) -> None:
    delivery, now = brought_to(connection, "refused"), NOW + timedelta(days=days)
    delivery_ledger.requeue(connection, delivery["id"], now)
    assert delivery_ledger.mark_missed_deliveries(connection, NOW - timedelta(hours=24), NOW) == []
    assert [row["id"] for row in delivery_ledger.ready_deliveries(connection, NOW)] == [
        delivery["id"]
    ]


@pytest.mark.parametrize("state", [one for one in delivery_ledger.STATES if one != "queued"])
def test_what_is_not_queued_any_more_is_not_begun(connection: Connection, state: str) -> None:
    listed = brought_to(connection, "queued")
    delivery_ledger.mark_sending(connection, listed, NOW)
    if state != "sending":
        delivery_ledger.record_result(connection, listed, state, "", NOW)
    before = only(connection)
    assert not delivery_ledger.mark_sending(connection, listed, NOW)
    assert only(connection) == before


@pytest.mark.parametrize("state", ["sending", "sent", "in_doubt"])
def test_what_went_out_or_may_have_is_not_released(connection: Connection, state: str) -> None:
    before = brought_to(connection, state)
    with pytest.raises(InputError, match=f"is {state}"):
        delivery_ledger.requeue(connection, before["id"], NOW)
    assert only(connection) == before


@pytest.mark.parametrize(("outcome", "state"), [("sent", "sent"), ("not_sent", "queued")])
def test_a_doubt_is_settled_by_hand(connection: Connection, outcome: str, state: str) -> None:
    before, later = brought_to(connection, "in_doubt"), NOW + timedelta(days=3)
    delivery_ledger.resolve_delivery(connection, before["id"], outcome, later)
    assert only(connection)["state"] == state
    assert (
        delivery_ledger.mark_missed_deliveries(connection, later - timedelta(hours=24), later) == []
    )
    assert len(delivery_ledger.ready_deliveries(connection, later)) == (state == "queued")


@pytest.mark.parametrize("state", [one for one in delivery_ledger.STATES if one != "in_doubt"])
@pytest.mark.parametrize("outcome", ["sent", "not_sent"])
def test_what_is_not_in_doubt_cannot_be_settled(
    connection: Connection, state: str, outcome: str
) -> None:
    before = brought_to(connection, state)
    with pytest.raises(InputError, match="not in doubt"):
        delivery_ledger.resolve_delivery(connection, before["id"], outcome, NOW)
    assert only(connection) == before


def test_an_unknown_delivery_or_run_is_an_input_error(connection: Connection) -> None:
    for act in (
        lambda: delivery_ledger.find_delivery(connection, "x"),
        lambda: delivery_ledger.requeue(connection, "x", NOW),
        lambda: delivery_ledger.resolve_delivery(connection, "x", "sent", NOW),
        lambda: run_history.find_run(connection, "x"),
    ):
        with pytest.raises(InputError, match="'x'"):
            act()


def plan(connection: Connection, period: str = "2026-11-02T07:00", seller_id: str = "acme") -> bool:
    return run_history.insert_run(connection, ("weekly", seller_id, period), INSTANT, NOW)


def test_planning_the_same_period_twice_is_one_row(connection: Connection) -> None:
    assert [plan(connection), plan(connection), plan(connection, seller_id="nube")] == [
        True,
        False,
        True,
    ]
    assert len(run_history.list_runs(connection, "weekly", "acme")) == 1
    assert len(run_history.list_runs(connection)) == 2


def test_a_run_whose_maker_died_is_planned_again_however_often(connection: Connection) -> None:
    plan(connection)
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


def test_a_run_planned_before_the_catch_up_is_missed_once(connection: Connection) -> None:
    plan(connection)
    assert run_history.mark_missed_runs(connection, INSTANT, NOW) == []
    assert len(run_history.mark_missed_runs(connection, INSTANT + MINUTES, NOW)) == 1
    assert run_history.mark_missed_runs(connection, INSTANT + MINUTES, NOW) == []
    assert run_history.pending_runs(connection) == []


def test_the_last_measures_are_those_of_the_newest_earlier_run_that_was_made(
    connection: Connection,
) -> None:
    for day, state in ((1, "made"), (2, "made"), (3, "failed"), (4, "made")):
        period = f"2026-11-0{day}T07:00"
        plan(connection, period)
        (row,) = [one for one in run_history.pending_runs(connection) if one["period"] == period]
        run_id = run_history.start_run(connection, row, {}, {}, NOW)
        run_history.finish_run(connection, run_id, state, NOW, measures={"plans": day})
    assert run_history.last_measures(connection, "weekly", "acme", "2026-11-04T07:00") == {
        "plans": 2
    }
    assert run_history.last_measures(connection, "weekly", "acme", "2026-11-01T07:00") == {}
    assert run_history.last_measures(connection, "weekly", "nube", "2026-11-09T07:00") == {}
