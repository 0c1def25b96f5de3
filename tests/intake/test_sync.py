"""A sync reads the platform's windows into the ledger in spite of faults and kills."""

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
from tests.support.examples import share_of
from tests.support.fake_platform.account import Account, pages_of
from tests.support.fake_platform.app import FakePlatform
from tests.support.fake_platform.faults import Fault
from tests.support.fake_platform.in_process import (
    InProcessPlatform,
    KilledError,
    milliseconds,
)

AS_OF = date(2026, 10, 31)
NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)
SINCE = date(2025, 1, 1)
LOFT = Seller(id="loft", name="Loft", email="loft@example.com", timezone="America/New_York")
FEED = "/subscriptions/transactions"


class Shop:
    """A ledger, and the platform whose sales are synced into it."""

    def __init__(self, folder: Path, transport: InProcessPlatform, database: str = "") -> None:
        self.transport, self.faults = transport, transport.platform.faults
        self.settings = Settings(
            home=folder, ledger=str(folder / "ledger"), seller=(LOFT,), workspace=folder
        )
        self.engine: Engine = connect(database or f"sqlite:///{folder / 'state.db'}")

    def sync(
        self,
        now: datetime = NOW,
        progress: Callable[[int, int], None] | None = None,
        is_full: bool = False,
    ) -> SyncResult:
        with self.transport.client() as platform:
            return sync_seller(
                Ledger(self.settings.ledger),
                LOFT,
                platform,
                self.engine,
                now,
                SyncOptions("SMART_INSTALLMENT", SINCE, is_full=is_full),
                progress or (lambda _windows, _due: None),
            )

    def plans(self) -> list[dict[str, Any]]:
        return plan_details(read_sales(self.settings, LOFT, {}).rows(AS_OF), lambda _: None)


def fake_platform(plans: int) -> InProcessPlatform:
    """The platform with the sample's sales of one seller, in pages of 40."""
    account = Account.of_sample("loft", plans, AS_OF, lambda: milliseconds(NOW), seed=5)
    return InProcessPlatform(FakePlatform([account], most_results=40, calls_a_minute=10**6))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path, fake_platform(25))
    yield shop
    shop.engine.dispose()


@pytest.fixture
def ingested_plans(shop: Shop, tmp_path: Path) -> list[dict[str, Any]]:
    """The plans after an ingest of the same pages."""
    pages = tmp_path / "pages"
    pages.mkdir()
    account = shop.transport.platform.applications[0].account
    for number, page in enumerate(pages_of(account, "SMART_INSTALLMENT")):
        (pages / f"{number}.json").write_text(json.dumps(page), encoding="utf-8")
    settings = shop.settings.model_copy(update={"ledger": str(tmp_path / "other")})
    ingest([pages], LOFT, Ledger(settings.ledger), NOW, Limits())
    return plan_details(read_sales(settings, LOFT, {}).rows(AS_OF), lambda _: None)


def test_plans_after_a_sync_are_those_after_an_ingest_of_the_same_pages(
    shop: Shop, ingested_plans: list[dict[str, Any]]
) -> None:
    result = shop.sync()
    assert result.error is None
    assert result.windows == result.windows_due > 20
    assert len(ingested_plans) > 15
    assert shop.plans() == ingested_plans


@pytest.mark.parametrize("kind", ["500", "drop_before", "expired", "429", "malformed"])
def test_a_read_is_repeated_after_a_transient_fault(
    shop: Shop, ingested_plans: list[dict[str, Any]], kind: str
) -> None:
    shop.faults += [Fault(kind, FEED, reset_seconds=7), Fault(kind, "/sales/users")]
    assert shop.sync().error is None
    assert [fault.times for fault in shop.faults] == [0, 0]
    assert shop.plans() == ingested_plans


def test_a_window_that_is_too_wide_is_halved(
    shop: Shop, ingested_plans: list[dict[str, Any]]
) -> None:
    shop.faults += [Fault("502", FEED, times=2), Fault("502", "/sales/users")]
    assert shop.sync().error is None
    assert [fault.times for fault in shop.faults] == [0, 0]
    assert shop.plans() == ingested_plans


@pytest.mark.parametrize("window", [0, 3, 9, 15])
def test_the_next_sync_completes_one_that_stopped(
    shop: Shop, ingested_plans: list[dict[str, Any]], window: int
) -> None:
    shop.faults.append(Fault("400", FEED, times=10_000, skip=window))
    result = shop.sync()
    assert result.error
    assert result.windows < result.windows_due
    shop.faults.clear()
    assert shop.sync().error is None
    assert shop.plans() == ingested_plans


@pytest.mark.parametrize("moment", [8, 0, 16][: share_of(3)])
@pytest.mark.parametrize("where", ["between windows", "before the commit"])
def test_the_next_sync_completes_one_that_was_killed(
    shop: Shop,
    ingested_plans: list[dict[str, Any]],
    where: str,
    moment: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("smartinst.intake.sync.FLUSH", 10)
    moments = iter(range(10_000))

    def end(*_: object) -> None:
        if next(moments) == moment:
            raise KilledError

    if where == "before the commit":
        event.listen(shop.engine, "commit", end)
        moment = moment // 8 + 1
    with pytest.raises(KilledError):
        shop.sync(progress=end if where == "between windows" else None)
    if where == "before the commit":
        event.remove(shop.engine, "commit", end)
    assert shop.sync().error is None
    assert shop.plans() == ingested_plans


def test_two_syncs_of_one_seller_at_once_both_succeed(
    shop: Shop, ingested_plans: list[dict[str, Any]], tmp_path: Path, database: str
) -> None:
    shops = [Shop(tmp_path, shop.transport, database) for _ in range(2)]
    at_the_table = Barrier(2, timeout=60)

    def meet(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO sync_windows") and database.startswith("postgresql"):
            at_the_table.wait()  # SQLite lets one in at a time

    for shop_copy in shops:
        event.listen(shop_copy.engine, "before_cursor_execute", meet)
    with ThreadPoolExecutor(2) as pool:
        results = [
            future.result() for future in [pool.submit(shop_copy.sync) for shop_copy in shops]
        ]
    assert [result.error for result in results] == [None, None]
    assert results[0].windows == results[1].windows == results[0].windows_due
    assert shop.plans() == ingested_plans
    for shop_copy in shops:
        shop_copy.engine.dispose()


def test_a_later_sync_reads_only_windows_that_may_have_changed(shop: Shop) -> None:
    full = shop.sync()
    later = shop.sync(NOW + timedelta(days=1))
    assert 0 < later.windows_due < full.windows_due
    assert later.items.accepted == 0
    monthly = shop.sync(NOW + timedelta(days=31))
    assert monthly.windows_due >= full.windows_due


def test_every_window_is_read_with_again_or_after_the_loss_of_the_ledger(
    shop: Shop, ingested_plans: list[dict[str, Any]]
) -> None:
    full = shop.sync()
    second = shop.sync(NOW + timedelta(days=1), is_full=True)
    assert second.windows_due == full.windows_due
    assert second.items.accepted == 0
    shutil.rmtree(shop.settings.ledger)
    assert shop.sync(NOW + timedelta(days=1)).windows_due == full.windows_due
    assert shop.plans() == ingested_plans


def test_windows_are_due_when_new_open_recent_or_old() -> None:
    start = window_of(date(2024, 1, 1))
    windows = due_windows(start.starts_on, NOW, {}, [])
    read = {window.starts_on: NOW for window in windows}
    recent = [window for window in windows if window.ends_on > NOW.date() - timedelta(days=180)]
    assert due_windows(start.starts_on, NOW, read, []) == recent
    assert due_windows(start.starts_on, NOW, read, [start.starts_on]) == [start, *recent]
    assert due_windows(
        start.starts_on, NOW, {**read, start.starts_on: NOW - timedelta(days=30)}, []
    ) == [
        start,
        *recent,
    ]
    assert [window.ends_on for window in windows[:-1]] == [
        window.starts_on for window in windows[1:]
    ]


def test_a_client_waits_for_the_limit_and_renews_its_token_once() -> None:
    transport = fake_platform(5)
    transport.platform.faults.extend(
        [
            Fault("429", "/sales/history", reset_seconds=7),
            Fault("expired", "/sales/history"),
        ]
    )
    with transport.client() as client:
        client.get("/sales/history", {"transaction": "none"})
    assert transport.waited_seconds >= 7
    assert transport.platform.tokens_made == 2


def test_a_502_asks_for_fewer_days_and_a_write_is_called_once() -> None:
    transport = fake_platform(5)
    transport.platform.faults.extend(
        [
            Fault("502", "/sales/history"),
            Fault("drop_before", "/refund"),
            Fault("500", "/refund"),
        ]
    )
    with transport.client() as client:
        with pytest.raises(RangeTooWideError):
            client.get("/sales/history", {"transaction": "none"})
        with pytest.raises(UnknownOutcomeError, match="was cut"):
            client.write("PUT", "/sales/HP1/refund")
        assert client.write("PUT", "/sales/HP1/refund").status == 500
    assert transport.writes == ["/sales/HP1/refund"] * 2


def test_an_error_contains_neither_a_secret_nor_a_token(caplog: pytest.LogCaptureFixture) -> None:
    transport = fake_platform(5)
    transport.platform.faults.append(Fault("drop_before", "/sales/history", times=9))
    caplog.set_level("DEBUG")
    with transport.client() as client, pytest.raises(PlatformError) as error:
        client.get("/sales/history", {"transaction": "HP-SECRET-BUYER"})
    output = str(error.value) + caplog.text
    (application,) = transport.platform.applications
    private = (application.client_secret, *application.tokens, "HP-SECRET-BUYER")
    assert len(private) == 3
    assert not [text for text in private if text in output]
