"""Client of the platform's REST API: reads are retried, writes are sent once (docs/hotmart.md §2).

Reads   5xx and transport errors are retried with back-off, 401 with a new token;
        502 is RangeTooWideError (request fewer days)
Writes  401 is repeated with a new token; a cut connection or a time-out is UnknownOutcomeError
Both    429 is repeated after the requested wait, for at most ten minutes

A call with the reply 401 or 429 was not carried out. Logs and errors contain no secret, token,
buyer or address of a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Self

import httpx2

from smartinst.errors import PlatformError
from smartinst.hotmart.api.oauth import RETRIES, AccessToken, Credentials
from smartinst.hotmart.api.rate_limit import RateLimit, Timing
from smartinst.hotmart.api.replies import (
    EmptyListError,
    Reply,
    TransientError,
    UnknownOutcomeError,
    decode_body,
    error_line,
    reply_document,
    reply_text,
    transport_failure,
)
from smartinst.i18n.message import TranslatableText
from smartinst.i18n.platform_messages import RATE_LIMITED, call_error
from smartinst.settings import HotmartSettings

PREFIX: Final = "/payments/api/v1"
PAGE_SIZE: Final = 500
MAX_PAGES: Final = 10_000
MAX_REFUSED_TOKENS: Final = 4
"""Number of successive refused tokens, without an accepted call, after which a read fails."""
PATIENCE: Final = 600
"""Seconds during which a call over the rate limit is repeated."""

for _name in ("httpx2", "httpcore", "httpcore2", "stamina"):
    # these packages log addresses and arguments, including the client secret
    logging.getLogger(_name).setLevel(logging.ERROR)


class Platform:
    """Client for one seller's data on the platform; safe to share between threads."""

    def __init__(
        self,
        credentials: Credentials,
        settings: HotmartSettings,
        timing: Timing,
        transport: httpx2.BaseTransport | None = None,
        on_retry: Callable[[PlatformError], None] | None = None,
    ) -> None:
        """`on_retry` is called, in the thread that reads, before a failed read is repeated."""
        self._settings, self._timing, self._on_retry = settings, timing, on_retry
        self._rate_limit = RateLimit(timing)
        self._client = httpx2.Client(timeout=settings.timeout_seconds, transport=transport)
        self._token = AccessToken(credentials, settings.auth, self._client, timing)
        # if the server has just closed a reused connection, the outcome of a write is unknown
        no_reuse = httpx2.Limits(max_keepalive_connections=0)
        self._writer = httpx2.Client(
            timeout=settings.timeout_seconds, transport=transport, limits=no_reuse
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._writer.close()

    # --- reads ------------------------------------------------------------------------------------

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The document at a path below /payments/api/v1; None for an empty body.

        Raises PlatformError, RangeTooWideError.
        """
        return RETRIES.on(self._should_retry)(lambda: self._read(path, dict(query or {})))

    def _should_retry(self, error: Exception) -> bool:
        if not isinstance(error, TransientError):
            return False
        if self._on_retry:
            self._on_retry(error)
        return True

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The pages of a list in their order, none for an empty list.

        Raises PlatformError, RangeTooWideError.
        """
        page_query = {**(query or {}), "max_results": PAGE_SIZE}
        tokens: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self._page(path, page_query, is_first=not tokens)
            if page is None:
                return
            yield page
            info = page.get("page_info")
            token = info.get("next_page_token") if isinstance(info, dict) else None
            if not token:
                return
            if not isinstance(token, str) or token in tokens:
                raise PlatformError(
                    f"GET {path}: the next page's token leads back to a page already read"
                )
            tokens.add(token)
            page_query["page_token"] = token
        raise PlatformError(f"GET {path}: more than {MAX_PAGES} pages")

    def _page(self, path: str, query: dict[str, Any], is_first: bool) -> dict[str, Any] | None:
        try:
            page = self.get(path, query)
        except EmptyListError:
            if not is_first:
                raise
            return None
        if page is None:
            if not is_first:
                raise PlatformError(f"GET {path}: a page after the first is empty")
            return None
        if not isinstance(page, dict) or not isinstance(page.get("items"), list):
            raise PlatformError(f"GET {path}: expected a page with items, found another document")
        return page

    def _read(self, path: str, query: dict[str, Any]) -> Any:
        """Read with a new token after each 401; PlatformError after several 401 in a row."""
        refused_tokens, accepted_calls = 0, self._token.accepted_calls
        while True:
            response, token = self._send_read(path, query)
            if response.status_code != 401:
                self._token.accepted_calls += 1
                return reply_document(f"GET {path}", response)
            self._token.discard(token)
            has_progress = self._token.accepted_calls != accepted_calls
            refused_tokens = 1 if has_progress else refused_tokens + 1
            accepted_calls = self._token.accepted_calls
            if refused_tokens == MAX_REFUSED_TOKENS:
                raise PlatformError(call_error(f"GET {path}", reply_text(error_line(response))))

    def _send_read(self, path: str, query: dict[str, Any]) -> tuple[httpx2.Response, str]:
        token = self._token.bearer()
        try:
            return self._send(self._client, "GET", path, token, query=query), token
        except httpx2.TransportError as error:
            raise TransientError(call_error(f"GET {path}", transport_failure(error))) from None

    # --- writes -----------------------------------------------------------------------------------

    def write(self, method: str, path: str, body: Any = None) -> Reply:
        """Send one write. UnknownOutcomeError if there is no reply, PlatformError if not sent."""
        response = self._send_write(method, path, body)
        if response.status_code == 401:
            response = self._send_write(method, path, body)
        document = None
        with suppress(ValueError, RecursionError):  # only the status decides the outcome
            document = decode_body(response)
        error = None if 200 <= response.status_code < 300 else error_line(response)
        return Reply(response.status_code, document, error)

    def _send_write(self, method: str, path: str, body: Any) -> httpx2.Response:
        token = self._token.bearer()
        try:
            response = self._send(self._writer, method, path, token, body=body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise UnknownOutcomeError(
                call_error(f"{method} {path}", transport_failure(error)), was_sent=False
            ) from None
        except httpx2.TransportError as error:
            raise UnknownOutcomeError(
                call_error(f"{method} {path}", transport_failure(error))
            ) from None
        if response.status_code == 401:
            self._token.discard(token)
        return response

    # --- both -------------------------------------------------------------------------------------

    def _send(
        self,
        client: httpx2.Client,
        method: str,
        path: str,
        token: str,
        query: dict[str, Any] | None = None,
        body: Any = None,
    ) -> httpx2.Response:
        """Send one call, and repeat it after each 429; PlatformError after PATIENCE seconds."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        deadline = self._timing.monotonic() + PATIENCE
        while self._timing.monotonic() < deadline:
            self._rate_limit.acquire()
            try:
                response = client.request(
                    method,
                    self._settings.api + PREFIX + path,
                    params=query or None,
                    json=body,
                    headers=headers,
                )
            except BaseException:
                self._rate_limit.abandon()
                raise
            if not self._rate_limit.release(response.status_code, response.headers):
                return response
        over_limit = TranslatableText(RATE_LIMITED, minutes=PATIENCE // 60)
        raise PlatformError(call_error(f"{method} {path}", over_limit))
