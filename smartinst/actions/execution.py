"""Actions on real money (docs/contracts.md §6).

Each call is made at most once. Its intent is logged before it is sent, its outcome afterwards. A
call whose outcome is unknown is `in_doubt`. It is read back and never repeated automatically, since
the platform has no idempotency key; only a cancellation may be repeated.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from smartinst.actions.call_states import (
    latest_records,
    open_calls_without_proposal,
    other_open_calls,
)
from smartinst.actions.calls import Call, CallRecord
from smartinst.actions.effects import LookupKey, observe
from smartinst.actions.log import ActionLog
from smartinst.actions.plan_lock import InFlightError, locked_plan
from smartinst.actions.proposals import PlannedCall, Proposal
from smartinst.errors import InputError, PlatformError, SmartinstError
from smartinst.hotmart.api.client import Platform
from smartinst.hotmart.api.oauth import read_credentials
from smartinst.hotmart.api.replies import Reply, UnknownOutcomeError, reply_text
from smartinst.i18n import platform_messages
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText, error_message
from smartinst.settings import Seller, secret_suffix

CANCEL_AGAIN: Final = timedelta(seconds=60)
"""The time after which a cancellation in doubt is sent again."""
IN_FLIGHT: Final = timedelta(minutes=20)
"""How long a call started on another machine counts as in progress.

Longer than a client waits for the rate limit.
"""
Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]
"""Called before each call with its number, from 1, and the number of calls."""


@dataclass(frozen=True)
class CallResult:
    """The outcome of one planned call: its state (done, not_done, in_doubt) and the reason.

    `was_called`: whether a call was sent now. `advice`: what the operator can do on the command
    line; empty if there is nothing to do.
    """

    call: PlannedCall
    state: str
    detail: str
    was_called: bool = False
    advice: str = ""


def unavailable_reason(seller: Seller) -> str | None:
    """The reason why a seller's actions cannot be sent; None if they can."""
    try:
        credentials = read_credentials(seller.id)
    except SmartinstError as error:
        return error_message(error)
    if credentials is None:
        names = f"SMARTINST_HOTMART_{secret_suffix(seller.id)}_CLIENT_ID, _CLIENT_SECRET, _BASIC"
        return TranslatableText(N_("no platform credentials: set {names}"), names=names)
    return None


def _no_progress(_number: int, _count: int) -> None:
    """Ignores the progress."""


@dataclass(frozen=True)
class ActionRunner:
    """Makes and reads back one seller's calls; `lock_folder` contains the locks of plans.

    InFlightError if another process is acting on the same plan.
    """

    platform: Platform
    log: ActionLog
    clock: Clock
    lock_folder: Path

    def run(
        self, proposal: Proposal, *, again: bool = False, progress: Progress = _no_progress
    ) -> list[CallResult]:
        """Makes the calls of a proposal, each at most once.

        If the proposal has no calls, the plan's calls in doubt are read back instead. `again`: a
        refund or negotiation that is in doubt and not visible is sent once more; the user accepts
        that it may happen twice.
        """
        _check_refunds(proposal)
        with locked_plan(self.lock_folder, proposal):
            results = []
            for number, planned_call in enumerate(proposal.calls, start=1):
                progress(number, len(proposal.calls))
                results.append(self._run_call(planned_call, proposal, again))
            open_records = open_calls_without_proposal(proposal, self.log)
            return results + [self._read_back_record(record, proposal) for record in open_records]

    def read_back(self, proposal: Proposal) -> list[CallResult]:
        """Reads back the calls of a proposal that are in doubt; sends nothing."""
        with locked_plan(self.lock_folder, proposal):
            return [
                self._read_back(planned_call, record)[1]
                for planned_call, record in latest_records(proposal, self.log)
                if record.is_open
            ]

    def read_back_others(self, proposal: Proposal) -> list[CallResult]:
        """Reads back the calls of a plan that are in doubt but not in the proposal."""
        with locked_plan(self.lock_folder, proposal):
            return [
                self._read_back_record(record, proposal)
                for record in other_open_calls(proposal, self.log)
            ]

    def _run_call(self, planned_call: PlannedCall, proposal: Proposal, again: bool) -> CallResult:
        """Makes one planned call if the log allows it."""
        call = proposal.new_call(planned_call)
        record = self.log.begin(call, self.clock(), allowed=(None, "not_done"))
        if record is None:
            return self._send(planned_call, call, was_in_doubt=False)
        if record.call.target != call.target:
            numbers = ", ".join(map(str, sorted(record.call.numbers)))
            reason = TranslatableText(
                platform_messages.NEGOTIATED, numbers=numbers, day=record.requested_at.date()
            )
            return CallResult(planned_call, "not_done", reason, advice="see smartinst act log")
        if record.state == "done":
            day = record.changed_at.date()
            return CallResult(
                planned_call, "done", TranslatableText(platform_messages.DONE_ON, day=day)
            )
        return self._run_call_in_doubt(planned_call, record, again)

    def _run_call_in_doubt(
        self, planned_call: PlannedCall, record: CallRecord, again: bool
    ) -> CallResult:
        """Reads a call back; sends it again if its effect is absent and that is allowed.

        A cancellation may be repeated; any other call only with `again`.
        """
        is_visible, result = self._read_back(planned_call, record)
        may_repeat = is_visible is False and (
            again
            or (
                planned_call.kind == "cancel" and self.clock() - record.requested_at >= CANCEL_AGAIN
            )
        )
        if not may_repeat:
            return result
        call = replace(record.call, call_id=str(uuid.uuid4()))
        if self.log.begin(call, self.clock(), allowed=("in_doubt",)) is not None:
            acted_on = N_("plan {plan}: someone else has just acted on it")
            raise InFlightError(TranslatableText(acted_on, plan=call.plan_id))
        return self._send(planned_call, call, was_in_doubt=True)

    def _send(self, planned_call: PlannedCall, call: Call, *, was_in_doubt: bool) -> CallResult:
        """Sends a call whose intent is already committed, and records its outcome."""
        sent_at = self.clock()
        try:
            reply = self.platform.write(planned_call.method, planned_call.path, planned_call.body)
        except PlatformError as error:
            if isinstance(error, UnknownOutcomeError) and error.was_sent:
                return self._doubt(planned_call, call, sent_at, error_message(error))
            state = "in_doubt" if was_in_doubt else "not_done"
            not_sent = TranslatableText(platform_messages.NOT_SENT, what=error_message(error))
            return self._finish(planned_call, call, state, not_sent)
        if reply.is_done:
            return self._finish(planned_call, call, "done", _answer_text(reply))
        refusal = reply_text(reply.error or str(reply.status))
        if 400 <= reply.status < 500 and not was_in_doubt:
            return self._finish(planned_call, call, "not_done", refusal)
        return self._doubt(planned_call, call, sent_at, refusal)

    def _doubt(
        self, planned_call: PlannedCall, call: Call, sent_at: datetime, reason: str
    ) -> CallResult:
        """Records a call without a clear answer as in doubt, then reads it back.

        It is recorded first, so that nothing is lost if the process is killed while reading back.
        """
        self.log.record(call, "in_doubt", self.clock(), reason)
        observation = observe(self.platform, call, planned_call.lookup, (sent_at,))
        if observation.is_visible:
            read_back = TranslatableText(platform_messages.READ_BACK, what=observation.text)
            detail = TranslatableText(
                platform_messages.REASON_AND_OUTCOME, why=reason, what=read_back
            )
            return self._finish(planned_call, call, "done", detail)
        detail = TranslatableText(
            platform_messages.REASON_AND_OUTCOME, why=reason, what=observation.text
        )
        return CallResult(
            planned_call, "in_doubt", detail, was_called=True, advice=observation.advice
        )

    def _finish(self, planned_call: PlannedCall, call: Call, state: str, detail: str) -> CallResult:
        self.log.record(call, state, self.clock(), detail)
        return CallResult(planned_call, state, detail, was_called=True)

    def _read_back_record(self, record: CallRecord, proposal: Proposal) -> CallResult:
        """Reads back a call that is not in the proposal."""
        call = record.call
        key = LookupKey(
            proposal.subscriber_code, proposal.purchase_date or record.requested_at.date()
        )
        planned_call = PlannedCall(
            proposal.kind,
            call.target,
            "GET",
            call.plan_id,
            None,
            call.transaction,
            None,
            call.amount_minor,
            call.currency,
            key,
        )
        return self._read_back(planned_call, record)[1]

    def _read_back(
        self, planned_call: PlannedCall, record: CallRecord
    ) -> tuple[bool | None, CallResult]:
        """Whether the platform shows the effect of a call in doubt, and its state now."""
        if record.state == "sending":
            self._take_over(record)
        observation = observe(self.platform, record.call, planned_call.lookup, record.sent_at)
        what = observation.text
        if observation.is_visible:
            read_back = TranslatableText(platform_messages.READ_BACK, what=what)
            self.log.record(record.call, "done", self.clock(), read_back)
            detail = TranslatableText(platform_messages.DONE_BEFORE, what=what)
            return True, CallResult(planned_call, "done", detail)
        when = f"{record.requested_at:%Y-%m-%d %H:%M}"
        detail = TranslatableText(platform_messages.SINCE, when=when, what=what)
        result = CallResult(planned_call, "in_doubt", detail, advice=observation.advice)
        return observation.is_visible, result

    def _take_over(self, record: CallRecord) -> None:
        """Records as in doubt a call that was started but never finished.

        A process of this machine must have been killed, since this one has the plan's lock; a
        process of another machine may still be running.
        """
        now = self.clock()
        if record.owner != socket.gethostname()[:255] and now - record.changed_at < IN_FLIGHT:
            under_way = N_("plan {plan}: an action that started on {machine} is in progress")
            raise InFlightError(
                TranslatableText(under_way, plan=record.call.plan_id, machine=record.owner)
            )
        interrupted = TranslatableText(platform_messages.INTERRUPTED)
        self.log.record(record.call, "in_doubt", now, interrupted, only_after=("sending",))


def _check_refunds(proposal: Proposal) -> None:
    """InputError if refunds exceed what was paid or a transaction is refunded twice."""
    refunds = [call for call in proposal.calls if call.kind == "refund"]
    total = sum(call.amount_minor or 0 for call in refunds)
    has_duplicate = len({call.target for call in refunds}) != len(refunds)
    if has_duplicate or total > max(proposal.paid_minor, 0):
        excess = N_("plan {plan}: the refunds would exceed the amount paid")
        raise InputError(TranslatableText(excess, plan=proposal.plan_id))


def _answer_text(reply: Reply) -> TranslatableText:
    """The status of a successful reply, and the transaction if the reply names one."""
    document = reply.document if isinstance(reply.document, dict) else {}
    code = document.get("transaction")
    if isinstance(code, str):
        return TranslatableText(
            platform_messages.ANSWER_WITH_TRANSACTION, answer=reply.status, transaction=code
        )
    return TranslatableText(platform_messages.ANSWER, answer=reply.status)
