"""A sync started from a dashboard, with its progress and the reason for any wait."""

from __future__ import annotations

from collections.abc import Callable

from smartinst.database.engine import connected
from smartinst.hotmart.api.rate_limit import Timing
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText
from smartinst.intake.connection import TIMING, current_instant, platform_of
from smartinst.intake.sync import SyncOptions, SyncResult, sync_seller
from smartinst.ledger.presence import open_ledger
from smartinst.settings import Seller, Settings


def ledger_version(settings: Settings) -> dict[str, int]:
    """The current commit of each table of the ledger; every write changes it, for any seller."""
    return open_ledger(settings).version()


class WaitReason:
    """The reason why a sync waits, set by the waiting thread; empty if it does not wait."""

    def __init__(self) -> None:
        self.text = ""

    def on_retry(self, _error: Exception) -> None:
        """Records that a failed read is repeated."""
        self.text = TranslatableText(N_("the platform returns errors; trying again"))

    def sleep(self, seconds: float) -> None:
        """Waits for the rate limit; records the reason if it takes more than a second."""
        if seconds > 1:
            self.text = TranslatableText(
                N_("the platform's rate limit is reached; continuing shortly")
            )
        TIMING.sleep(seconds)


def refresh_sales(
    settings: Settings,
    seller: Seller,
    billing_type: str,
    progress: Callable[[int, int], None],
    on_wait: Callable[[str], None],
) -> SyncResult:
    """Syncs one seller now; SmartinstError if the sync cannot begin.

    `progress` is called with the numbers of windows read and due. `on_wait` is called about once a
    second while nothing arrives, with the reason, or an empty text if it is not known.
    """
    wait_reason = WaitReason()

    def report(windows: int, windows_due: int) -> None:
        wait_reason.text = ""
        progress(windows, windows_due)

    timing = Timing(TIMING.monotonic, wait_reason.sleep)
    with (
        connected(settings.database) as engine,
        platform_of(settings, seller.id, timing=timing, on_retry=wait_reason.on_retry) as platform,
    ):
        return sync_seller(
            open_ledger(settings),
            seller,
            platform,
            engine,
            current_instant(),
            SyncOptions(billing_type, settings.hotmart.since),
            report,
            lambda: on_wait(wait_reason.text),
        )
