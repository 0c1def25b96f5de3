"""The operator is told of every problem, once; and a problem of one run, message or definition stops no other."""

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
from tests.delivery.test_tick import MEASURES, MONDAY, OPERATOR, WEEKLY, Office, executed, office

__all__ = ["executed", "office"]

HOUR = timedelta(hours=1)


def states(office: Office) -> list[str]:
    with office.engine.connect() as connection:
        return [row["state"] for row in operator_notices.list_notices(connection)]


def test_problems_of_a_tick_are_one_message_to_the_operator_and_are_told_once(
    office: Office,
) -> None:
    office.errors = {"acme": "cell 3: Zero\nDivisionError", "nube": "no\x00thing"}
    office.tick()
    (told,) = office.server.told
    assert "weekly of acme, 2026-11-02T07:00: failed: cell 3: Zero DivisionError\n" in told
    assert "weekly of nube, 2026-11-02T07:00: failed: no\ufffdthing\n" in told
    assert office.server.taken == {}, "no seller hears of it"
    office.tick(MONDAY + HOUR)
    assert states(office) == ["told", "told"]
    assert len(office.server.told) == 1


@pytest.mark.parametrize(
    "answer", [Deferred("no connection"), Refused("550")], ids=["no connection", "refused"]
)
def test_a_notice_that_was_not_taken_is_told_later(
    office: Office, answer: Deferred | Refused
) -> None:
    office.errors["acme"], office.server.answers[OPERATOR] = "cell 3", answer
    office.tick()
    office.server.told.clear()
    office.server.answers.clear()
    office.tick(MONDAY + timedelta(minutes=10))
    assert (office.server.told, states(office)) == ([], ["waiting"])
    office.tick(MONDAY + timedelta(minutes=15))
    office.tick(MONDAY + HOUR)
    assert [text.count("cell 3") for text in office.server.told] == [1]
    assert "before" not in office.server.told[0]


def test_a_notice_in_doubt_is_told_again_and_says_so(office: Office) -> None:
    office.errors["acme"], office.server.answers[OPERATOR] = "cell 3", InDoubt("no answer")
    office.tick()
    office.server.answers.clear()
    office.tick(MONDAY + HOUR)
    assert ["you may already have received this" in text for text in office.server.told] == [
        False,
        True,
    ]


def test_the_same_words_are_told_once_a_day(office: Office) -> None:
    with office.without_cluster():
        for minutes in range(3):
            assert not office.tick(MONDAY + timedelta(minutes=minutes)).is_ok
        assert len(office.server.told) == 1
        office.tick(MONDAY + timedelta(hours=12))
    assert len(office.server.told) == 2


def test_a_notice_that_nobody_takes_for_a_week_and_one_without_an_operator_stay_on_record(
    office: Office,
) -> None:
    office.errors["acme"], office.server.answers[OPERATOR] = "cell 3", Deferred("no connection")
    office.tick()
    office.tick(MONDAY + timedelta(days=8))
    assert "kept" in states(office)
    office.settings = office.settings.model_copy(update={"mail": MailSettings()})
    office.tick(MONDAY + timedelta(days=14))
    assert set(states(office)) == {"kept"}


def test_measures_that_cannot_be_read_hold_their_own_mail_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = office._made

    def odd(*given: Any, **more: Any) -> Any:
        for outcome in made(*given, **more):
            outcome.measures.update(
                {"total_minor": [1]} if outcome.seller_id == "acme" else MEASURES
            )
            yield outcome

    monkeypatch.setattr("smartinst.runs.runs.run_reports", odd)
    done = office.tick()
    assert office.states() == {"acme": "held", "nube": "sent"}
    assert "measures cannot be read" in done.problems[0]


def test_a_message_that_cannot_be_written_is_held_and_the_next_one_goes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = dispatch._message

    def broken(context: Any, delivery: Any) -> Any:
        if delivery["seller_id"] == "acme":
            raise KeyError("title")
        return written(context, delivery)

    monkeypatch.setattr(dispatch, "_message", broken)
    office.tick()
    assert office.states() == {"acme": "held", "nube": "sent"}


def test_artifacts_that_are_not_there_fail_their_run_and_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = office._made

    def elsewhere(*given: Any, **more: Any) -> Any:
        for outcome in made(*given, **more):
            if outcome.seller_id == "acme":
                Path(outcome.artifacts["html"]).unlink()
            yield outcome

    monkeypatch.setattr("smartinst.runs.runs.run_reports", elsewhere)
    done = office.tick()
    assert (done.counts["failed"], office.states()) == (1, {"nube": "sent"})


def test_a_message_that_somebody_settled_meanwhile_is_not_sent(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = dispatch._message

    def meanwhile(context: Any, delivery: Any) -> Any:
        if delivery["seller_id"] == "acme":
            with office.engine.begin() as other:
                assert delivery_ledger.mark_sending(other, delivery, MONDAY)
        return written(context, delivery)

    monkeypatch.setattr(dispatch, "_message", meanwhile)
    office.tick()
    assert office.server.taken == {"nube@example.com": 1}
    assert office.states()["acme"] == "sending"


def test_a_mistake_in_one_definition_is_told_and_its_mail_waits_until_it_is_mended(
    office: Office,
) -> None:
    place = office.settings.workspace / "reports"
    (place / "monday.toml").write_text(WEEKLY, encoding="utf-8")
    office.server.answers = {"acme@example.com": Deferred("451")}
    office.tick()
    (place / "weekly.toml").write_text(
        WEEKLY.replace('"0 7 * * MON"', '"0 25 * * *"\nmissing = 1'), encoding="utf-8"
    )
    office.server.answers = {}
    done = office.tick(MONDAY + HOUR)
    assert office.server.taken == {"acme@example.com": 1, "nube@example.com": 2}
    (said,) = done.problems
    assert said.startswith("reports/weekly.toml: schedule.cron: ")
    assert "; schedule.missing: " in said
    with office.engine.connect() as connection:
        run_id = run_history.list_runs(connection, "weekly")[0]["run_id"]
    with pytest.raises(ConfigurationError, match=r"weekly\.toml: schedule\.cron"):
        rerun(office.settings, office.engine, run_id, MONDAY)
    (place / "weekly.toml").write_text(WEEKLY, encoding="utf-8")
    assert office.tick(MONDAY + 2 * HOUR).is_ok
    assert office.server.taken == {"acme@example.com": 2, "nube@example.com": 2}


def test_a_run_that_is_made_again_and_fails_keeps_nothing_of_the_time_before(
    office: Office,
) -> None:
    office.tick()
    office.errors["acme"] = "cell 3"
    with office.engine.connect() as connection:
        (before,) = run_history.list_runs(connection, seller_id="acme")
    rerun(office.settings, office.engine, before["run_id"], MONDAY + HOUR)
    with office.engine.connect() as connection:
        (after,) = run_history.list_runs(connection, seller_id="acme")
    assert before["artifacts"]
    assert (after["state"], after["artifacts"], after["measures"]) == ("failed", None, None)
    assert after["parameters"]["seller"] == "acme"
    assert office.states()["acme"] == "sent"
