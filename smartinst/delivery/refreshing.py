"""Syncs of the sellers whose reports are due, before their runs (docs/reports.md, "Fresh data")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine

from smartinst.billing_types import BILLING_TYPES
from smartinst.delivery.tick_context import TickContext
from smartinst.errors import ConfigurationError, SmartinstError
from smartinst.hotmart.api.oauth import read_credentials
from smartinst.machine_errors import error_summary
from smartinst.runs.definitions import ALL_SELLERS
from smartinst.settings import Seller, Settings

SYNCS_AT_ONCE: Final = 4


def refresh_sellers(
    context: TickContext,
    engine: Engine,
    rows: Iterable[Mapping[str, Any]],
    should_continue: Callable[[], bool] = lambda: True,
) -> None:
    """Syncs each seller with platform credentials that one of the runs shows, once.

    A sync that fails is a warning: the runs use the data of the ledger, and the gate on their age
    decides whether they are sent. Stops before the next seller if `should_continue()` is false.
    """
    sellers = [seller for seller in _sellers_of(context, rows) if _has_credentials(seller)]
    if not sellers:
        return

    def refresh(seller: Seller) -> str | None:
        return sync_failure(context.settings, seller, engine, context.now, should_continue)

    with ThreadPoolExecutor(SYNCS_AT_ONCE, "sync") as threads:
        for seller, failure in zip(sellers, threads.map(refresh, sellers), strict=True):
            if failure:
                context.add_warning(
                    f"sync of {seller.id} failed, its reports use the data of the ledger: {failure}"
                )
    context.connection.commit()


def sync_failure(
    settings: Settings,
    seller: Seller,
    engine: Engine,
    now: datetime,
    should_continue: Callable[[], bool] = lambda: True,
) -> str | None:
    """Syncs a seller; the reason on one line if the sync is not complete, else None."""
    from smartinst.intake.connection import platform_of
    from smartinst.intake.sync import SyncOptions, sync_seller
    from smartinst.ledger.presence import open_ledger

    if not should_continue():
        return None
    options = SyncOptions(BILLING_TYPES[0], settings.hotmart.since)
    try:
        with platform_of(settings, seller.id) as platform:
            result = sync_seller(
                open_ledger(settings),
                seller,
                platform,
                engine,
                now,
                options,
                lambda _windows, _due: None,
            )
    except SmartinstError as error:
        return " ".join(str(error).split())
    except Exception as error:  # a broken sync must not keep other reports from their readers
        return error_summary(error)
    return result.error


def _sellers_of(context: TickContext, rows: Iterable[Mapping[str, Any]]) -> list[Seller]:
    """The configured sellers that the runs show, in the order of the configuration."""
    seller_ids = {str(row["seller_id"]) for row in rows}
    return [
        seller
        for seller in context.settings.seller
        if ALL_SELLERS in seller_ids or seller.id in seller_ids
    ]


def _has_credentials(seller: Seller) -> bool:
    """Whether a sync can be tried; incomplete credentials count, so that the sync names them."""
    try:
        return read_credentials(seller.id) is not None
    except (ConfigurationError, OSError, ValueError):
        return True
