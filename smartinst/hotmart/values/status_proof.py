"""The status of an attempt, from its status word and the other proof in the same payload.

A known word decides. A missing or unknown word leaves the decision to the event's name, the status
of the charge, and the dates and amounts that only a payment or its reversal has (docs/metrics.md
§7, "Unknown status words").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartinst.facts import STATUS_STATE
from smartinst.hotmart.values.outcome import InvalidItemError, Row
from smartinst.hotmart.values.vocabulary import attempt_state, attempt_status

_PROVEN_STATES: Final = ("reversed", "claimed", "paid")
"""States that other proof can show, the strongest first: money returned was paid before."""


@dataclass(frozen=True, slots=True)
class StatusProof:
    """What a payload says about the status of an attempt.

    word         the attempt's own status, as written; None: missing
    event        the name of the webhook event; None: no event
    charge       the status of the charge (`recurrency.status`); None: missing
    is_approved  an approval or confirmation date, or a commission paid
    is_returned  a date of refund or chargeback
    """

    word: str | None
    event: str | None = None
    charge: str | None = None
    is_approved: bool = False
    is_returned: bool = False


def status_columns(proof: StatusProof, name: str) -> Row:
    """The columns status, state and unknown_status of an attempt.

    An unknown word is the status, in upper case, if nothing else decides; else it is
    unknown_status. InvalidItemError with the field's `name` if the payload has no status at all.
    """
    canonical = attempt_status(proof.word)
    status = _specific_status(canonical, proof.charge) if canonical else _status_by_proof(proof)
    word = None if canonical or proof.word is None else proof.word.upper()
    if status is None and word is None:
        raise InvalidItemError(f"{name}: missing")
    return {
        "status": status or word,
        "state": attempt_state(status),
        "unknown_status": word if status else None,
    }


def _specific_status(status: str, charge: str | None) -> str:
    """The status of the charge if it says what became of a paid attempt; else the attempt's own."""
    charge_status = attempt_status(charge)
    is_paid = STATUS_STATE[status] in ("paid", "claimed")
    is_specific = charge_status is not None and STATUS_STATE[charge_status] in (
        "claimed",
        "reversed",
    )
    return charge_status if charge_status and is_paid and is_specific else status


def _status_by_proof(proof: StatusProof) -> str | None:
    """The status without the attempt's own word; None if nothing decides.

    If the word is missing, the event decides, else the charge. An unknown word may mean a
    payment, so a payment or its reversal counts before a failure.
    """
    event, charge = attempt_status(proof.event), attempt_status(proof.charge)
    if proof.word is None and (event or charge):
        return event or charge
    statuses = (
        event,
        charge,
        "refunded" if proof.is_returned else None,
        "approved" if proof.is_approved else None,
    )
    for state in _PROVEN_STATES:
        for status in statuses:
            if status and STATUS_STATE[status] == state:
                return status
    return event
