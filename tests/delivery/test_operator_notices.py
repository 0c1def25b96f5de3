"""The operator gets each problem once; a problem of one run or message stops no other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smartinst.delivery import delivery_ledger, dispatch, operator_notices, run_history
from smartinst.delivery.tick import rerun
from smartinst.delivery.transport.send_result import Deferred, InDoubt, Refused
from smartinst.errors import ConfigurationError
from smartinst.settings import MailSettings
from tests.delivery.test_tick import (
    MEASURES,
    MONDAY,
    OPERATOR,
    WEEKLY,
    DeliveryService,
    service,
)

__all__ = ["service"]

HOUR = timedelta(hours=1)


def states(service: DeliveryService) -> list[str]:
    with service.engine.connect() as connection:
        return [row["state"] for row in operator_notices.list_notices(connection)]


def test_problems_of_a_tick_are_sent_to_the_operator_once_in_one_message(
    service: DeliveryService,
) -> None:
    service.errors = {"acme": "cell 3: Zero\nDivisionError", "nube": "no\x00thing"}
    service.tick()
    (text,) = service.server.notice_texts
    assert "weekly of acme, 2026-11-02T07:00: failed: cell 3: Zero DivisionError\n" in text
    assert "weekly of nube, 2026-11-02T07:00: failed: no\ufffdthing\n" in text
    assert service.server.accepted_counts == {}, "sellers get no notices"
    service.tick(MONDAY + HOUR)
    assert states(service) == ["told", "told"]
    assert len(service.server.notice_texts) == 1


@pytest.mark.parametrize(
    "answer", [Deferred("no connection"), Refused("550")], ids=["no connection", "refused"]
)
def test_a_notice_that_was_not_accepted_is_sent_later(
    service: DeliveryService, answer: Deferred | Refused
) -> None:
    service.errors["acme"], service.server.answers[OPERATOR] = "cell 3", answer
    service.tick()
    service.server.notice_texts.clear()
    service.server.answers.clear()
    service.tick(MONDAY + timedelta(minutes=10))
    assert (service.server.notice_texts, states(service)) == ([], ["waiting"])
    service.tick(MONDAY + timedelta(minutes=15))
    service.tick(MONDAY + HOUR)
    assert [text.count("cell 3") for text in service.server.notice_texts] == [1]
    assert "already" not in service.server.notice_texts[0]


@pytest.mark.parametrize(
    ("notices", "problems", "count"),
    [(1, 0, "1 notice"), (2, 1, "1 problem"), (2, 2, "2 problems")],
)
def test_the_subject_counts_problems_or_else_notices(
    notices: int, problems: int, count: str
) -> None:
    assert operator_notices._count(notices, problems) == count


def test_a_notice_in_doubt_is_sent_again_with_a_remark(service: DeliveryService) -> None:
    service.errors["acme"], service.server.answers[OPERATOR] = "cell 3", InDoubt("no answer")
    service.tick()
    service.server.answers.clear()
    service.tick(MONDAY + HOUR)
    assert [
        "you may already have received this" in text for text in service.server.notice_texts
    ] == [
        False,
        True,
    ]


def test_the_same_notice_is_sent_once_a_day(service: DeliveryService) -> None:
    with service.without_cluster():
        for minutes in range(3):
            assert not service.tick(MONDAY + timedelta(minutes=minutes)).is_ok
        assert len(service.server.notice_texts) == 1
        service.tick(MONDAY + timedelta(hours=12))
    assert len(service.server.notice_texts) == 2


def test_a_notice_is_kept_on_record_after_a_week_or_without_an_operator(
    service: DeliveryService,
) -> None:
    service.errors["acme"], service.server.answers[OPERATOR] = "cell 3", Deferred("no connection")
    service.tick()
    service.tick(MONDAY + timedelta(days=8))
    assert "kept" in states(service)
    service.settings = service.settings.model_copy(update={"mail": MailSettings()})
    service.tick(MONDAY + timedelta(days=14))
    assert set(states(service)) == {"kept"}


def test_unreadable_measures_hold_only_their_own_message(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_reports = service._run_reports

    def with_invalid_measures(*arguments: Any, **options: Any) -> Any:
        for outcome in run_reports(*arguments, **options):
            outcome.measures.update(
                {"total_minor": [1]} if outcome.seller_id == "acme" else MEASURES
            )
            yield outcome

    monkeypatch.setattr("smartinst.runs.runs.run_reports", with_invalid_measures)
    report = service.tick()
    assert service.states() == {"acme": "held", "nube": "sent"}
    assert "measures cannot be read" in report.problems[0]


def test_a_message_that_cannot_be_composed_is_held_and_the_next_one_is_sent(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = dispatch._message

    def failing_message(context: Any, delivery: Any) -> Any:
        if delivery["seller_id"] == "acme":
            raise KeyError("title")
        return compose(context, delivery)

    monkeypatch.setattr(dispatch, "_message", failing_message)
    service.tick()
    assert service.states() == {"acme": "held", "nube": "sent"}


def test_missing_artifacts_fail_their_run_and_no_other(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_reports = service._run_reports

    def with_missing_file(*arguments: Any, **options: Any) -> Any:
        for outcome in run_reports(*arguments, **options):
            if outcome.seller_id == "acme":
                Path(outcome.artifacts["html"]).unlink()
            yield outcome

    monkeypatch.setattr("smartinst.runs.runs.run_reports", with_missing_file)
    report = service.tick()
    assert (report.counts["failed"], service.states()) == (1, {"nube": "sent"})


def test_a_delivery_taken_by_another_process_meanwhile_is_not_sent(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = dispatch._message

    def take_delivery(context: Any, delivery: Any) -> Any:
        if delivery["seller_id"] == "acme":
            with service.engine.begin() as connection:
                assert delivery_ledger.mark_sending(connection, delivery, MONDAY)
        return compose(context, delivery)

    monkeypatch.setattr(dispatch, "_message", take_delivery)
    service.tick()
    assert service.server.accepted_counts == {"nube@example.com": 1}
    assert service.states()["acme"] == "sending"


def test_a_mistake_in_a_definition_is_reported_and_its_messages_wait_for_the_correction(
    service: DeliveryService,
) -> None:
    folder = service.settings.workspace / "reports"
    (folder / "monday.toml").write_text(WEEKLY, encoding="utf-8")
    service.server.answers = {"acme@example.com": Deferred("451")}
    service.tick()
    (folder / "weekly.toml").write_text(
        WEEKLY.replace('"0 7 * * MON"', '"0 25 * * *"\nmissing = 1'), encoding="utf-8"
    )
    service.server.answers = {}
    report = service.tick(MONDAY + HOUR)
    assert service.server.accepted_counts == {"acme@example.com": 1, "nube@example.com": 2}
    (problem,) = report.problems
    assert problem.startswith("reports/weekly.toml: schedule.cron: ")
    assert "; schedule.missing: " in problem
    with service.engine.connect() as connection:
        run_id = run_history.list_runs(connection, "weekly")[0]["run_id"]
    with pytest.raises(ConfigurationError, match=r"weekly\.toml: schedule\.cron"):
        rerun(service.settings, service.engine, run_id, MONDAY)
    (folder / "weekly.toml").write_text(WEEKLY, encoding="utf-8")
    assert service.tick(MONDAY + 2 * HOUR).is_ok
    assert service.server.accepted_counts == {"acme@example.com": 2, "nube@example.com": 2}


def test_a_rerun_that_fails_keeps_nothing_of_the_earlier_attempt(
    service: DeliveryService,
) -> None:
    service.tick()
    service.errors["acme"] = "cell 3"
    with service.engine.connect() as connection:
        (old_row,) = run_history.list_runs(connection, seller_id="acme")
    rerun(service.settings, service.engine, old_row["run_id"], MONDAY + HOUR)
    with service.engine.connect() as connection:
        (new_row,) = run_history.list_runs(connection, seller_id="acme")
    assert old_row["artifacts"]
    assert (new_row["state"], new_row["artifacts"], new_row["measures"]) == ("failed", None, None)
    assert new_row["parameters"]["seller"] == "acme"
    assert service.states()["acme"] == "sent"
