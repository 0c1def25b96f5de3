"""Actions as a person at a screen makes them: the proposal of today, and its calls with the real clock and log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from smartinst.actions.execution import (
    CallResult,
    Progress,
    ask,
    blocked_calls,
    completed_calls,
    in_doubt_calls,
    other_open_calls,
    perform,
    read_back_others,
)
from smartinst.actions.log import ActionLog, CallRecord
from smartinst.actions.proposals import ActionKind, PlannedCall, Proposal, propose
from smartinst.database.engine import connected
from smartinst.intake.connection import current_instant, platform_of
from smartinst.settings import Seller, Settings


@dataclass(frozen=True)
class CallStates:
    """What the log knows of a proposal's calls: those done, in doubt, not sent beside a negotiation of the same charges.

    `other_open` is what else of the plan is in doubt.
    """

    completed: tuple[PlannedCall, ...] = ()
    in_doubt: tuple[PlannedCall, ...] = ()
    blocked: tuple[PlannedCall, ...] = ()
    other_open: tuple[CallRecord, ...] = ()

    def sendable(self, proposal: Proposal) -> list[PlannedCall]:
        """The calls that would be sent as they stand: nobody has made them, and nothing holds them."""
        return [
            one
            for one in proposal.calls
            if one not in (*self.completed, *self.in_doubt, *self.blocked)
        ]

    def repeatable(self) -> list[PlannedCall]:
        """What is in doubt and would be sent again where the platform does not show it: to cancel twice does no harm."""
        return [one for one in self.in_doubt if one.kind == "cancel"]

    def has_doubt(self) -> bool:
        """Whether the platform would be asked what became of something."""
        return bool(self.in_doubt or self.other_open)


@dataclass(frozen=True)
class ActionPreview:
    """What a person is shown before anything is sent: the proposal, how it stands in the log, and as of which day."""

    proposal: Proposal
    states: CallStates
    as_of: date

    def sends_calls(self) -> bool:
        """Whether a call would be made that changes something."""
        return bool(self.states.sendable(self.proposal) or self.states.repeatable())

    def has_work(self) -> bool:
        """Whether the platform would be called at all."""
        return self.sends_calls() or self.states.has_doubt()

    def is_same(self, other: ActionPreview) -> bool:
        """Whether the same would be sent, for the same amounts, of what stands the same in the log."""
        return (self.proposal.calls, self.states) == (other.proposal.calls, other.states)


def preview(settings: Settings, seller: Seller, kind: ActionKind, plan_id: str) -> ActionPreview:
    """What an action would send as of today in the seller's zone; nothing is sent. InputError for an unknown plan."""
    now = current_instant()
    today = now.astimezone(seller.zone).date()
    proposal = propose(settings, seller, kind, plan_id, today)
    with connected(settings.database) as engine:
        log = ActionLog(engine)
        states = CallStates(
            completed=tuple(completed_calls(proposal, log, now)),
            in_doubt=tuple(in_doubt_calls(proposal, log)),
            blocked=tuple(blocked_calls(proposal, log, now)),
            other_open=tuple(other_open_calls(proposal, log)),
        )
    return ActionPreview(proposal, states, today)


def execute(settings: Settings, shown: ActionPreview, progress: Progress) -> list[CallResult]:
    """Makes the calls that were shown, each at most once, or only asks what became of those in doubt, and of others.

    `progress` is told before each call. SmartinstError where none could be begun.
    """
    proposal = shown.proposal
    with (
        connected(settings.database) as engine,
        platform_of(settings, proposal.seller.id) as platform,
    ):
        log = ActionLog(engine)
        asked = read_back_others(proposal, settings, platform, log, current_instant)
        if not shown.sends_calls():
            return ask(proposal, settings, platform, log, current_instant) + asked
        return (
            perform(proposal, settings, platform, log, current_instant, progress=progress) + asked
        )


def logged_calls(settings: Settings, seller: Seller) -> list[dict[str, Any]]:
    """The calls that were made for a seller, oldest first: as `act log --json` prints them, and each with its target."""
    with connected(settings.database) as engine:
        return ActionLog(engine).calls_of(seller.id)
