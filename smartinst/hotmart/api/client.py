"""The platform's REST API: reads that are repeated until they answer, writes that are sent once (docs/hotmart.md §2).

Reads: 5xx and transport errors again with back-off, 502 as TooWide (narrow the dates), 401 with a new token.
Writes: one call; 401 renews the token and repeats, 429 waits and repeats (neither was carried out), a cut or a time-out
is NoAnswer. A limit that does not end is a PlatformError after ten minutes: the call was not carried out.
Nothing here logs or repeats a secret, a token, a buyer or an address of a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Self

import httpx2
import stamina

from smartinst.errors import PlatformError
from smartinst.hotmart.api.oauth import AccessToken, Credentials
from smartinst.hotmart.api.rate_limit import RateLimit, Timing
from smartinst.hotmart.api.replies import (
    EmptyListError,
    Reply,
    TransientError,
    UnknownOutcomeError,
    broken,
    decoded,
    document_of,
    error_line,
)
from smartinst.settings import HotmartSettings

PREFIX: Final = "/payments/api/v1"
PAGE_SIZE: Final = 500
MAX_PAGES: Final = 10_000
READ_ATTEMPTS: Final = 5
USELESS_TOKENS: Final = 4
"""Tokens refused one after the other, while nobody was answered, after which a read gives up."""
PATIENCE: Final = 600
"""Seconds for which a call that is over the rate limit is made again."""

for _name in ("httpx2", "httpcore", "httpcore2", "stamina"):
    logging.getLogger(_name).setLevel(
        logging.ERROR
    )  # they log addresses and arguments, the token's secret among them


class Platform:
    """One seller's way to the platform; threads may share it."""

    def __init__(
        self,
        credentials: Credentials,
        settings: HotmartSettings,
        timing: Timing,
        transport: httpx2.BaseTransport | None = None,
        on_retry: Callable[[PlatformError], None] | None = None,
    ) -> None:
        """`hindered` is told, in whichever thread reads, of each failed read that is repeated."""
        self._settings, self._timing, self._hindered = settings, timing, on_retry
        self._rate = RateLimit(timing)
        self._client = httpx2.Client(timeout=settings.timeout_seconds, transport=transport)
        self._token = AccessToken(credentials, settings.auth, self._client, timing)
        # a write on a connection that the server has just closed would be in doubt for nothing
        unkept = httpx2.Limits(max_keepalive_connections=0)
        self._writer = httpx2.Client(
            timeout=settings.timeout_seconds, transport=transport, limits=unkept
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._writer.close()

    # --- reads --------------------------------------------------------------------------------------------------------

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The document at a path below /payments/api/v1; null for an empty body. Raises PlatformError, TooWide."""
        caller = stamina.RetryingCaller(
            attempts=READ_ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
        )
        return caller.on(self._passes)(lambda: self._read(path, dict(query or {})))

    def _passes(self, error: Exception) -> bool:
        """Whether a read is repeated after an error."""
        if isinstance(error, TransientError) and self._hindered:
            self._hindered(error)
        return isinstance(error, TransientError)

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The pages of a list in their order; none where the platform has nothing. Raises PlatformError, TooWide."""
        asked = {**(query or {}), "max_results": PAGE_SIZE}
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self._page(path, asked, is_first=not seen)
            if page is None:
                return
            yield page
            info = page.get("page_info")
            token = info.get("next_page_token") if isinstance(info, dict) else None
            if not token:
                return
            if not isinstance(token, str) or token in seen:
                raise PlatformError(
                    f"GET {path}: the next page's token leads back to a page already read"
                )
            seen.add(token)
            asked["page_token"] = token
        raise PlatformError(f"GET {path}: more than {MAX_PAGES} pages")

    def _page(self, path: str, asked: dict[str, Any], is_first: bool) -> dict[str, Any] | None:
        try:
            page = self.get(path, asked)
        except EmptyListError:
            if not is_first:
                raise
            return None
        if page is None:
            if not is_first:
                raise PlatformError(f"GET {path}: a further page is empty")
            return None
        if not isinstance(page, dict) or not isinstance(page.get("items"), list):
            raise PlatformError(f"GET {path}: expected a page with items, found another document")
        return page

    def _read(self, path: str, query: dict[str, Any]) -> Any:
        """Renews the token as often as others have used it up; gives up on tokens that are no good to anybody."""
        useless, answered = 0, self._token.answered
        while True:
            response, token = self._asked(path, query)
            if response.status_code != 401:
                self._token.answered += 1
                return document_of(f"GET {path}", response)
            self._token.forget(token)
            useless = useless + 1 if self._token.answered == answered else 1
            answered = self._token.answered
            if useless == USELESS_TOKENS:
                raise PlatformError(f"GET {path}: {error_line(response)}")

    def _asked(self, path: str, query: dict[str, Any]) -> tuple[httpx2.Response, str]:
        token = self._token.bearer()
        try:
            return self._send(self._client, "GET", path, token, query=query), token
        except httpx2.TransportError as error:
            raise TransientError(f"GET {path}: {broken(error)}") from None

    # --- writes -------------------------------------------------------------------------------------------------------

    def write(self, method: str, path: str, body: Any = None) -> Reply:
        """One call that changes something. NoAnswer when its outcome is unknown, PlatformError when it never was made."""
        response = self._written(method, path, body)
        if response.status_code == 401:
            response = self._written(method, path, body)
        document = None
        with suppress(
            ValueError, RecursionError
        ):  # the status alone says whether it was carried out
            document = decoded(response)
        error = None if 200 <= response.status_code < 300 else error_line(response)
        return Reply(response.status_code, document, error)

    def _written(self, method: str, path: str, body: Any) -> httpx2.Response:
        token = self._token.bearer()
        try:
            response = self._send(self._writer, method, path, token, body=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise UnknownOutcomeError(f"{method} {path}: {broken(error)}", was_sent=False) from None
        except httpx2.TransportError as error:
            raise UnknownOutcomeError(f"{method} {path}: {broken(error)}") from None
        if response.status_code == 401:
            self._token.forget(token)
        return response

    # --- both ---------------------------------------------------------------------------------------------------------

    def _send(
        self,
        client: httpx2.Client,
        method: str,
        path: str,
        token: str,
        query: dict[str, Any] | None = None,
        body: Any = None,
    ) -> httpx2.Response:
        """One call; a 429 is waited out, since it was not carried out. PlatformError where the limit does not end."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        until = self._timing.monotonic() + PATIENCE
        while self._timing.monotonic() < until:
            self._rate.take()
            try:
                response = client.request(
                    method,
                    self._settings.api + PREFIX + path,
                    params=query or None,
                    json=body,
                    headers=headers,
                )
            except BaseException:
                self._rate.lost()
                raise
            if not self._rate.told(response.status_code, response.headers):
                return response
        raise PlatformError(
            f"{method} {path}: not carried out, the rate limit was passed for {PATIENCE // 60} minutes"
        )
