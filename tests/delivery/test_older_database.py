"""A database that somebody put back by hand is held like a restored one: nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from smartinst.database import holds
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.delivery.send_count import COUNT_FILE, note_count
from tests.delivery.test_tick import MONDAY, DeliveryService, service

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
