"""Actions as a person at a screen makes them: the proposal of today, its calls with the real clock and log, and a sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from smartinst.operations.action_log import ActionLog, Known
from smartinst.operations.actions import Done, doubtful, left_over, perform, settled
from smartinst.operations.platform import platform_of
from smartinst.operations.proposals import Kind, Planned, Proposal, propose
from smartinst.operations.state import connect
from smartinst.operations.sync import Synced, sync
from smartinst.settings import Seller, Settings


def propose_today(settings: Settings, seller: Seller, kind: Kind, plan_id: str) -> Proposal:
    """What an action would send as of today in the seller's zone; nothing is sent. InputError for an unknown plan."""
    return propose(settings, seller, kind, plan_id, datetime.now(seller.zone).date())


@dataclass(frozen=True)
class Standing:
    """What the log knows of a proposal's calls: those done, those in doubt, and what else of the plan is in doubt."""

    done: tuple[Planned, ...]
    doubtful: tuple[Planned, ...]
    left_over: tuple[Known, ...]

    def has_work(self, proposal: Proposal) -> bool:
        """Whether sending the proposal would ask the platform for anything."""
        return len(self.done) < len(proposal.calls) or bool(self.left_over)


def standing(settings: Settings, proposal: Proposal) -> Standing:
    """How a proposal stands in the log just now."""
    with _state(settings) as engine:
        log = ActionLog(engine)
        done = settled(proposal, log, datetime.now(UTC))
        return Standing(tuple(done), tuple(doubtful(proposal, log)), tuple(left_over(proposal, log)))


def send(settings: Settings, proposal: Proposal) -> list[Done]:
    """Makes the calls of a proposal, each at most once; SmartinstError where none could be begun."""
    with _state(settings) as engine, platform_of(settings, proposal.seller.id) as platform:
        return perform(proposal, settings, platform, ActionLog(engine), lambda: datetime.now(UTC))


def history(settings: Settings, seller: Seller) -> list[dict[str, Any]]:
    """The calls that were made for a seller, oldest first, as `act log --json` prints them."""
    with _state(settings) as engine:
        return [one for one in ActionLog(engine).calls() if one["seller_id"] == seller.id]


def renew(settings: Settings, seller: Seller, billing_type: str, progress: Callable[[int, int], None]) -> Synced:
    """A sync of one seller now; `progress` is called with the windows read and those due. SmartinstError: none begun."""
    with _state(settings) as engine, platform_of(settings, seller.id) as platform:
        now, since = datetime.now(UTC), settings.hotmart.since
        return sync(settings, seller, platform, engine, now, since=since, billing_type=billing_type, progress=progress)


@contextmanager
def _state(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database)
    try:
        yield engine
    finally:
        engine.dispose()
