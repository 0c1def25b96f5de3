"""The fake platform follows the documentation; the client meets its faults on real connections."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.requests import Request

from smartinst.errors import PlatformError
from smartinst.hotmart.api.client import PREFIX, Platform
from smartinst.hotmart.api.oauth import read_credentials
from smartinst.hotmart.api.rate_limit import Timing
from smartinst.hotmart.api.replies import RangeTooWideError, UnknownOutcomeError
from smartinst.settings import HotmartSettings
from tests.support.fake_platform.account import DAY, REFUNDABLE, Account, Item
from tests.support.fake_platform.app import Application, FakePlatform
from tests.support.fake_platform.faults import Fault
from tests.support.fake_platform.lists import SALE_STATUSES
from tests.support.fake_platform.server import Served
from tests.support.receiver import Receiver
from tests.support.workspace import smartinst

AS_OF = date(2026, 10, 31)
NOW = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1000
ALL_SALES = {"start_date": 0, "end_date": NOW, "transaction_status": sorted(SALE_STATUSES)}
FEED = {"transaction_date": 0, "end_transaction_date": NOW}


class Connection:
    """A client of a served fake, with a clock that jumps."""

    def __init__(self, served: Served) -> None:
        self.served, self.fake, self.account = (
            served,
            served.platform,
            served.platform.applications[0].account,
        )
        self.slept = 0.0
        credentials = read_credentials("acme", served.environment())
        assert credentials is not None
        settings = HotmartSettings(api=served.base, auth=served.base, timeout_seconds=1)
        self.client = Platform(credentials, settings, Timing(lambda: self.slept, self._sleep))

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.fake.applications[0].minute -= int(seconds * 1000)

    def items(self, path: str, **query: Any) -> list[Item]:
        return [item for page in self.client.pages(path, query) for item in page["items"]]

    def attempt(self, *statuses: str, number: int) -> Item:
        """An attempt at this charge of a running plan."""
        return attempt(self.account, *statuses, number=number)


def attempt(account: Account, *statuses: str, number: int) -> Item:
    return next(
        item
        for item in account.items
        if item["purchase"]["status"] in statuses
        and item["recurrency"]["number"] == number
        and item["billing_type"] == "SMART_INSTALLMENT"
        and not item["status"].startswith("CANCELLED")
    )


def codes(items: list[Item]) -> list[str]:
    return [one["purchase"]["transaction"] for one in items]


@pytest.fixture
def connection() -> Iterator[Connection]:
    account = Account.of_sample("acme", 60, AS_OF, lambda: NOW)
    with Served(FakePlatform([account], most_results=40)) as served:
        connection = Connection(served)
        with connection.client:
            yield connection


# --- the fake -------------------------------------------------------------------------------------


def test_sales_lists_omit_unpaid_sales_unless_statuses_or_a_transaction_are_given(
    connection: Connection,
) -> None:
    dates = {"start_date": 0, "end_date": NOW}
    statuses = {sale["purchase"]["status"] for sale in connection.items("/sales/history", **dates)}
    assert statuses == {"APPROVED", "COMPLETE"}
    all_statuses = {
        sale["purchase"]["status"] for sale in connection.items("/sales/history", **ALL_SALES)
    }
    assert {"OVERDUE", "REFUNDED"} < all_statuses
    assert "DELAYED" not in all_statuses
    code = connection.attempt("DELAYED", number=2)["purchase"]["transaction"]
    assert [
        one["transaction"] for one in connection.items("/sales/users", transaction=code, **dates)
    ] == [code]


def test_lists_without_dates_are_of_the_last_thirty_days(connection: Connection) -> None:
    order_dates = [
        item["purchase"]["order_date"] for item in connection.items("/subscriptions/transactions")
    ]
    assert order_dates
    assert min(order_dates) >= NOW - 30 * DAY


def test_the_pages_are_the_complete_list_and_the_last_has_no_token(connection: Connection) -> None:
    pages = list(connection.client.pages("/subscriptions/transactions", FEED))
    assert len(pages) > 5
    assert all(len(page["items"]) == 40 for page in pages[:-1])
    assert "next_page_token" not in pages[-1]["page_info"]
    assert codes([item for page in pages for item in page["items"]]) == codes(
        connection.account.items
    )


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/sales/history", {"invented": "1"}),
        ("/sales/history", {"start_date": "2026-10-01"}),
        ("/sales/history", {"transaction_status": "PAID"}),
        ("/subscriptions/transactions", {"billing_type": "SMART"}),
        ("/subscriptions/transactions", {"page_token": "invented"}),
        ("/subscriptions", {"status": "CANCELLED_BY_BUYER"}),
    ],
)
def test_undocumented_parameters_and_values_are_refused(
    connection: Connection, path: str, query: dict[str, str]
) -> None:
    with pytest.raises(PlatformError, match="400 invalid_"):
        connection.client.get(path, query)


def test_a_refund_of_the_first_charge_ends_the_plan_in_every_list(connection: Connection) -> None:
    item = connection.attempt(*REFUNDABLE, number=1)
    code = item["purchase"]["transaction"]
    subscriber = {"subscriber_code": item["subscriber_code"]}
    assert connection.client.write("PUT", f"/sales/{code}/refund").document == {}
    assert (
        connection.items("/sales/history", **{**ALL_SALES, "transaction": code})[0]["purchase"][
            "status"
        ]
        == "REFUNDED"
    )
    assert connection.items(
        "/subscriptions", accession_date=0, end_accession_date=NOW, **subscriber
    )[0]["status"].startswith("CANCELLED")
    rows = connection.items("/subscriptions/transactions", **FEED, **subscriber)
    assert {one["status"] for one in rows} == {"CANCELLED_BY_ADMIN"}
    assert connection.client.write("PUT", f"/sales/{code}/refund").status == 400
    assert connection.account.applied["refund", code] == 1


def test_the_feed_shows_a_change_after_the_lag() -> None:
    account = Account.of_sample("acme", 20, AS_OF, lambda: NOW, lag=DAY)
    code = next(
        one["purchase"]["transaction"]
        for one in account.items
        if one["purchase"]["status"] == "APPROVED"
    )
    unchanged = list(account.items)
    account.refund(code)
    assert account.lagging() == unchanged
    account.now = lambda: NOW + DAY
    assert account.lagging() == account.items != unchanged


def test_a_negotiation_in_reais_is_a_transaction_that_the_buyer_can_pay(
    connection: Connection,
) -> None:
    plans = connection.items("/subscriptions/summary", accession_date=0, end_accession_date=NOW)
    unpaid = next(one for one in plans if one["status"] == "DELAYED" and one["unpaid_recurrencies"])
    number = unpaid["unpaid_recurrencies"][0]["number"]
    body = {
        "subscription_id": int(unpaid["subscription_id"]),
        "recurrences": [number],
        "payment_type": "PIX",
    }
    assert (
        connection.client.write("POST", "/installments/negotiate", body).status == 400
    )  # in euros
    for one in connection.account.plan(unpaid["subscriber_code"]):
        one["purchase"]["price"]["currency"] = "BRL"
    reply = connection.client.write("POST", "/installments/negotiate", body)
    assert reply.is_done
    paid = httpx2.post(f"{connection.served.base}/control/pay/{reply.document['transaction']}")
    assert paid.json()["purchase"]["status"] == "APPROVED"
    assert connection.client.write("POST", "/installments/negotiate", body).status == 400


# --- the client under faults ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["drop_before", "apply_then_drop", "timeout", "500", "429", "expired", "malformed"]
)
def test_a_read_is_repeated_until_it_is_answered(connection: Connection, kind: str) -> None:
    connection.fake.faults.append(Fault(kind, "/sales/history", seconds=3))
    assert len(connection.items("/sales/history", **ALL_SALES)) > 60
    assert [one[0] for one in connection.fake.app.met] == [kind]


def test_a_further_page_that_stays_malformed_is_an_error_that_names_the_call(
    connection: Connection,
) -> None:
    connection.fake.faults.append(
        Fault("malformed", "/sales/history", times=99, further_pages=True)
    )
    with pytest.raises(
        PlatformError,
        match=r"GET /sales/history: the answer cannot be read: not JSON \(\d+ bytes\)",
    ):
        connection.items("/sales/history", **ALL_SALES)


def test_a_read_answered_502_is_not_repeated(connection: Connection) -> None:
    connection.fake.faults.append(Fault("502"))
    with pytest.raises(RangeTooWideError):
        connection.client.get("/sales/history", ALL_SALES)
    assert len(connection.fake.app.met) == 1


@pytest.mark.parametrize(
    ("kind", "applied"),
    [("drop_before", 0), ("apply_then_drop", 1), ("timeout", 0), ("apply_then_timeout", 1)],
)
def test_a_write_without_a_reply_is_sent_once_and_its_outcome_is_unknown(
    connection: Connection, kind: str, applied: int
) -> None:
    code = connection.attempt(*REFUNDABLE, number=2)["purchase"]["transaction"]
    connection.fake.faults.append(Fault(kind, "/refund", times=99, seconds=3))
    with pytest.raises(UnknownOutcomeError) as error:
        connection.client.write("PUT", f"/sales/{code}/refund")
    assert error.value.was_sent
    assert len(connection.fake.app.met) == 1
    assert connection.account.applied["refund", code] == applied


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [
        ("500", 500, 0),
        ("500_after", 500, 1),
        ("400", 400, 0),
        ("malformed", 200, 1),
        ("empty_body", 200, 1),
    ],
)
def test_a_write_returns_the_status_of_the_reply(
    connection: Connection, kind: str, status: int, applied: int
) -> None:
    code = connection.attempt(*REFUNDABLE, number=2)["purchase"]["transaction"]
    connection.fake.faults.append(Fault(kind, "/refund", times=99))
    assert connection.client.write("PUT", f"/sales/{code}/refund").status == status
    assert len(connection.fake.app.met) == 1
    assert connection.account.applied["refund", code] == applied


@pytest.mark.parametrize("kind", ["expired", "429"])
def test_a_write_answered_401_or_429_is_sent_again_and_applied_once(
    connection: Connection, kind: str
) -> None:
    code = connection.attempt(*REFUNDABLE, number=2)["purchase"]["transaction"]
    connection.fake.faults.append(Fault(kind, "/refund"))
    assert connection.client.write("PUT", f"/sales/{code}/refund").is_done
    assert connection.account.applied["refund", code] == 1
    assert connection.fake.tokens_made == (2 if kind == "expired" else 1)


def test_the_client_waits_for_the_limit_of_a_minute(connection: Connection) -> None:
    connection.fake.calls_a_minute = 5
    for _ in range(12):
        connection.client.get(
            "/sales/history", {"transaction": "none", "start_date": 0, "end_date": NOW}
        )
    assert connection.slept >= 120
    assert connection.fake.over_limit == 0


def test_a_token_that_serves_two_calls_only_is_renewed_for_every_thread(
    connection: Connection,
) -> None:
    uses: Counter[str] = Counter()
    original = connection.fake._application_of

    def application_of(request: Request) -> Application | None:
        token = request.headers["authorization"]
        uses[token] += 1
        return original(request) if uses[token] <= 2 else None

    connection.fake._application_of = application_of  # type: ignore[method-assign]
    query = {"transaction": "none", "start_date": 0, "end_date": NOW}
    with ThreadPoolExecutor(8) as pool:
        replies = list(
            pool.map(lambda _: connection.client.get("/sales/history", query)["items"], range(60))
        )
    assert replies == [[]] * 60
    assert connection.fake.tokens_made <= 60


def test_a_read_ends_if_the_platform_accepts_no_token(connection: Connection) -> None:
    connection.fake._application_of = lambda request: None  # type: ignore[method-assign]  # noqa: ARG005
    with pytest.raises(PlatformError, match="401 invalid_token"):
        connection.client.get("/sales/history", {"transaction": "none"})
    assert connection.fake.tokens_made == 4


def test_the_client_waits_for_the_limit_of_the_token_service_too(connection: Connection) -> None:
    connection.fake.faults.append(Fault("429", "/oauth/token", times=2))
    assert (
        connection.client.get(
            "/sales/history", {"transaction": "none", "start_date": 0, "end_date": NOW}
        )["items"]
        == []
    )
    assert connection.slept >= 2
    assert connection.fake.tokens_made == 1


def test_the_error_for_wrong_credentials_does_not_contain_them(connection: Connection) -> None:
    connection.fake.applications[0].client_secret = "changed"
    with pytest.raises(PlatformError, match="refuses the credentials") as error:
        connection.client.get("/sales/history")
    assert "S+" not in str(error.value)


# --- webhooks -------------------------------------------------------------------------------------


def test_a_change_on_the_platform_reaches_the_ledger_by_webhook(tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    yesterday = datetime.now(UTC).date() - timedelta(
        days=1
    )  # a complete day, so that no date is in the future
    account = Account.of_sample("acme", 30, yesterday, lambda: now)
    (tmp_path / "page.json").write_text(json.dumps({"items": account.items}), encoding="utf-8")
    item = attempt(account, *REFUNDABLE, number=1)
    token = {"SMARTINST_HOTMART_ACME_HOTTOK": "acme-token-1"}
    with Receiver(
        tmp_path / "place", f"sqlite:///{tmp_path / 'state.db'}", "--no-fold", **token
    ) as receiver:
        fake = FakePlatform([account], webhooks=f"http://{receiver.address}/")
        fake.applications[0].hottok = "acme-token-1"
        account.refund(item["purchase"]["transaction"])
        fake.close()
        assert fake.sender is not None
        assert [one["event"] for one in fake.sender.sent] == [
            "PURCHASE_REFUNDED",
            "SUBSCRIPTION_CANCELLATION",
        ]
        assert (
            smartinst(
                receiver.place, "ingest", str(tmp_path / "page.json"), "--seller", "acme"
            ).returncode
            == 0
        )
        receiver.fold()
        output = smartinst(receiver.place, "plans", "--seller", "acme", "--format", "json").stdout
    plan = next(one for one in json.loads(output) if one["plan_id"] == str(item["subscription_id"]))
    assert plan["refunded_minor"] > 0
    assert plan["cancellation_date"] is not None


def test_the_calls_of_a_seller_see_its_own_account_only() -> None:
    accounts = [Account.of_sample(seller, 10, AS_OF, lambda: NOW) for seller in ("acme", "loft")]
    with Served(FakePlatform(accounts)) as served:
        with (connection := Connection(served)).client:
            items = connection.items("/subscriptions/transactions", **FEED)
        assert codes(items) == codes(accounts[0].items) != codes(accounts[1].items)
        assert Counter(call.seller_id for call in served.platform.calls) == {"acme": 1}
        assert httpx2.get(served.base + PREFIX + "/sales/history").status_code == 401
