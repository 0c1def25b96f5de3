"""The states of a proposal's calls in the log, and how a person settles a call in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from smartinst.actions.calls import CallRecord
from smartinst.actions.log import ActionLog
from smartinst.actions.proposals import PlannedCall, Proposal
from smartinst.errors import InputError
from smartinst.i18n.message import TranslatableText
from smartinst.i18n.platform_messages import SETTLED_BY_HAND


@dataclass(frozen=True)
class CallStates:
    """The calls of a proposal that are completed, in doubt, or blocked by another negotiation.

    `other_open`: calls of the same plan that are in doubt but not in the proposal.
    """

    completed: tuple[PlannedCall, ...] = ()
    in_doubt: tuple[PlannedCall, ...] = ()
    blocked: tuple[PlannedCall, ...] = ()
    other_open: tuple[CallRecord, ...] = ()

    def sendable(self, proposal: Proposal) -> list[PlannedCall]:
        """The calls that would be sent: not completed, not in doubt, not blocked."""
        excluded = (*self.completed, *self.in_doubt, *self.blocked)
        return [call for call in proposal.calls if call not in excluded]

    def repeatable(self) -> list[PlannedCall]:
        """The calls in doubt that are sent again if the platform does not show their effect.

        These are cancellations: a second one does no harm.
        """
        return [call for call in self.in_doubt if call.kind == "cancel"]

    def has_doubt(self) -> bool:
        """Whether the platform would be queried for the outcome of a call."""
        return bool(self.in_doubt or self.other_open)


def call_states(proposal: Proposal, log: ActionLog, now: datetime) -> CallStates:
    """The states of a proposal's calls."""
    return CallStates(
        completed=tuple(completed_calls(proposal, log, now)),
        in_doubt=tuple(in_doubt_calls(proposal, log)),
        blocked=tuple(blocked_calls(proposal, log, now)),
        other_open=tuple(other_open_calls(proposal, log)),
    )


def completed_calls(proposal: Proposal, log: ActionLog, now: datetime) -> list[PlannedCall]:
    """The calls of a proposal that are done; the ledger shows them after the next sync."""
    return [
        call
        for call, record in latest_records(proposal, log)
        if record.state == "done" and not record.has_lapsed(now)
    ]


def in_doubt_calls(proposal: Proposal, log: ActionLog) -> list[PlannedCall]:
    """The calls of a proposal whose outcome is unknown."""
    return [call for call, record in latest_records(proposal, log) if record.is_open]


def blocked_calls(proposal: Proposal, log: ActionLog, now: datetime) -> list[PlannedCall]:
    """The calls of a proposal that another negotiation of the same charges blocks."""
    return [call for call in proposal.calls if log.blocking_record(proposal.new_call(call), now)]


def open_calls_without_proposal(proposal: Proposal, log: ActionLog) -> list[CallRecord]:
    """A plan's calls in doubt if its proposal has no calls: the ledger may have changed since."""
    return [] if proposal.calls else other_open_calls(proposal, log)


def other_open_calls(proposal: Proposal, log: ActionLog) -> list[CallRecord]:
    """The calls of a plan that are in doubt but not in the proposal."""
    targets = {call.target for call in proposal.calls}
    records = log.open_records(proposal.seller.id, proposal.plan_id, proposal.kind)
    return [record for record in records if record.call.target not in targets]


def latest_records(proposal: Proposal, log: ActionLog) -> list[tuple[PlannedCall, CallRecord]]:
    """The calls of a proposal that are in the log, each with its latest record."""
    records = (log.latest(proposal.seller.id, call.kind, call.target) for call in proposal.calls)
    return [(call, record) for call, record in zip(proposal.calls, records, strict=True) if record]


def resolve_call(log: ActionLog, call_id: str, state: str, note: str, now: datetime) -> None:
    """Records a person's decision on a call in doubt; InputError if the call is not in doubt."""
    call = log.find(call_id)
    record = log.latest(call.seller_id, call.kind, call.target)
    is_open = record is not None and record.call.call_id == call_id and record.is_open
    detail = TranslatableText(SETTLED_BY_HAND, note=note)
    if not is_open or not log.record(call, state, now, detail, only_after=("sending", "in_doubt")):
        raise InputError(f"call {call_id} is not in doubt")
