"""Who a seller's application is, and the token it works with: in memory only, renewed when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

import httpx2
import stamina
from pydantic import SecretStr

from smartinst.errors import ConfigurationError, PlatformError
from smartinst.hotmart.api.rate_limit import Timing, seconds_to_wait
from smartinst.hotmart.api.replies import TransientError, broken, document_of, error_line
from smartinst.settings import read_secret, secret_suffix

PATH: Final = "/security/oauth/token"
ATTEMPTS: Final = 5


@dataclass(frozen=True)
class Credentials:
    """What one seller's application is known by; `basic` is the base64 text without the word Basic."""

    client_id: SecretStr
    client_secret: SecretStr
    basic: SecretStr


def read_credentials(
    seller_id: str, environment: dict[str, str] | None = None
) -> Credentials | None:
    """A seller's credentials from the environment or secret files; null without any, ConfigurationError for a part."""
    names = [
        f"SMARTINST_HOTMART_{secret_suffix(seller_id)}_{part}"
        for part in ("CLIENT_ID", "CLIENT_SECRET", "BASIC")
    ]
    found = [read_secret(name, environment) for name in names]
    if not any(found):
        return None
    if missing := [name for name, value in zip(names, found, strict=True) if value is None]:
        raise ConfigurationError(
            f"seller {seller_id!r}: {missing[0]} is not set; the platform needs {', '.join(names)}"
        )
    client_id, client_secret, basic = (value for value in found if value is not None)
    return Credentials(client_id, client_secret, basic)


class AccessToken:
    """The bearer token of one application; threads share it. A refusal is remembered: the service is asked once.

    `answered` grows whenever somebody's token was taken (how much is of no account).
    """

    def __init__(
        self, credentials: Credentials, auth: str, client: httpx2.Client, timing: Timing
    ) -> None:
        self._credentials, self._auth, self._client, self._timing = (
            credentials,
            auth,
            client,
            timing,
        )
        self._lock = Lock()
        self._token = ""
        self._token_ends = 0.0
        self.answered = 0
        self._refused: PlatformError | None = None

    def bearer(self) -> str:
        """The token in use; a new one where there is none or it ends within a minute."""
        with self._lock:
            if self._refused:
                raise self._refused
            if not self._token or self._timing.monotonic() > self._token_ends:
                caller = stamina.RetryingCaller(
                    attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
                )
                try:
                    caller.on(TransientError)(self._fetch)
                except PlatformError as error:
                    self._refused = error
                    raise
            return self._token

    def forget(self, token: str) -> None:
        """A token that was refused; a newer one stays."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _fetch(self) -> None:
        own = self._credentials
        query = {
            "grant_type": "client_credentials",
            "client_id": own.client_id.get_secret_value(),
            "client_secret": own.client_secret.get_secret_value(),
        }
        headers = {
            "Authorization": f"Basic {own.basic.get_secret_value()}",
            "Content-Type": "application/json",
        }
        try:
            response = self._client.post(self._auth + PATH, params=query, headers=headers)
        except httpx2.TransportError as error:
            raise TransientError(f"token: {broken(error)}") from None
        if response.status_code == 429:
            self._timing.sleep(seconds_to_wait(response.headers))
            raise TransientError(f"token: {error_line(response)}")
        if response.status_code in (400, 401, 403):
            raise PlatformError(
                f"the platform refuses the credentials ({error_line(response)}); check _CLIENT_ID, _CLIENT_SECRET, _BASIC"
            )
        found = document_of("token", response)
        if not isinstance(found, dict) or not isinstance(found.get("access_token"), str):
            raise PlatformError("token: expected access_token, found another document")
        self._token = found["access_token"]
        lasts = found.get("expires_in")
        self._token_ends = (
            self._timing.monotonic()
            + max(int(str(lasts)) if str(lasts).isdigit() else 3600, 60)
            - 60
        )
