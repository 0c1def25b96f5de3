"""Actions as a person at a screen makes them: the proposal of today, and its calls with the real clock and log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from smartinst.actions.execution import (
    Done,
    Progress,
    ask,
    ask_besides,
    besides,
    doubtful,
    held,
    perform,
    settled,
)
from smartinst.actions.log import ActionLog, Known
from smartinst.actions.proposals import Kind, Planned, Proposal, propose
from smartinst.database.engine import connected
from smartinst.intake.connection import current_instant, platform_of
from smartinst.settings import Seller, Settings


@dataclass(frozen=True)
class Standing:
    """What the log knows of a proposal's calls: those done, in doubt, not sent beside a negotiation of the same charges.

    `besides` is what else of the plan is in doubt.
    """

    done: tuple[Planned, ...] = ()
    doubtful: tuple[Planned, ...] = ()
    held: tuple[Planned, ...] = ()
    besides: tuple[Known, ...] = ()

    def fresh(self, proposal: Proposal) -> list[Planned]:
        """The calls that would be sent as they stand: nobody has made them, and nothing holds them."""
        return [
            one for one in proposal.calls if one not in (*self.done, *self.doubtful, *self.held)
        ]

    def repeats(self) -> list[Planned]:
        """What is in doubt and would be sent again where the platform does not show it: to cancel twice does no harm."""
        return [one for one in self.doubtful if one.kind == "cancel"]

    def has_doubt(self) -> bool:
        """Whether the platform would be asked what became of something."""
        return bool(self.doubtful or self.besides)


@dataclass(frozen=True)
class Shown:
    """What a person is shown before anything is sent: the proposal, how it stands in the log, and as of which day."""

    proposal: Proposal
    standing: Standing
    as_of: date

    def sends(self) -> bool:
        """Whether a call would be made that changes something."""
        return bool(self.standing.fresh(self.proposal) or self.standing.repeats())

    def has_work(self) -> bool:
        """Whether the platform would be called at all."""
        return self.sends() or self.standing.has_doubt()

    def is_same(self, other: Shown) -> bool:
        """Whether the same would be sent, for the same amounts, of what stands the same in the log."""
        return (self.proposal.calls, self.standing) == (other.proposal.calls, other.standing)


def look(settings: Settings, seller: Seller, kind: Kind, plan_id: str) -> Shown:
    """What an action would send as of today in the seller's zone; nothing is sent. InputError for an unknown plan."""
    now = current_instant()
    today = now.astimezone(seller.zone).date()
    proposal = propose(settings, seller, kind, plan_id, today)
    with connected(settings.database) as engine:
        log = ActionLog(engine)
        standing = Standing(
            done=tuple(settled(proposal, log, now)),
            doubtful=tuple(doubtful(proposal, log)),
            held=tuple(held(proposal, log, now)),
            besides=tuple(besides(proposal, log)),
        )
    return Shown(proposal, standing, today)


def send(settings: Settings, shown: Shown, progress: Progress) -> list[Done]:
    """Makes the calls that were shown, each at most once, or only asks what became of those in doubt, and of others.

    `progress` is told before each call. SmartinstError where none could be begun.
    """
    proposal = shown.proposal
    with (
        connected(settings.database) as engine,
        platform_of(settings, proposal.seller.id) as platform,
    ):
        log = ActionLog(engine)
        asked = ask_besides(proposal, settings, platform, log, current_instant)
        if not shown.sends():
            return ask(proposal, settings, platform, log, current_instant) + asked
        return (
            perform(proposal, settings, platform, log, current_instant, progress=progress) + asked
        )


def history(settings: Settings, seller: Seller) -> list[dict[str, Any]]:
    """The calls that were made for a seller, oldest first: as `act log --json` prints them, and each with its target."""
    with connected(settings.database) as engine:
        return ActionLog(engine).calls_of(seller.id)
