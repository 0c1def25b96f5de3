"""A seller's client of the platform, with its credentials, and the real clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from smartinst.errors import ConfigurationError, PlatformError
from smartinst.hotmart.api.client import Platform
from smartinst.hotmart.api.oauth import read_credentials
from smartinst.hotmart.api.rate_limit import Timing
from smartinst.settings import Settings, secret_suffix

TIMING: Final = Timing(time.monotonic, time.sleep)


def platform_of(
    settings: Settings,
    seller_id: str,
    *,
    timing: Timing = TIMING,
    on_retry: Callable[[PlatformError], None] | None = None,
) -> Platform:
    """The client of one seller; ConfigurationError names the missing credentials.

    `on_retry` is called, in the thread that reads, before a failed read is repeated.
    """
    credentials = read_credentials(seller_id)
    if credentials is None:
        name = f"SMARTINST_HOTMART_{secret_suffix(seller_id)}"
        raise ConfigurationError(
            f"seller {seller_id!r} has no platform credentials; "
            f"set {name}_CLIENT_ID, {name}_CLIENT_SECRET and {name}_BASIC"
        )
    return Platform(credentials, settings.hotmart, timing, on_retry=on_retry)


def current_instant() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)
