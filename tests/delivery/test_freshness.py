"""A due report is synced first, and stale or missing data hold it and notify the operator."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smartinst.delivery import run_history
from smartinst.ledger.ledger import Ledger
from smartinst.settings import HotmartSettings, MailSettings
from tests.delivery.test_tick import MONDAY, OPERATOR, DeliveryService
from tests.delivery.test_tick import service as service
from tests.support.fake_platform.account import Account
from tests.support.fake_platform.app import FakePlatform
from tests.support.fake_platform.faults import Fault
from tests.support.fake_platform.server import Served
from tests.support.weekly import weekly

WEEKLY = weekly("html", max_age="")
SALES_DAY = MONDAY.date() - timedelta(days=1)


def define(service: DeliveryService, definition: str, name: str = "weekly") -> None:
    path = service.settings.workspace / "reports" / f"{name}.toml"
    path.write_text(definition, encoding="utf-8")


def served_account(seller_id: str = "acme") -> Served:
    instant = int(MONDAY.timestamp() * 1000)
    account = Account.of_sample(seller_id, 8, SALES_DAY, lambda: instant)
    return Served(FakePlatform([account], calls_a_minute=100_000))


def connect_to_platform(
    service: DeliveryService, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in served.environment().items():
        monkeypatch.setenv(name, value)
    hotmart = HotmartSettings(
        api=served.base, auth=served.base, since=SALES_DAY - timedelta(days=400)
    )
    service.settings = service.settings.model_copy(update={"hotmart": hotmart})


@pytest.mark.parametrize(
    ("measures", "gates", "states", "reason"),
    [
        ({"data_through": "2026-10-30"}, "", {"sent"}, ""),
        ({"data_through": "2026-10-29"}, "", {"held"}, "4 days ago; max_age is 3 days"),
        ({"data_through": "2026-10-01"}, '[gates]\nmax_age = "none"', {"sent"}, ""),
        ({"data_through": "2026-10-30"}, '[gates]\nmax_age = "1d"', {"held"}, "max_age is 1 days"),
        ({"data_through": None, "plans": 0}, "", {"held"}, "no sales yet"),
        ({"plans": 0}, '[gates]\nmax_age = "none"', {"held"}, "no sales yet"),
    ],
    ids=["fresh", "stale", "unchecked", "stricter", "no data", "no sales"],
)
def test_stale_data_and_missing_sales_hold_a_report_and_the_operator_reads_the_remedy(
    service: DeliveryService,
    measures: dict[str, object],
    gates: str,
    states: set[str],
    reason: str,
) -> None:
    define(service, f"{WEEKLY}{gates}\n")
    service.measures = measures
    report = service.tick()
    assert set(service.states().values()) == states
    assert report.is_ok == (not reason)
    notices = "\n".join(service.server.notice_texts)
    if reason:
        assert reason in notices
        assert "smartinst sync --seller acme, or smartinst ingest" in notices
    else:
        assert notices == ""


def test_the_age_of_data_counts_to_the_day_in_the_sellers_zone(service: DeliveryService) -> None:
    define(service, WEEKLY.replace("0 7 * * MON", "0 21 * * MON"))
    service.measures = {"data_through": "2026-10-30"}
    service.tick(MONDAY.replace(day=3, hour=0, minute=30))  # in São Paulo still Monday, day 3
    assert service.states()["acme"] == "sent"


def test_a_due_report_syncs_its_seller_once_before_it_is_executed(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(service, WEEKLY, "second")
    with served_account() as served:
        connect_to_platform(service, served, monkeypatch)
        plans_at_run: list[int] = []
        acme = service.settings.find("acme")

        def count_plans(_: object) -> None:
            facts = Ledger(service.settings.ledger).read(acme)
            plans_at_run.append(facts.plans.collect().height)

        service.before_result["acme"] = count_plans
        service.tick()
    assert plans_at_run == [5, 5]
    assert len(served.platform.applications[0].tokens) == 1


def test_a_failed_sync_loses_no_delivery_and_the_operator_is_told(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.settings = service.settings.model_copy(update={"mail": MailSettings(operator=OPERATOR)})
    with served_account() as served:
        served.platform.faults.append(Fault("400", times=1000))
        connect_to_platform(service, served, monkeypatch)
        report = service.tick()
    assert service.states() == {"acme": "sent", "nube": "sent"}
    assert report.is_ok
    (warning,) = report.warnings
    assert warning.startswith("sync of acme failed")
    assert "sync of acme failed" in service.server.notice_texts[0]


def test_incomplete_credentials_are_a_warning(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTINST_HOTMART_NUBE_CLIENT_ID", "id")
    report = service.tick()
    assert service.states() == {"acme": "sent", "nube": "sent"}
    assert "SMARTINST_HOTMART_NUBE_CLIENT_SECRET is not set" in report.warnings[0]


@pytest.mark.parametrize(
    ("key", "sellers"),
    [
        ('sellers = ["acme"]', {"acme"}),
        ('except = ["acme"]', {"nube"}),
        ("sellers = []", set()),
        ("paused = true", set()),
    ],
)
def test_only_the_sellers_of_the_definition_are_due(
    service: DeliveryService, key: str, sellers: set[str]
) -> None:
    define(service, f"{key}\n{WEEKLY}")
    report = service.tick()
    assert report.is_ok
    assert set(service.states()) == sellers
    assert report.counts["due"] == len(sellers)


def test_a_seller_of_a_definition_that_is_not_configured_is_a_warning(
    service: DeliveryService,
) -> None:
    define(service, f'sellers = ["acme", "gone"]\n{WEEKLY}')
    report = service.tick()
    assert report.warnings == ["reports/weekly.toml: sellers: seller 'gone' is not configured"]
    assert service.states() == {"acme": "sent"}


def test_periods_of_a_paused_report_are_neither_reported_nor_made_up_for(
    service: DeliveryService,
) -> None:
    service.tick()
    define(service, f"paused = true\n{WEEKLY}")
    for days in (7, 14):
        assert service.tick(MONDAY + timedelta(days=days)).is_ok
    define(service, WEEKLY)
    assert service.tick(MONDAY + timedelta(days=14, hours=1)).document()["due"] == 0
    assert service.tick(MONDAY + timedelta(days=21)).counts["sent"] == 2
    with service.engine.connect() as connection:
        runs = run_history.list_runs(connection, seller_id="acme")
    assert [(run["state"], run["note"]) for run in runs] == [
        ("made", None),
        ("missed", "the report is paused"),
        ("missed", "the report is paused"),
        ("made", None),
    ]


def test_each_address_of_cc_gets_a_message_of_its_own(service: DeliveryService) -> None:
    define(service, WEEKLY.replace('to = "seller"', 'to = "seller"\ncc = ["book@example.com"]'))
    service.tick()
    assert service.server.accepted_counts == {
        "acme@example.com": 1,
        "nube@example.com": 1,
        "book@example.com": 2,
    }
