"""Folders of old scheduled runs are removed, their rows stay (`[limits] keep_run_days`)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, insert, select

from smartinst.database.engine import connected
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.delivery.run_retention import remove_old_runs
from smartinst.delivery.send_count import SendCount
from smartinst.delivery.tick_context import TickContext
from smartinst.delivery.tick_report import TickReport
from smartinst.runs.placement import replace_folder
from smartinst.settings import Settings, load_settings
from tests.support.workspace import SELLERS, configuration

NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEEP_DAYS: Final = 30


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "first"
    home.mkdir()
    text = f"{configuration(SELLERS)}\n[limits]\nkeep_run_days = {KEEP_DAYS}\n"
    (home / "smartinst.toml").write_text(text, encoding="utf-8")
    return load_settings(home, {})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    with connected(settings.database) as engine:
        yield engine


def add_run(engine: Engine, settings: Settings, run_id: str, age_days: int) -> Path:
    """A made run, with its row; returns its folder."""
    instant = (NOW - timedelta(days=age_days)).isoformat()
    folder = settings.home / "runs" / "seller-weekly" / "acme" / instant[:10] / run_id
    new_folder = settings.home / "made"
    new_folder.mkdir(parents=True)
    (new_folder / "weekly.pdf").write_bytes(b"pdf")
    folder.parent.mkdir(parents=True, exist_ok=True)
    replace_folder(new_folder, folder)
    key = {"report": "seller-weekly", "seller_id": "acme", "period": f"{instant[:10]}T07:00"}
    row = {"run_id": run_id, "instant": instant, "as_of": instant[:10], "state": "made"}
    artifacts = json.dumps({"pdf": {"path": str(folder / "weekly.pdf"), "sha256": "0"}})
    values = {**key, **row, "attempts": 1, "planned_at": instant, "artifacts": artifacts}
    with engine.begin() as connection:
        connection.execute(insert(RUNS).values(**values))
    return folder


def remove_runs(engine: Engine, settings: Settings) -> int:
    with engine.connect() as connection:
        send_count = SendCount(connection, settings.home)
        context = TickContext(connection, settings, {}, NOW, TickReport(NOW), send_count)
        return remove_old_runs(context)


def artifacts_of(engine: Engine, run_id: str) -> str:
    with engine.connect() as connection:
        query = select(RUNS.c.artifacts).where(RUNS.c.run_id == run_id)
        return str(connection.execute(query).scalar_one())


def test_nothing_is_left_of_an_old_run_but_its_row(engine: Engine, settings: Settings) -> None:
    old = add_run(engine, settings, "old", KEEP_DAYS + 1)
    young = add_run(engine, settings, "young", KEEP_DAYS - 1)
    assert remove_runs(engine, settings) == 1
    assert not old.parent.exists() and artifacts_of(engine, "old") == "{}"
    assert (young / "weekly.pdf").exists() and artifacts_of(engine, "young") != "{}"
    assert remove_runs(engine, settings) == 0


def test_a_run_stays_as_long_as_a_delivery_needs_its_files(
    engine: Engine, settings: Settings
) -> None:
    folder = add_run(engine, settings, "old", KEEP_DAYS + 1)
    with engine.begin() as connection:
        run = connection.execute(select(RUNS)).mappings().one()
        copied = {name: run[name] for name in ("run_id", "report", "seller_id", "period")}
        times = dict.fromkeys(("instant", "next_at", "changed_at"), run["instant"])
        texts = {"recipient": "a@example.com", "message_id": "<1@example.com>", "files": "{}"}
        rest = {"id": "1", "state": "queued", "attempts": 0, "reason": ""}
        connection.execute(insert(DELIVERIES).values(**copied, **times, **texts, **rest))
    assert remove_runs(engine, settings) == 0
    assert folder.exists()


def test_a_home_that_was_moved_loses_its_old_runs(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    folder = add_run(engine, settings, "old", KEEP_DAYS + 1)
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    moved = load_settings(tmp_path / "second", {})
    with connected(moved.database) as other_engine:
        assert remove_runs(other_engine, moved) == 1
        assert artifacts_of(other_engine, "old") == "{}"
    assert not list((moved.home / "runs").rglob("*.pdf"))
    assert (folder / "weekly.pdf").exists()  # of the first home


def test_a_run_that_cannot_be_removed_is_tried_again(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = add_run(engine, settings, "old", KEEP_DAYS + 1)

    def refuse(_folder: Path) -> None:
        raise PermissionError("read-only")

    with monkeypatch.context() as patch:
        patch.setattr("smartinst.delivery.run_retention.remove_folder", refuse)
        assert remove_runs(engine, settings) == 0
    assert folder.exists() and artifacts_of(engine, "old") != "{}"
    assert remove_runs(engine, settings) == 1
