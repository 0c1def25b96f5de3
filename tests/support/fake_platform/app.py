"""Routes, tokens and the rate limit of the fake platform for the accounts of several sellers."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.fake_platform import answers
from tests.support.fake_platform.account import Account, Item, RefusedError
from tests.support.fake_platform.events import Sender, envelope
from tests.support.fake_platform.faults import Fault, Faulty
from tests.support.fake_platform.lists import LISTS, MOST_RESULTS, page

PREFIX: Final = "/payments/api/v1"
MINUTE: Final = 60_000
CALLS_A_MINUTE: Final = 500
EXPIRES_IN: Final = 86_400


@dataclass
class Application:
    """One seller's application: account, credentials, tokens, calls in the current minute."""

    account: Account
    client_id: str = field(default_factory=lambda: f"id-{secrets.token_hex(6)}")
    client_secret: str = field(default_factory=lambda: f"S+{secrets.token_urlsafe(12)}/=")
    hottok: str = field(default_factory=lambda: f"hottok-{secrets.token_hex(8)}")
    tokens: dict[str, int] = field(default_factory=dict)  # token → its end, ms
    minute: int = 0
    calls: int = 0

    @property
    def basic(self) -> str:
        """The base64 text after the word Basic."""
        return base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()

    def environment(self) -> dict[str, str]:
        """The environment variables that smartinst reads."""
        name = "SMARTINST_HOTMART_" + self.account.seller_id.upper().replace("-", "_")
        return {
            f"{name}_CLIENT_ID": self.client_id,
            f"{name}_CLIENT_SECRET": self.client_secret,
            f"{name}_BASIC": self.basic,
            f"{name}_HOTTOK": self.hottok,
        }


@dataclass(frozen=True)
class Call:
    """One call of the API."""

    seller_id: str
    method: str
    path: str
    query: dict[str, list[str]]


class FakePlatform:
    """The platform; `calls` has the calls with a valid token, `app` is the ASGI application."""

    def __init__(
        self,
        accounts: list[Account],
        *,
        webhooks: str | None = None,
        most_results: int = MOST_RESULTS,
        calls_a_minute: int = CALLS_A_MINUTE,
        most_days: int | None = None,
        empty_lists: frozenset[str] = frozenset(),
    ) -> None:
        self.applications = [Application(account) for account in accounts]
        self.most_results, self.calls_a_minute, self.most_days = (
            most_results,
            calls_a_minute,
            most_days,
        )
        self.empty_lists = empty_lists  # paths of lists without items
        self.calls: list[Call] = []
        self.tokens_made = 0
        self.over_limit = 0
        self.sender = Sender(webhooks) if webhooks else None
        for application in self.applications:
            application.account.on_change = self._event_poster(application)
        self.app = Faulty(Starlette(routes=self._routes()), self._forget)

    @property
    def faults(self) -> list[Fault]:
        """The faults that apply to calls."""
        return self.app.faults

    def close(self) -> None:
        """Posts the queued events."""
        if self.sender:
            self.sender.close()

    # --- routes -----------------------------------------------------------------------------------

    def _routes(self) -> list[Route]:
        list_routes = [
            Route(PREFIX + path, self._api(self._list), methods=["GET"]) for path in LISTS
        ]
        return [
            Route("/security/oauth/token", self._token, methods=["POST"]),
            *list_routes,
            Route(
                PREFIX + "/subscriptions/cancel", self._api(self._cancel_several), methods=["POST"]
            ),
            Route(
                PREFIX + "/subscriptions/{code}/cancel", self._api(self._cancel), methods=["POST"]
            ),
            Route(
                PREFIX + "/subscriptions/{code}/purchases",
                self._api(self._purchases),
                methods=["GET"],
            ),
            Route(PREFIX + "/sales/{code}/refund", self._api(self._refund), methods=["PUT"]),
            Route(PREFIX + "/installments/negotiate", self._api(self._negotiate), methods=["POST"]),
            Route("/control/faults", self._control_faults, methods=["POST", "DELETE"]),
            Route("/control/pay/{code}", self._control_pay, methods=["POST"]),
        ]

    def _api(
        self, handler: Callable[[Account, Request], Awaitable[Any]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """A route of the API: checks token and rate limit, then calls the handler."""

        async def answer(request: Request) -> Response:
            application = self._application_of(request)
            if application is None:
                return _error(401, "invalid_token", "Invalid access token")
            headers, is_over = self._limit(application)
            if is_over:
                return _error(429, "too_many_requests", "Rate limit exceeded", headers)
            query = {name: request.query_params.getlist(name) for name in request.query_params}
            path = request.url.path.removeprefix(PREFIX)
            self.calls.append(Call(application.account.seller_id, request.method, path, query))
            try:
                return JSONResponse(await handler(application.account, request), headers=headers)
            except RefusedError as refused:
                return _error(refused.status, refused.error, refused.description, headers)

        return answer

    async def _token(self, request: Request) -> Response:
        query = request.query_params
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        for application in self.applications:
            if (query.get("client_id"), query.get("client_secret"), basic) == (
                application.client_id,
                application.client_secret,
                application.basic,
            ):
                token = secrets.token_urlsafe(24)
                application.tokens[token] = application.account.now() + EXPIRES_IN * 1000
                self.tokens_made += 1
                return JSONResponse(
                    {
                        "access_token": token,
                        "token_type": "bearer",
                        "expires_in": EXPIRES_IN,
                        "scope": "read write",
                        "jti": secrets.token_hex(8),
                    }
                )
        return _error(401, "unauthorized_client", "Bad client credentials")

    async def _list(self, account: Account, request: Request) -> Item:
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        self._check_width(query)
        path = request.url.path.removeprefix(PREFIX)
        rows = [] if path in self.empty_lists else LISTS[path](account, query)
        return page(rows, query, self.most_results)

    def _check_width(self, query: dict[str, list[str]]) -> None:
        """RefusedError (502) for more days than the platform can read in 30 seconds."""
        spans = (("transaction_date", "end_transaction_date"), ("start_date", "end_date"))
        for first, last in spans:
            if self.most_days and first in query and last in query:
                days = (int(query[last][0]) - int(query[first][0])) / (24 * 60 * MINUTE)
                if days > self.most_days:
                    raise RefusedError(502, "bad_gateway", "The request took too long")

    async def _cancel(self, account: Account, request: Request) -> Item:
        await _body(request, {"send_mail"})
        return answers.canceled(account.cancel(request.path_params["code"]))

    async def _cancel_several(self, account: Account, request: Request) -> Item:
        body = await _body(request, {"send_mail", "subscriber_code"})
        canceled, failed = [], []
        for code in body.get("subscriber_code", []):
            try:
                canceled.append(answers.canceled(account.cancel(code)))
            except RefusedError as refused:
                failed.append({"subscriber_code": code, "error": refused.description})
        return {"success_subscriptions": canceled, "fail_subscriptions": failed}

    async def _purchases(self, account: Account, request: Request) -> list[Item]:
        return answers.purchases(account, request.path_params["code"])

    async def _refund(self, account: Account, request: Request) -> Item:
        await _body(request, set())
        account.refund(request.path_params["code"])
        return {}

    async def _negotiate(self, account: Account, request: Request) -> Item:
        allowed_fields = {"subscription_id", "recurrences", "payment_type", "discount", "document"}
        return answers.negotiated(account.negotiate(await _body(request, allowed_fields)))

    # --- control, which is not part of the API ----------------------------------------------------

    async def _control_faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        else:
            try:
                self.faults.append(Fault(**await request.json()))
            except (TypeError, ValueError) as error:
                return _error(400, "invalid_parameter", str(error))
        return JSONResponse([vars(application) for application in self.faults])

    async def _control_pay(self, request: Request) -> Response:
        for application in self.applications:
            try:
                return JSONResponse(application.account.pay(request.path_params["code"]))
            except RefusedError:
                continue
        return _error(404, "not_found", "No transaction that waits")

    # --- tokens, limit, events --------------------------------------------------------------------

    def _application_of(self, request: Request) -> Application | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return next(
            (
                application
                for application in self.applications
                if application.tokens.get(token, 0) > application.account.now()
            ),
            None,
        )

    def _forget(self, authorization: str) -> None:
        for application in self.applications:
            application.tokens.pop(authorization.removeprefix("Bearer "), None)

    def _limit(self, application: Application) -> tuple[dict[str, str], bool]:
        """Counts a call in its minute; returns the headers, and whether the limit is exceeded."""
        now = application.account.now()
        if now >= application.minute + MINUTE:
            application.minute, application.calls = now, 0
        application.calls += 1
        remaining = max(self.calls_a_minute - application.calls, 0)
        is_over = application.calls > self.calls_a_minute
        self.over_limit += is_over
        limit, reset = str(self.calls_a_minute), -(-(application.minute + MINUTE - now) // 1000)
        headers = {
            "RateLimit-Limit": limit,
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": str(reset),
        }
        more = {"X-RateLimit-Limit-Minute": limit, "X-RateLimit-Remaining-Minute": str(remaining)}
        return headers | more, is_over

    def _event_poster(self, application: Application) -> Callable[[str, Item], None]:
        """Posts an event of one account if there is an address for webhooks."""

        def post_event(event: str, item: Item) -> None:
            if self.sender:
                account = application.account
                person = account.people.get(item["purchase"]["transaction"])
                self.sender.post(application.hottok, envelope(event, item, person, account.now()))

        return post_event


async def _body(request: Request, allowed_fields: set[str]) -> Item:
    """The JSON body; RefusedError for a field that is not documented."""
    if not await request.body():
        return {}
    try:
        body = await request.json()
    except ValueError:
        raise RefusedError(400, "invalid_parameter", "The body is not JSON") from None
    if not isinstance(body, dict) or (unknown_fields := sorted(set(body) - allowed_fields)):
        raise RefusedError(
            400,
            "invalid_parameter",
            f"body: {unknown_fields if isinstance(body, dict) else 'no object'}",
        )
    return body


def _error(
    status: int, error: str, description: str, headers: dict[str, str] | None = None
) -> Response:
    uri = "https://developers.hotmart.com/docs/en/start/http-response-codes/"
    return JSONResponse(
        {"error": error, "error_description": description, "error_uri": uri}, status, headers
    )
