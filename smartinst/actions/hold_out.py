"""Which plans are held out: their buyers get no message in a month (docs/metrics.md §6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b

import polars as pl

from smartinst.analytics.book.recovery.effect import CONTACTED, HELD_OUT
from smartinst.settings import Settings


def draw_arm(settings: Settings, seller_id: str, plan_id: str, day: date) -> str | None:
    """`contacted` or `held out`, the same all month; None unless `[recovery] hold_out` is set."""
    share = settings.recovery.hold_out
    if not share:
        return None
    digest = blake2b(f"{seller_id}/{plan_id}/{day:%Y-%m}".encode(), digest_size=8).digest()
    return HELD_OUT if int.from_bytes(digest) < share * 2**64 else CONTACTED


def arms_of(
    settings: Settings, seller_id: str, plan_ids: Iterable[str], day: date
) -> pl.DataFrame | None:
    """One row per plan: plan_id and its arm of the month; None unless plans are held out."""
    if not settings.recovery.hold_out:
        return None
    arms = [(plan_id, draw_arm(settings, seller_id, plan_id, day)) for plan_id in plan_ids]
    return pl.DataFrame(arms, {"plan_id": pl.String, "arm": pl.String}, orient="row")
