"""Actions as a dashboard offers them: first a preview, then the calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from smartinst.actions.anchor import Anchor
from smartinst.actions.call_states import CallStates, call_states
from smartinst.actions.execution import ActionRunner, CallResult, Progress
from smartinst.actions.log import ActionLog
from smartinst.actions.plan_lock import lock_folder
from smartinst.actions.proposal_rules import propose
from smartinst.actions.proposals import ActionKind, Proposal
from smartinst.database.engine import connected
from smartinst.intake.connection import current_instant, platform_of
from smartinst.settings import Seller, Settings


@dataclass(frozen=True)
class ActionPreview:
    """The proposal that a person confirms, and the states of its calls on a day."""

    proposal: Proposal
    states: CallStates
    as_of: date

    def sends_calls(self) -> bool:
        """Whether a call that changes something would be sent."""
        return bool(self.states.sendable(self.proposal) or self.states.repeatable())

    def has_work(self) -> bool:
        """Whether the platform would be called at all."""
        return self.sends_calls() or self.states.has_doubt()

    def is_same(self, other: ActionPreview) -> bool:
        """Whether both would send the same calls for the same amounts, in the same states."""
        return (self.proposal.calls, self.states) == (other.proposal.calls, other.states)


def preview(settings: Settings, seller: Seller, kind: ActionKind, plan_id: str) -> ActionPreview:
    """The preview of an action as of today in the seller's zone; InputError for an unknown plan."""
    now = current_instant()
    today = now.astimezone(seller.zone).date()
    proposal = propose(settings, seller, kind, plan_id, today)
    with connected(settings.database) as engine:
        states = call_states(proposal, ActionLog(engine), now)
    return ActionPreview(proposal, states, today)


def execute(
    settings: Settings, action_preview: ActionPreview, progress: Progress
) -> list[CallResult]:
    """Makes the calls of a preview, each at most once; if it has none, reads back those in doubt.

    The plan's other calls in doubt are read back too. SmartinstError if no call could be started.
    """
    proposal = action_preview.proposal
    with (
        connected(settings.database) as engine,
        platform_of(settings, proposal.seller.id) as platform,
    ):
        runner = ActionRunner(
            platform,
            ActionLog(engine, Anchor(settings.home)),
            current_instant,
            lock_folder(settings),
        )
        others = runner.read_back_others(proposal)
        if action_preview.sends_calls():
            return runner.run(proposal, progress=progress) + others
        return runner.read_back(proposal) + others


def logged_calls(settings: Settings, seller: Seller) -> list[dict[str, Any]]:
    """A seller's calls, oldest first: as `act log --json` prints them, with the target."""
    with connected(settings.database) as engine:
        return ActionLog(engine).calls_of(seller.id)
