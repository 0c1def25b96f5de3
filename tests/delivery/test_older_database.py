"""A database that somebody put back by hand is held like a restored one: nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from smartinst.database import holds
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.delivery import dispatch
from smartinst.delivery.send_count import COUNT_FILE, SendCount, note_count
from tests.delivery.test_tick import MONDAY, DeliveryService, KilledError, service

__all__ = ["service"]

ONCE = {"acme@example.com": 1, "nube@example.com": 1}


def put_back_an_older_database(service: DeliveryService) -> None:
    """The database as it was before anything was sent."""
    with service.engine.begin() as connection:
        connection.execute(delete(DELIVERIES))
        connection.execute(delete(RUNS))


def test_an_older_database_is_held_and_sends_nothing_again(service: DeliveryService) -> None:
    assert service.tick().counts["sent"] == 2
    assert (service.settings.home / COUNT_FILE).read_text() == "2\n"
    put_back_an_older_database(service)
    for _ in range(2):
        report = service.tick(MONDAY + timedelta(minutes=1))
        assert len(report.problems) == 1 and "smartinst restore --release" in report.problems[0]
    assert service.server.accepted_counts == ONCE
    with service.engine.begin() as connection:
        holds.release(connection, MONDAY)
        note_count(connection, service.settings.home)
    report = service.tick(MONDAY + timedelta(minutes=2))
    assert (report.counts["held"], report.counts["sent"]) == (2, 0)
    assert service.server.accepted_counts == ONCE


def test_a_newer_database_is_not_held(service: DeliveryService) -> None:
    """A process that was killed before it noted the number."""
    service.tick()
    (service.settings.home / COUNT_FILE).write_text("1\n")
    assert service.tick(MONDAY + timedelta(days=7)).counts["sent"] == 2


@pytest.mark.parametrize("error", [KilledError, ValueError])
def test_an_older_database_is_held_after_a_tick_that_did_not_end(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Ended after the first message was accepted: by a kill, or by an error."""

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "_record_send", fail)
        with pytest.raises(error):
            service.tick()
    counts = dict(service.server.accepted_counts)
    assert sum(counts.values()) == 1
    put_back_an_older_database(service)
    report = service.tick(MONDAY + timedelta(minutes=1))
    assert len(report.problems) == 1 and "smartinst restore --release" in report.problems[0]
    assert service.server.accepted_counts == counts


def test_nothing_is_sent_if_the_attempt_cannot_be_noted(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: SendCount) -> None:
        raise OSError(28, "No space left on device", "deliveries.count")

    with monkeypatch.context() as patch:
        patch.setattr(SendCount, "note_attempt", fail)
        report = service.tick()
    assert (report.counts["sent"], report.counts["queued"]) == (0, 2)
    assert "the attempt cannot be noted: deliveries.count: No space left" in report.problems[0]
    assert service.server.accepted_counts == {}
    assert service.tick(MONDAY + timedelta(minutes=16)).counts["sent"] == 2
