"""Actions on real money: each call at most once, its intent written first, its outcome told truly (docs/contracts.md §6).

What nobody knows is `in_doubt` and is read back, never called again by itself: the platform has no idempotency key.
"""

from __future__ import annotations

import fcntl
import hashlib
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from smartinst.actions.effects import LookupKey, UnclearError, is_effect_visible
from smartinst.actions.log import ActionLog, Call, CallRecord
from smartinst.actions.proposals import PlannedCall, Proposal
from smartinst.errors import InputError, PlatformError, SmartinstError
from smartinst.hotmart.api.client import Platform
from smartinst.hotmart.api.oauth import read_credentials
from smartinst.hotmart.api.replies import Reply, UnknownOutcomeError
from smartinst.i18n import platform_messages
from smartinst.i18n.locales import N_
from smartinst.i18n.message import TranslatableText
from smartinst.i18n.platform_messages import recalled
from smartinst.settings import Seller, Settings, secret_suffix

CANCEL_AGAIN: Final = timedelta(seconds=60)
IN_FLIGHT: Final = timedelta(minutes=20)
"""How long a call begun on another machine is taken to be still under way: longer than a client waits for a limit."""
_SETTLE: Final = "settle it by smartinst act resolve"
_LATER: Final = f"run the same command again later, or look there and {_SETTLE}"
Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]
"""Told before each call which of how many it is, the first is 1."""


class InFlightError(SmartinstError):
    """Somebody else is acting on the same plan right now."""


@dataclass(frozen=True)
class CallResult:
    """What became of one planned call: done, not_done or in_doubt, and why; `was_called` is whether one was sent now.

    `advice` is what an operator at a command line can do about it; empty where nothing is to be done.
    """

    planned: PlannedCall
    state: str
    detail: str
    was_called: bool = False
    advice: str = ""


def unavailable_reason(seller: Seller) -> str | None:
    """Why this seller's actions cannot be sent; null when they can."""
    try:
        known = read_credentials(seller.id)
    except SmartinstError as error:
        return str(error)
    if known is None:
        names = f"SMARTINST_HOTMART_{secret_suffix(seller.id)}_CLIENT_ID, _CLIENT_SECRET, _BASIC"
        return TranslatableText(N_("no platform credentials: set {names}"), names=names)
    return None


def _untold(_number: int, _of: int) -> None:
    """Nobody is told how far it is."""


def perform(
    proposal: Proposal,
    settings: Settings,
    platform: Platform,
    log: ActionLog,
    clock: Clock,
    *,
    again: bool = False,
    progress: Progress = _untold,
) -> list[CallResult]:
    """Makes the calls of a proposal, each at most once; InFlightError when somebody else is at the same plan.

    What else of the plan is in doubt, though nothing is left to call, is read back; it stands last. `again`: a refund or
    negotiation that is in doubt and not seen is sent once more; the person took it on themselves.
    """
    _check_sum(proposal)
    with _alone(settings, proposal):
        done = []
        for number, planned in enumerate(proposal.calls, start=1):
            progress(number, len(proposal.calls))
            done.append(_one(planned, proposal, platform, log, clock, again))
        return done + [
            _looked_up(known, proposal, platform, log, clock)
            for known in open_calls_without_proposal(proposal, log)
        ]


def ask(
    proposal: Proposal, settings: Settings, platform: Platform, log: ActionLog, clock: Clock
) -> list[CallResult]:
    """Reads back the calls of a proposal that are in doubt; whatever the log learns meanwhile, nothing is sent."""
    with _alone(settings, proposal):
        known = [
            (one, log.known(proposal.seller.id, one.kind, one.target)) for one in proposal.calls
        ]
        return [
            _asked(planned, one, platform, log, clock)[1]
            for planned, one in known
            if one and one.is_open
        ]


def read_back_others(
    proposal: Proposal, settings: Settings, platform: Platform, log: ActionLog, clock: Clock
) -> list[CallResult]:
    """Reads back what is in doubt of a proposal's plan though the proposal does not call it."""
    with _alone(settings, proposal):
        return [
            _looked_up(one, proposal, platform, log, clock)
            for one in other_open_calls(proposal, log)
        ]


def in_doubt_calls(proposal: Proposal, log: ActionLog) -> list[PlannedCall]:
    """The calls of a proposal of which nobody knows what became."""
    known = [
        (planned, log.known(proposal.seller.id, planned.kind, planned.target))
        for planned in proposal.calls
    ]
    return [planned for planned, one in known if one and one.is_open]


def open_calls_without_proposal(proposal: Proposal, log: ActionLog) -> list[CallRecord]:
    """What is in doubt of a plan that has nothing left to call: the ledger may know already what the log does not."""
    return (
        [] if proposal.calls else log.open_of(proposal.seller.id, proposal.plan_id, proposal.kind)
    )


def other_open_calls(proposal: Proposal, log: ActionLog) -> list[CallRecord]:
    """What is in doubt of a plan and is none of a proposal's calls: the ledger leaves it out, or it holds one of them."""
    called = {one.target for one in proposal.calls}
    doubted = log.open_of(proposal.seller.id, proposal.plan_id, proposal.kind)
    return [one for one in doubted if one.call.target not in called]


def completed_calls(proposal: Proposal, log: ActionLog, now: datetime) -> list[PlannedCall]:
    """The calls of a proposal that were done before: the ledger learns of it with the next sync."""
    known = [
        (planned, log.known(proposal.seller.id, planned.kind, planned.target))
        for planned in proposal.calls
    ]
    return [
        planned for planned, one in known if one and one.state == "done" and not one.has_lapsed(now)
    ]


def blocked_calls(proposal: Proposal, log: ActionLog, now: datetime) -> list[PlannedCall]:
    """The calls of a proposal that would not be sent beside a negotiation of some of the same charges."""
    return [planned for planned in proposal.calls if log.held_by(_call(planned, proposal), now)]


def resolve(log: ActionLog, call_id: str, state: str, note: str, now: datetime) -> None:
    """Settles by hand a call that is in doubt; InputError for one that is settled already."""
    call = log.find(call_id)
    known = log.known(call.seller_id, call.kind, call.target)
    if known is None or known.call.call_id != call_id or not known.is_open:
        raise InputError(f"call {call_id} is not in doubt")
    if not log.say(
        call, state, now, f"settled by hand: {note}", only_after=("sending", "in_doubt")
    ):
        raise InputError(f"call {call_id} is not in doubt")


def _check_sum(proposal: Proposal) -> None:
    """Refunds never exceed what was paid; each transaction stands there once."""
    refunds = [planned for planned in proposal.calls if planned.kind == "refund"]
    total = sum(planned.amount_minor or 0 for planned in refunds)
    if len({planned.target for planned in refunds}) != len(refunds) or total > max(
        proposal.paid_minor, 0
    ):
        raise InputError(
            TranslatableText(
                N_("plan {plan}: the refunds would exceed what was paid"), plan=proposal.plan_id
            )
        )


def _one(
    planned: PlannedCall,
    proposal: Proposal,
    platform: Platform,
    log: ActionLog,
    clock: Clock,
    again: bool,
) -> CallResult:
    """One planned call, by what the log knows of its target."""
    call = _call(planned, proposal)
    known = log.begin(call, clock(), allowed=(None, "not_done"))
    if known is None:
        return _send(planned, call, platform, log, clock, was_in_doubt=False)
    if known.call.target != call.target:
        numbers = ", ".join(map(str, sorted(known.call.numbers)))
        why = TranslatableText(
            platform_messages.NEGOTIATED, numbers=numbers, day=known.requested_at.date()
        )
        return CallResult(planned, "not_done", why, advice="see smartinst act log")
    if known.state == "done":
        return CallResult(
            planned, "done", TranslatableText(platform_messages.DONE_ON, day=known.at.date())
        )
    return _after_doubt(planned, known, platform, log, clock, again)


def _call(planned: PlannedCall, proposal: Proposal) -> Call:
    return Call(
        str(uuid.uuid4()),
        proposal.seller.id,
        proposal.plan_id,
        planned.kind,
        planned.target,
        planned.transaction,
        planned.installment,
        planned.amount_minor,
        planned.currency,
    )


def _take_over(known: CallRecord, log: ActionLog, now: datetime) -> None:
    """A call that was begun and never ended: ours was killed (we hold the plan's lock), another machine's may still run."""
    if known.owner != socket.gethostname()[:255] and now - known.at < IN_FLIGHT:
        under_way = N_("plan {plan}: an action was begun on {machine} and is under way")
        raise InFlightError(
            TranslatableText(under_way, plan=known.call.plan_id, machine=known.owner)
        )
    log.say(known.call, "in_doubt", now, platform_messages.INTERRUPTED, only_after=("sending",))


def _looked_up(
    known: CallRecord, proposal: Proposal, platform: Platform, log: ActionLog, clock: Clock
) -> CallResult:
    """Reads back a call that the proposal does not ask for any more."""
    call = known.call
    place = LookupKey(proposal.subscriber_code, proposal.purchase_date or known.requested_at.date())
    money = call.amount_minor, call.currency
    planned = PlannedCall(
        proposal.kind, call.target, "GET", call.plan_id, None, call.transaction, None, *money, place
    )
    return _asked(planned, known, platform, log, clock)[1]


def _asked(
    planned: PlannedCall, known: CallRecord, platform: Platform, log: ActionLog, clock: Clock
) -> tuple[bool | None, CallResult]:
    """Whether the platform shows a call that is in doubt, and what is known of it now."""
    if known.state == "sending":
        _take_over(known, log, clock())
    seen, said, advice = _read_back(planned, known.call, platform, known.sent_at)
    if seen:
        log.say(
            known.call, "done", clock(), TranslatableText(platform_messages.READ_BACK, what=said)
        )
        return seen, CallResult(
            planned, "done", TranslatableText(platform_messages.BEFORE, what=said)
        )
    since = TranslatableText(
        platform_messages.SINCE, when=f"{known.requested_at:%Y-%m-%d %H:%M}", what=said
    )
    return seen, CallResult(planned, "in_doubt", since, advice=advice)


def _after_doubt(
    planned: PlannedCall,
    known: CallRecord,
    platform: Platform,
    log: ActionLog,
    clock: Clock,
    again: bool,
) -> CallResult:
    """Reads back first; a cancel is sent again when its effect is still absent, anything else only when told to."""
    seen, done = _asked(planned, known, platform, log, clock)
    may_repeat = seen is False and (
        again or (planned.kind == "cancel" and clock() - known.requested_at >= CANCEL_AGAIN)
    )
    if not may_repeat:
        return done
    call = Call(**{**known.call.__dict__, "call_id": str(uuid.uuid4())})
    other = log.begin(call, clock(), allowed=("in_doubt",))
    if other is not None:
        raise InFlightError(
            TranslatableText(
                N_("plan {plan}: somebody else has just acted on it"), plan=call.plan_id
            )
        )
    return _send(planned, call, platform, log, clock, was_in_doubt=True)


def _send(
    planned: PlannedCall,
    call: Call,
    platform: Platform,
    log: ActionLog,
    clock: Clock,
    *,
    was_in_doubt: bool,
) -> CallResult:
    """The one call, its intent committed before; then what is known of it."""
    begun = clock()
    try:
        reply = platform.write(planned.method, planned.path, planned.body)
    except UnknownOutcomeError as error:
        if error.was_sent:
            return _doubted(planned, call, platform, log, clock, begun, str(error))
        return _end(
            planned, call, log, clock, "in_doubt" if was_in_doubt else "not_done", _unsent(error)
        )
    except PlatformError as error:  # no token: nothing left
        return _end(
            planned, call, log, clock, "in_doubt" if was_in_doubt else "not_done", _unsent(error)
        )
    if reply.is_done:
        return _end(planned, call, log, clock, "done", _told(reply))
    if 400 <= reply.status < 500 and not was_in_doubt:
        return _end(planned, call, log, clock, "not_done", reply.error or str(reply.status))
    return _doubted(planned, call, platform, log, clock, begun, reply.error or str(reply.status))


def _doubted(
    planned: PlannedCall,
    call: Call,
    platform: Platform,
    log: ActionLog,
    clock: Clock,
    begun: datetime,
    why: str,
) -> CallResult:
    """No clear answer: in doubt at once, so that a kill while reading back loses nothing; then read back."""
    log.say(call, "in_doubt", clock(), why)
    seen, said, advice = _read_back(planned, call, platform, (begun,))
    if seen:
        told = TranslatableText(
            platform_messages.BOTH,
            why=recalled(why),
            what=TranslatableText(platform_messages.READ_BACK, what=said),
        )
        return _end(planned, call, log, clock, "done", told)
    return CallResult(
        planned,
        "in_doubt",
        TranslatableText(platform_messages.BOTH, why=recalled(why), what=said),
        was_called=True,
        advice=advice,
    )


def _read_back(
    planned: PlannedCall, call: Call, platform: Platform, sent: tuple[datetime, ...]
) -> tuple[bool | None, TranslatableText, str]:
    """Whether the platform shows the effect of a call made at these instants, null when nobody knows; in words, advice."""
    try:
        seen = is_effect_visible(platform, call, planned.place, sent)
    except UnclearError as error:
        return None, error.args[0], f"look there and {_SETTLE}"
    except PlatformError:
        return None, TranslatableText(platform_messages.NOT_ASKED), _LATER
    return (
        seen,
        TranslatableText(platform_messages.SHOWN if seen else platform_messages.NOT_SHOWN),
        "" if seen else _LATER,
    )


def _end(
    planned: PlannedCall, call: Call, log: ActionLog, clock: Clock, state: str, detail: str
) -> CallResult:
    log.say(call, state, clock(), detail)
    return CallResult(planned, state, detail, was_called=True)


def _told(reply: Reply) -> str:
    """What a successful negotiation made; anything else has nothing to tell."""
    document = reply.document if isinstance(reply.document, dict) else {}
    code = document.get("transaction")
    if isinstance(code, str):
        return TranslatableText(
            platform_messages.ANSWERED_WITH, answer=reply.status, transaction=code
        )
    return TranslatableText(platform_messages.ANSWERED, answer=reply.status)


def _unsent(error: PlatformError) -> TranslatableText:
    return TranslatableText(platform_messages.NOT_SENT, what=recalled(str(error)))


@contextmanager
def _alone(settings: Settings, proposal: Proposal) -> Iterator[None]:
    """One at a time on a plan; the lock ends with whoever holds it, killed or not."""
    folder = settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(f"{proposal.seller.id}\0{proposal.plan_id}".encode()).hexdigest()[:24]
    with (folder / f"act-{name}.lock").open("w") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            under_way = N_(
                "plan {plan} of {seller}: another action is under way; try again when it has ended"
            )
            raise InFlightError(
                TranslatableText(under_way, plan=proposal.plan_id, seller=proposal.seller.id)
            ) from None
        yield
