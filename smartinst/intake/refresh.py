"""A sync started from a dashboard: its progress, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable

from smartinst.database.engine import connected
from smartinst.hotmart.api.rate_limit import Timing
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText
from smartinst.intake.connection import TIMING, current_instant, platform_of
from smartinst.intake.sync import SyncResult, sync_seller
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Seller, Settings


def ledger_version(settings: Settings) -> dict[str, int]:
    """The commit that each table of the ledger is at; every write changes it, of whichever seller."""
    return Ledger(settings.ledger).version()


class WaitReason:
    """What a sync waits for just now, told by whichever thread waits; empty when nothing is in the way."""

    def __init__(self) -> None:
        self.said = ""

    def of_error(self, _error: Exception) -> None:
        """A read failed and is repeated."""
        self.said = TranslatableText(N_("the platform answers with errors and is asked again"))

    def sleep(self, seconds: float) -> None:
        """Waits for the platform's limit, and says so where it takes more than a moment."""
        if seconds > 1:
            self.said = TranslatableText(
                N_("the platform's limit of calls is reached; it goes on in a moment")
            )
        TIMING.sleep(seconds)


def refresh_sales(
    settings: Settings,
    seller: Seller,
    billing_type: str,
    progress: Callable[[int, int], None],
    waits: Callable[[str], None],
) -> SyncResult:
    """A sync of one seller now; `progress` is called with the windows read and those due. SmartinstError: none begun.

    `waits` is called about once a second while the platform lets wait, with what is in the way (empty: nothing known).
    """
    hindrance = WaitReason()

    def read(done: int, of: int) -> None:
        hindrance.said = ""
        progress(done, of)

    timing = Timing(TIMING.monotonic, hindrance.sleep)
    with (
        connected(settings.database) as engine,
        platform_of(settings, seller.id, timing=timing, on_retry=hindrance.of_error) as platform,
    ):
        return sync_seller(
            settings,
            seller,
            platform,
            engine,
            current_instant(),
            since=settings.hotmart.since,
            billing_type=billing_type,
            progress=read,
            waits=lambda: waits(hindrance.said),
        )
