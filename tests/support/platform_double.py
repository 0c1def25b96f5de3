"""The platform's documented API as a transport: paging by dates, actions that take effect, and faults where asked."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from smartinst import sample
from smartinst.hotmart.api.client import PREFIX, Platform
from smartinst.hotmart.api.oauth import Credentials
from smartinst.hotmart.api.rate_limit import Timing
from smartinst.settings import HotmartSettings

SECRET = "Sx+a-secret/of=ours"
PAID = ("APPROVED", "COMPLETE")
DAY = 86_400_000


class Double:
    """What the platform holds and was asked; `faults` are taken one by one by the calls whose path they match."""

    def __init__(self, folder: Path, plans: int, as_of: date, page_size: int = 40) -> None:
        sample.write_sample(folder, "loft", plans, as_of=as_of, seed=5)
        pages = [
            json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.json"))
        ]
        found = [item for page in pages if isinstance(page, dict) for item in page.get("items", [])]
        self.items = [one for one in found if "subscription_id" in one and "purchase" in one]
        self.people = [one for one in found if "users" in one]
        self.page_size = page_size
        self.faults: list[tuple[str, str]] = []  # path pattern, kind
        self.calls: list[tuple[str, str, dict[str, list[str]]]] = []
        self.applied: Counter[tuple[str, str]] = Counter()
        self.tokens = 0
        self.slept = 0.0
        self.clock: Callable[[], int] = lambda: (
            0
        )  # milliseconds: when what is negotiated is ordered

    def platform(self) -> Platform:
        """A client of this platform, with a clock that jumps."""
        credentials = Credentials(SecretStr("id"), SecretStr(SECRET), SecretStr("aWQ6"))
        return Platform(
            credentials,
            HotmartSettings(),
            Timing(lambda: self.slept, self._sleep),
            httpx2.MockTransport(self.answer),
        )

    @property
    def writes(self) -> list[str]:
        """The paths of the calls that change something."""
        return [path for method, path, _ in self.calls if method != "GET"]

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """The reply to one call; a TransportError where it is cut."""
        query = {name: request.url.params.get_list(name) for name in request.url.params}
        path = request.url.path.removeprefix(PREFIX)
        if path.endswith("/oauth/token"):
            self.tokens += 1
            return httpx2.Response(
                200, json={"access_token": f"token-{self.tokens}", "expires_in": 86400}
            )
        self.calls.append((request.method, path, query))
        kind = self._fault(path)
        if kind == "drop_before":
            raise httpx2.ReadError("cut")
        if kind == "expired":
            return httpx2.Response(401, json={"error": "token_expired"})
        if kind == "429":
            return httpx2.Response(
                429, json={"error": "too_many_requests"}, headers={"RateLimit-Reset": "7"}
            )
        if kind in ("400", "500", "502"):
            return httpx2.Response(
                int(kind), json={"error": "refused", "error_description": "as asked"}
            )
        if path.endswith("/negotiate"):
            self._negotiate(json.loads(request.content))
        document = self._route(request.method, path, query)
        if kind == "apply_then_drop":
            raise httpx2.ReadTimeout("late")
        if kind == "500_after":
            return httpx2.Response(500, json={"error": "internal_server_error"})
        if kind == "malformed":
            return httpx2.Response(200, text=json.dumps(document)[:-9])
        return httpx2.Response(200, json=document)

    def _fault(self, path: str) -> str | None:
        for at, (pattern, kind) in enumerate(self.faults):
            if re.search(pattern, path):
                del self.faults[at]
                return kind
        return None

    def _route(self, method: str, path: str, query: dict[str, list[str]]) -> Any:
        if method == "PUT":
            code = path.split("/")[2]
            self.applied["refund", code] += 1
            return {}
        if method == "POST":
            kind = "negotiate" if path.endswith("negotiate") else "cancel"
            self.applied[kind, path.split("/")[2]] += 1
            return {"status": "INACTIVE"}
        lists = {
            "/subscriptions/transactions": self._feed,
            "/subscriptions": self._plans,
            "/subscriptions/summary": lambda _: [],
            "/sales/history": self._history,
            "/sales/users": self._users,
        }
        return self._page(lists[path](query), query)

    def _negotiate(self, body: dict[str, Any]) -> None:
        """A Pix of some charges of a plan, as the feed shows it from now on; nothing hinders a second one."""
        numbers = ", ".join(map(str, body["recurrences"]))
        self.applied["slip", numbers] += 1
        plan = next(one for one in self.items if one["subscription_id"] == body["subscription_id"])
        self.items.append(
            {
                **plan,
                "recurrency": {"transaction_type": "NEGOTIATION", "number_list": numbers},
                "purchase": {
                    "transaction": f"HPN{len(self.items)}",
                    "status": "WAITING_PAYMENT",
                    "order_date": self.clock(),
                    "payment": {"payment_type": "PIX"},
                },
            }
        )

    def _page(self, rows: list[Any], query: dict[str, list[str]]) -> dict[str, Any]:
        start = int(query.get("page_token", ["0"])[0])
        info = (
            {"next_page_token": str(start + self.page_size)}
            if start + self.page_size < len(rows)
            else {}
        )
        return {"items": rows[start : start + self.page_size], "page_info": info}

    def _feed(self, query: dict[str, list[str]]) -> list[Any]:
        kinds = query.get("billing_type")
        shown = [one for one in self.items if not kinds or one["billing_type"] in kinds]
        if codes := query.get("subscriber_code"):
            shown = [one for one in shown if one["subscriber_code"] in codes]
        first, last = int(query["transaction_date"][0]), int(query["end_transaction_date"][0])
        return [one for one in shown if first <= one["purchase"]["order_date"] <= last]

    def _plans(self, query: dict[str, list[str]]) -> list[Any]:
        first, last = int(query["accession_date"][0]), int(query["end_accession_date"][0])
        found = {}
        for one in self.items:
            code = one["subscriber_code"]
            if code in query["subscriber_code"] and first <= one["adoption_date"] <= last:
                status = "CANCELLED_BY_SELLER" if self.applied["cancel", code] else one["status"]
                found[code] = {
                    "subscriber_code": code,
                    "subscription_id": one["subscription_id"],
                    "status": status,
                }
        return list(found.values())

    def _status(self, code: str, purchase: dict[str, Any]) -> str:
        return "REFUNDED" if self.applied["refund", code] else str(purchase["status"])

    def _history(self, query: dict[str, list[str]]) -> list[Any]:
        wanted, shown = query.get("transaction", []), query.get("transaction_status", PAID)
        rows = []
        for one in self.items:
            code, first = one["purchase"]["transaction"], query.get("start_date")
            inside = first is None or int(first[0]) <= one["purchase"]["order_date"] <= int(
                query["end_date"][0]
            )
            if (
                code in wanted
                and inside
                and (status := self._status(code, one["purchase"])) in shown
            ):
                rows.append({"purchase": {"transaction": code, "status": status}})
        return rows

    def _users(self, query: dict[str, list[str]]) -> list[Any]:
        first, last = int(query["start_date"][0]), int(query["end_date"][0])
        states = query.get("transaction_status", PAID)
        spelled = {"DELAYED": "OVERDUE", "UNDER_ANALYSIS": "UNDER_ANALISYS"}
        inside = {
            one["purchase"]["transaction"]
            for one in self.items
            if first <= one["purchase"]["order_date"] <= last
            and spelled.get(one["purchase"]["status"], one["purchase"]["status"]) in states
        }
        return [one for one in self.people if one["transaction"] in inside]
