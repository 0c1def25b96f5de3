"""The fake platform keeps to what is documented, and the client meets each of its faults on a real connection."""

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
EVER = {"start_date": 0, "end_date": NOW, "transaction_status": sorted(SALE_STATUSES)}
FEED = {"transaction_date": 0, "end_transaction_date": NOW}


class Line:
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

    def all(self, path: str, **query: Any) -> list[Item]:
        return [item for page in self.client.pages(path, query) for item in page["items"]]

    def attempt(self, *statuses: str, number: int) -> Item:
        """An attempt at this charge of a plan that goes on."""
        return attempt(self.account, *statuses, number=number)


def attempt(account: Account, *statuses: str, number: int) -> Item:
    return next(
        one
        for one in account.items
        if one["purchase"]["status"] in statuses
        and one["recurrency"]["number"] == number
        and one["billing_type"] == "SMART_INSTALLMENT"
        and not one["status"].startswith("CANCELLED")
    )


def codes(items: list[Item]) -> list[str]:
    return [one["purchase"]["transaction"] for one in items]


@pytest.fixture
def line() -> Iterator[Line]:
    account = Account.of_sample("acme", 60, AS_OF, lambda: NOW)
    with Served(FakePlatform([account], most_results=40)) as served:
        made = Line(served)
        with made.client:
            yield made


# --- the fake ---------------------------------------------------------------------------------------------------------


def test_sales_lists_hide_what_is_unpaid_unless_statuses_or_a_transaction_are_asked_for(
    line: Line,
) -> None:
    dates = {"start_date": 0, "end_date": NOW}
    shown = {one["purchase"]["status"] for one in line.all("/sales/history", **dates)}
    assert shown == {"APPROVED", "COMPLETE"}
    everything = {one["purchase"]["status"] for one in line.all("/sales/history", **EVER)}
    assert {"OVERDUE", "REFUNDED"} < everything
    assert "DELAYED" not in everything
    code = line.attempt("DELAYED", number=2)["purchase"]["transaction"]
    assert [one["transaction"] for one in line.all("/sales/users", transaction=code, **dates)] == [
        code
    ]


def test_lists_without_dates_are_of_the_last_thirty_days(line: Line) -> None:
    ordered = [one["purchase"]["order_date"] for one in line.all("/subscriptions/transactions")]
    assert ordered
    assert min(ordered) >= NOW - 30 * DAY


def test_pages_together_are_the_whole_list_and_the_last_has_no_token(line: Line) -> None:
    pages = list(line.client.pages("/subscriptions/transactions", FEED))
    assert len(pages) > 5
    assert all(len(page["items"]) == 40 for page in pages[:-1])
    assert "next_page_token" not in pages[-1]["page_info"]
    assert codes([one for page in pages for one in page["items"]]) == codes(line.account.items)


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
def test_what_is_not_documented_is_refused(line: Line, path: str, query: dict[str, str]) -> None:
    with pytest.raises(PlatformError, match="400 invalid_"):
        line.client.get(path, query)


def test_a_refund_of_the_first_charge_ends_the_plan_and_shows_in_every_list(line: Line) -> None:
    item = line.attempt(*REFUNDABLE, number=1)
    code, own = item["purchase"]["transaction"], {"subscriber_code": item["subscriber_code"]}
    assert line.client.write("PUT", f"/sales/{code}/refund").document == {}
    assert (
        line.all("/sales/history", **{**EVER, "transaction": code})[0]["purchase"]["status"]
        == "REFUNDED"
    )
    assert line.all("/subscriptions", accession_date=0, end_accession_date=NOW, **own)[0][
        "status"
    ].startswith("CANCELLED")
    rows = line.all("/subscriptions/transactions", **FEED, **own)
    assert {one["status"] for one in rows} == {"CANCELLED_BY_ADMIN"}
    assert line.client.write("PUT", f"/sales/{code}/refund").status == 400
    assert line.account.applied["refund", code] == 1


def test_a_change_shows_in_the_feed_after_the_lag_and_in_sales_at_once() -> None:
    account = Account.of_sample("acme", 20, AS_OF, lambda: NOW, lag=DAY)
    code = next(
        one["purchase"]["transaction"]
        for one in account.items
        if one["purchase"]["status"] == "APPROVED"
    )
    before = list(account.items)
    account.refund(code)
    assert account.lagging() == before
    account.now = lambda: NOW + DAY
    assert account.lagging() == account.items != before


def test_a_negotiation_in_reais_is_a_transaction_that_the_buyer_can_pay(line: Line) -> None:
    plans = line.all("/subscriptions/summary", accession_date=0, end_accession_date=NOW)
    unpaid = next(one for one in plans if one["status"] == "DELAYED" and one["unpaid_recurrencies"])
    number = unpaid["unpaid_recurrencies"][0]["number"]
    body = {
        "subscription_id": int(unpaid["subscription_id"]),
        "recurrences": [number],
        "payment_type": "PIX",
    }
    assert line.client.write("POST", "/installments/negotiate", body).status == 400  # in euros
    for one in line.account.plan(unpaid["subscriber_code"]):
        one["purchase"]["price"]["currency"] = "BRL"
    made = line.client.write("POST", "/installments/negotiate", body)
    assert made.is_done
    paid = httpx2.post(f"{line.served.base}/control/pay/{made.document['transaction']}")
    assert paid.json()["purchase"]["status"] == "APPROVED"
    assert line.client.write("POST", "/installments/negotiate", body).status == 400


# --- the client under faults ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["drop_before", "apply_then_drop", "timeout", "500", "429", "expired", "malformed"]
)
def test_a_read_gets_its_answer_in_the_end(line: Line, kind: str) -> None:
    line.fake.faults.append(Fault(kind, "/sales/history", seconds=3))
    assert len(line.all("/sales/history", **EVER)) > 60
    assert [one[0] for one in line.fake.app.met] == [kind]


def test_a_further_page_that_stays_malformed_is_an_error_that_names_the_call(line: Line) -> None:
    line.fake.faults.append(Fault("malformed", "/sales/history", times=99, further_pages=True))
    with pytest.raises(
        PlatformError,
        match=r"GET /sales/history: the answer cannot be read: not JSON \(\d+ bytes\)",
    ):
        line.all("/sales/history", **EVER)


def test_a_502_is_not_asked_again_as_it_was(line: Line) -> None:
    line.fake.faults.append(Fault("502"))
    with pytest.raises(RangeTooWideError):
        line.client.get("/sales/history", EVER)
    assert len(line.fake.app.met) == 1


@pytest.mark.parametrize(
    ("kind", "applied"),
    [("drop_before", 0), ("apply_then_drop", 1), ("timeout", 0), ("apply_then_timeout", 1)],
)
def test_a_write_without_an_answer_is_sent_once_and_told_as_unknown(
    line: Line, kind: str, applied: int
) -> None:
    code = line.attempt(*REFUNDABLE, number=2)["purchase"]["transaction"]
    line.fake.faults.append(Fault(kind, "/refund", times=99, seconds=3))
    with pytest.raises(UnknownOutcomeError) as caught:
        line.client.write("PUT", f"/sales/{code}/refund")
    assert caught.value.was_sent
    assert len(line.fake.app.met) == 1
    assert line.account.applied["refund", code] == applied


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
def test_a_write_is_told_as_it_was_answered(
    line: Line, kind: str, status: int, applied: int
) -> None:
    code = line.attempt(*REFUNDABLE, number=2)["purchase"]["transaction"]
    line.fake.faults.append(Fault(kind, "/refund", times=99))
    assert line.client.write("PUT", f"/sales/{code}/refund").status == status
    assert len(line.fake.app.met) == 1
    assert line.account.applied["refund", code] == applied


@pytest.mark.parametrize("kind", ["expired", "429"])
def test_a_write_that_was_not_looked_at_is_sent_again_and_applied_once(
    line: Line, kind: str
) -> None:
    code = line.attempt(*REFUNDABLE, number=2)["purchase"]["transaction"]
    line.fake.faults.append(Fault(kind, "/refund"))
    assert line.client.write("PUT", f"/sales/{code}/refund").is_done
    assert line.account.applied["refund", code] == 1
    assert line.fake.tokens_made == (2 if kind == "expired" else 1)


def test_the_limit_of_a_minute_is_waited_out_and_hardly_ever_passed(line: Line) -> None:
    line.fake.calls_a_minute = 5
    for _ in range(12):
        line.client.get("/sales/history", {"transaction": "none", "start_date": 0, "end_date": NOW})
    assert line.slept >= 120
    assert line.fake.over_limit == 0


def test_a_token_that_serves_two_calls_only_is_renewed_for_as_many_readers_as_there_are(
    line: Line,
) -> None:
    uses: Counter[str] = Counter()
    plain = line.fake._known

    def known(request: Request) -> Application | None:
        token = request.headers["authorization"]
        uses[token] += 1
        return plain(request) if uses[token] <= 2 else None

    line.fake._known = known  # type: ignore[method-assign]
    query = {"transaction": "none", "start_date": 0, "end_date": NOW}
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda _: line.client.get("/sales/history", query)["items"], range(60))
        )
    assert found == [[]] * 60
    assert line.fake.tokens_made <= 60


def test_a_platform_that_takes_no_token_is_given_up(line: Line) -> None:
    line.fake._known = lambda request: None  # type: ignore[method-assign]  # noqa: ARG005
    with pytest.raises(PlatformError, match="401 invalid_token"):
        line.client.get("/sales/history", {"transaction": "none"})
    assert line.fake.tokens_made == 4


def test_the_limit_is_waited_out_where_the_token_is_asked_for_too(line: Line) -> None:
    line.fake.faults.append(Fault("429", "/oauth/token", times=2))
    assert (
        line.client.get(
            "/sales/history", {"transaction": "none", "start_date": 0, "end_date": NOW}
        )["items"]
        == []
    )
    assert line.slept >= 2
    assert line.fake.tokens_made == 1


def test_wrong_credentials_are_one_line_without_them(line: Line) -> None:
    line.fake.applications[0].client_secret = "changed"
    with pytest.raises(PlatformError, match="refuses the credentials") as caught:
        line.client.get("/sales/history")
    assert "S+" not in str(caught.value)


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_a_change_on_the_platform_reaches_the_ledger_by_its_webhook_alone(tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    yesterday = datetime.now(UTC).date() - timedelta(
        days=1
    )  # told at its end, so that nothing lies before us
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
        shown = smartinst(receiver.place, "plans", "--seller", "acme", "--format", "json").stdout
    plan = next(one for one in json.loads(shown) if one["plan_id"] == str(item["subscription_id"]))
    assert plan["refunded_minor"] > 0
    assert plan["cancellation_date"] is not None


def test_the_calls_of_two_sellers_see_their_own_account_only() -> None:
    accounts = [Account.of_sample(seller, 10, AS_OF, lambda: NOW) for seller in ("acme", "loft")]
    with Served(FakePlatform(accounts)) as served:
        with (line := Line(served)).client:
            found = line.all("/subscriptions/transactions", **FEED)
        assert codes(found) == codes(accounts[0].items) != codes(accounts[1].items)
        assert Counter(call.seller_id for call in served.platform.calls) == {"acme": 1}
        assert httpx2.get(served.base + PREFIX + "/sales/history").status_code == 401
