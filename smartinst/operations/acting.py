"""Actions as a person at a screen makes them: the proposal of today, and its calls with the real clock and log."""

from __future__ import annotations

from datetime import UTC, datetime

from smartinst.operations.action_log import ActionLog
from smartinst.operations.actions import Done, perform
from smartinst.operations.platform import platform_of
from smartinst.operations.proposals import Kind, Proposal, propose
from smartinst.operations.state import connect
from smartinst.settings import Seller, Settings


def propose_today(settings: Settings, seller: Seller, kind: Kind, plan_id: str) -> Proposal:
    """What an action would send as of today in the seller's zone; nothing is sent. InputError for an unknown plan."""
    return propose(settings, seller, kind, plan_id, datetime.now(seller.zone).date())


def send(settings: Settings, proposal: Proposal) -> list[Done]:
    """Makes the calls of a proposal, each at most once; SmartinstError where none could be begun."""
    engine = connect(settings.database)
    try:
        with platform_of(settings, proposal.seller.id) as platform:
            return perform(proposal, settings, platform, ActionLog(engine), lambda: datetime.now(UTC))
    finally:
        engine.dispose()


def outcomes(settings: Settings, seller: Seller) -> dict[str, tuple[str, str]]:
    """Plan → (kind, state) of the newest call that was made for it."""
    engine = connect(settings.database)
    try:
        calls = ActionLog(engine).calls()
    finally:
        engine.dispose()
    return {one["plan_id"]: (one["kind"], one["state"]) for one in calls if one["seller_id"] == seller.id}
