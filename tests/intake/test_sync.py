"""Sync: the platform's windows into the ledger, whatever goes wrong on the way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event

from smartinst.analytics.metrics import plan_details
from smartinst.analytics.sales import read_sales
from smartinst.database.engine import connect
from smartinst.errors import PlatformError
from smartinst.hotmart.api.replies import RangeTooWideError, UnknownOutcomeError
from smartinst.intake.sync import SyncOptions, SyncResult, sync_seller
from smartinst.intake.sync_windows import due_windows, window_of
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Limits, Seller, Settings
from tests.support.platform_double import SECRET, Double

AS_OF = date(2026, 10, 31)
NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)
SINCE = date(2025, 1, 1)
LOFT = Seller(id="loft", name="Loft", email="loft@example.com", timezone="America/New_York")
FEED = "/subscriptions/transactions"


class Shop:
    """A platform, and a ledger to pull it into."""

    def __init__(self, place: Path, double: Double, database: str = "") -> None:
        self.double = double
        self.settings = Settings(
            home=place, ledger=str(place / "ledger"), seller=(LOFT,), workspace=place
        )
        self.engine: Engine = connect(database or f"sqlite:///{place / 'state.db'}")

    def sync(
        self,
        now: datetime = NOW,
        progress: Callable[[int, int], None] | None = None,
        again: bool = False,
    ) -> SyncResult:
        with self.double.platform() as platform:
            return sync_seller(
                self.settings,
                LOFT,
                platform,
                self.engine,
                now,
                SyncOptions("SMART_INSTALLMENT", SINCE, is_full=again),
                progress or (lambda done, of: None),  # noqa: ARG005
            )

    def plans(self) -> list[dict[str, Any]]:
        return plan_details(read_sales(self.settings, LOFT, {}).rows(AS_OF), lambda _: None)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path, Double(tmp_path / "platform", 25, AS_OF))
    yield made
    made.engine.dispose()


@pytest.fixture
def told(shop: Shop, tmp_path: Path) -> list[dict[str, Any]]:
    """The plans after an ingest of the same pages."""
    pages = tmp_path / "pages"
    pages.mkdir()
    for name, items in (("feed", shop.double.items), ("users", shop.double.people)):
        (pages / f"{name}.json").write_text(json.dumps({"items": items}), encoding="utf-8")
    settings = shop.settings.model_copy(update={"ledger": str(tmp_path / "other")})
    ingest([pages], LOFT, Ledger(settings.ledger), NOW, Limits())
    return plan_details(read_sales(settings, LOFT, {}).rows(AS_OF), lambda _: None)


def test_plans_after_a_sync_are_those_after_an_ingest_of_the_same_pages(
    shop: Shop, told: list[dict[str, Any]]
) -> None:
    done = shop.sync()
    assert done.error is None
    assert done.windows == done.windows_due > 20
    assert len(told) > 15
    assert shop.plans() == told


@pytest.mark.parametrize("kind", ["500", "drop_before", "expired", "429", "malformed"])
def test_a_passing_fault_of_a_read_is_asked_again(
    shop: Shop, told: list[dict[str, Any]], kind: str
) -> None:
    shop.double.faults = [(FEED, kind), ("/sales/users", kind)]
    assert shop.sync().error is None
    assert shop.double.faults == []
    assert shop.plans() == told


def test_a_window_that_is_too_wide_is_halved(shop: Shop, told: list[dict[str, Any]]) -> None:
    shop.double.faults = [(FEED, "502"), (FEED, "502"), ("/sales/users", "502")]
    assert shop.sync().error is None
    assert shop.plans() == told


@pytest.mark.parametrize("window", [0, 3, 9, 15])
def test_a_sync_that_stops_anywhere_is_completed_by_the_next(
    shop: Shop, told: list[dict[str, Any]], window: int
) -> None:
    shop.double.faults = [("/never", "400")] * window
    calls = iter(range(10_000))
    plain = shop.double._fault

    def fault(path: str) -> str | None:
        return "400" if path == FEED and next(calls) >= window else plain(path)

    shop.double._fault = fault  # type: ignore[method-assign]
    done = shop.sync()
    assert done.error
    assert done.windows < done.windows_due
    shop.double._fault = plain  # type: ignore[method-assign]
    assert shop.sync().error is None
    assert shop.plans() == told


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", [0, 8, 16])
@pytest.mark.parametrize("where", ["between windows", "before the commit"])
def test_a_sync_killed_between_any_two_writes_is_completed_by_the_next(
    shop: Shop, told: list[dict[str, Any]], where: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartinst.intake.sync.FLUSH", 10)
    moments = iter(range(10_000))

    def end(*_: object) -> None:
        if next(moments) == at:
            raise KilledError

    if where == "before the commit":
        event.listen(shop.engine, "commit", end)
        at = at // 8 + 1
    with pytest.raises(KilledError):
        shop.sync(progress=end if where == "between windows" else None)
    if where == "before the commit":
        event.remove(shop.engine, "commit", end)
    assert shop.sync().error is None
    assert shop.plans() == told


def test_two_syncs_of_one_seller_at_once_both_end_well(
    shop: Shop, told: list[dict[str, Any]], tmp_path: Path, database: str
) -> None:
    both = [Shop(tmp_path, shop.double, database) for _ in range(2)]
    at_the_table = Barrier(2, timeout=60)

    def meet(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO sync_windows") and database.startswith("postgresql"):
            at_the_table.wait()  # SQLite lets one in at a time

    for one in both:
        event.listen(one.engine, "before_cursor_execute", meet)
    with ThreadPoolExecutor(2) as pool:
        done = [future.result() for future in [pool.submit(one.sync) for one in both]]
    assert [one.error for one in done] == [None, None]
    assert done[0].windows == done[1].windows == done[0].windows_due
    assert shop.plans() == told
    for one in both:
        one.engine.dispose()


def test_a_later_sync_reads_only_what_may_have_changed(shop: Shop) -> None:
    first = shop.sync()
    later = shop.sync(NOW + timedelta(days=1))
    assert 0 < later.windows_due < first.windows_due
    assert later.items.accepted == 0
    again = shop.sync(NOW + timedelta(days=31))
    assert again.windows_due >= first.windows_due


def test_everything_is_read_again_when_told_to_or_when_the_ledger_was_lost(
    shop: Shop, told: list[dict[str, Any]]
) -> None:
    first = shop.sync()
    again = shop.sync(NOW + timedelta(days=1), again=True)
    assert again.windows_due == first.windows_due
    assert again.items.accepted == 0
    shutil.rmtree(shop.settings.ledger)
    assert shop.sync(NOW + timedelta(days=1)).windows_due == first.windows_due
    assert shop.plans() == told


def test_windows_are_due_when_new_open_recent_or_old() -> None:
    start = window_of(date(2024, 1, 1))
    every = due_windows(start.starts_on, NOW, {}, [])
    read = {one.starts_on: NOW for one in every}
    recent = [one for one in every if one.ends_on > NOW.date() - timedelta(days=180)]
    assert due_windows(start.starts_on, NOW, read, []) == recent
    assert due_windows(start.starts_on, NOW, read, [start.starts_on]) == [start, *recent]
    assert due_windows(
        start.starts_on, NOW, {**read, start.starts_on: NOW - timedelta(days=30)}, []
    ) == [
        start,
        *recent,
    ]
    assert [one.ends_on for one in every[:-1]] == [one.starts_on for one in every[1:]]


def test_a_client_waits_for_the_limit_and_renews_its_token_once(tmp_path: Path) -> None:
    double = Double(tmp_path, 5, AS_OF)
    double.faults = [("/sales/history", "429"), ("/sales/history", "expired")]
    with double.platform() as platform:
        platform.get("/sales/history", {"transaction": "none"})
    assert double.slept >= 7
    assert double.tokens == 2


def test_a_502_asks_for_fewer_days_and_a_write_is_called_once(tmp_path: Path) -> None:
    double = Double(tmp_path, 5, AS_OF)
    double.faults = [("/sales/history", "502"), ("/refund", "drop_before"), ("/refund", "500")]
    with double.platform() as platform:
        with pytest.raises(RangeTooWideError):
            platform.get("/sales/history", {"transaction": "none"})
        with pytest.raises(UnknownOutcomeError, match="was cut"):
            platform.write("PUT", "/sales/HP1/refund")
        assert platform.write("PUT", "/sales/HP1/refund").status == 500
    assert double.writes == ["/sales/HP1/refund"] * 2


def test_neither_a_secret_nor_a_token_stands_in_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    double = Double(tmp_path, 5, AS_OF)
    double.faults = [("/sales/history", "drop_before")] * 9
    caplog.set_level("DEBUG")
    with double.platform() as platform, pytest.raises(PlatformError) as caught:
        platform.get("/sales/history", {"transaction": "HP-SECRET-BUYER"})
    said = str(caught.value) + caplog.text
    assert not [word for word in (SECRET, "token-1", "HP-SECRET-BUYER") if word in said]
