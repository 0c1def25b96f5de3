"""Credentials of a seller's application, and its access token, which is in memory only."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

import httpx2
import stamina
from pydantic import SecretStr

from smartinst.errors import ConfigurationError, PlatformError
from smartinst.hotmart.api.rate_limit import Timing, seconds_to_wait
from smartinst.hotmart.api.replies import (
    TransientError,
    error_line,
    reply_document,
    reply_text,
    transport_failure,
)
from smartinst.i18n.message import TranslatableText
from smartinst.i18n.platform_messages import CREDENTIALS_REFUSED, call_error
from smartinst.settings import read_secret, secret_suffix

PATH: Final = "/security/oauth/token"
RETRIES: Final = stamina.RetryingCaller(attempts=5, timeout=None, wait_initial=0.2, wait_max=10.0)
"""Repeats a failed read with back-off, in seconds."""


@dataclass(frozen=True)
class Credentials:
    """Credentials of one seller's application; `basic` is base64 text without the word Basic."""

    client_id: SecretStr
    client_secret: SecretStr
    basic: SecretStr


def read_credentials(
    seller_id: str, environment: dict[str, str] | None = None
) -> Credentials | None:
    """A seller's credentials from the environment or secret files.

    None if all are unset; ConfigurationError if only some are.
    """
    names = [
        f"SMARTINST_HOTMART_{secret_suffix(seller_id)}_{part}"
        for part in ("CLIENT_ID", "CLIENT_SECRET", "BASIC")
    ]
    secrets = [read_secret(name, environment) for name in names]
    if not any(secrets):
        return None
    if missing := [name for name, value in zip(names, secrets, strict=True) if value is None]:
        raise ConfigurationError(
            f"seller {seller_id!r}: {missing[0]} is not set; the platform needs {', '.join(names)}"
        )
    client_id, client_secret, basic = (value for value in secrets if value is not None)
    return Credentials(client_id, client_secret, basic)


class AccessToken:
    """The bearer token of one application, shared by threads.

    If the credentials are refused, the error is kept and no further request is sent.
    `accepted_calls` counts replies other than 401; it is not exact across threads.
    """

    def __init__(
        self, credentials: Credentials, auth: str, client: httpx2.Client, timing: Timing
    ) -> None:
        self._credentials, self._auth = credentials, auth
        self._client, self._timing = client, timing
        self._lock = Lock()
        self._token = ""
        self._expires_at = 0.0
        self._refusal: PlatformError | None = None
        self.accepted_calls = 0

    def bearer(self) -> str:
        """The current token; a new one if there is none or it expires within a minute."""
        with self._lock:
            if self._refusal:
                raise self._refusal
            if not self._token or self._timing.monotonic() > self._expires_at:
                try:
                    RETRIES.on(TransientError)(self._fetch)
                except PlatformError as error:
                    self._refusal = error
                    raise
            return self._token

    def discard(self, token: str) -> None:
        """Discard a refused token, unless it was already replaced."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _fetch(self) -> None:
        response = self._request()
        if response.status_code == 429:
            self._timing.sleep(seconds_to_wait(response.headers))
            raise TransientError(call_error("token", reply_text(error_line(response))))
        if response.status_code in (400, 401, 403):
            raise PlatformError(TranslatableText(CREDENTIALS_REFUSED, reply=error_line(response)))
        document = reply_document("token", response)
        if not isinstance(document, dict) or not isinstance(document.get("access_token"), str):
            raise PlatformError("token: expected access_token, found another document")
        self._token = document["access_token"]
        lifetime = str(document.get("expires_in"))
        seconds = int(lifetime) if lifetime.isdigit() else 3600
        self._expires_at = self._timing.monotonic() + max(seconds, 60) - 60

    def _request(self) -> httpx2.Response:
        query = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id.get_secret_value(),
            "client_secret": self._credentials.client_secret.get_secret_value(),
        }
        headers = {
            "Authorization": f"Basic {self._credentials.basic.get_secret_value()}",
            "Content-Type": "application/json",
        }
        try:
            return self._client.post(self._auth + PATH, params=query, headers=headers)
        except httpx2.TransportError as error:
            raise TransientError(call_error("token", transport_failure(error))) from None
