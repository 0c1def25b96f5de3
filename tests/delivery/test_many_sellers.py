"""The cost of a tick in which nothing is due does not grow by a statement for each seller."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from smartinst.database.engine import connect
from smartinst.delivery.tick import tick
from smartinst.runs import runs
from smartinst.runs.run_request import RunOutcome
from smartinst.settings import load_settings
from tests.support.weekly import weekly
from tests.support.workspace import SELLERS, configuration

MONDAY = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)


def statements_of_a_tick(place: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL statements of a tick in which no report of so many sellers is due."""
    place.mkdir()
    places = list(SELLERS.values())
    text = configuration({f"s{number}": places[number % 3] for number in range(count)})
    (place / "smartinst.toml").write_text(text, encoding="utf-8")
    (place / "reports").mkdir()
    (place / "reports" / "weekly.toml").write_text(weekly("html"), encoding="utf-8")
    monkeypatch.setattr(
        runs,
        "run_reports",
        lambda requests, *_: (
            RunOutcome("weekly", request.seller.id, "", error="no", folder=str(request.folder))
            for request in requests
        ),
    )
    settings = load_settings(place, {})
    engine, statements = connect(settings.database), list[str]()
    assert tick(settings, engine, MONDAY).counts["due"] == count
    event.listen(
        engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
    )
    report: Any = tick(settings, engine, MONDAY + timedelta(minutes=1))
    engine.dispose()
    assert not report.counts["due"]
    return statements


def test_a_tick_with_nothing_new_executes_as_many_statements_for_any_number_of_sellers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (
        statements_of_a_tick(tmp_path / str(count), count, monkeypatch) for count in (3, 300)
    )
    assert many == few
    assert not [text for text in many if text.startswith("INSERT INTO runs")]
    assert len(many) < 30, many
