"""Random plans with payments, refunds, claims, negotiations and moved charge days."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from tests.support.builders import START, Attempt, Plan

CURRENCIES = ("EUR", "JPY", "KWD")
AMOUNTS = st.sampled_from([0, 1, 3, 29, 8_309, 10_000, 10**12])


def on(offset: int) -> str:
    return (START + timedelta(offset)).isoformat()


MOVES = st.tuples(st.integers(0, 150), st.integers(1, 60)).map(
    lambda days: (on(days[0]), on(sum(days)))
)
"""The day of a change of the charge day, and the next charge's new due date."""


@st.composite
def some_attempts(draw: st.DrawFn, installments: int, currency: str, code: str) -> Attempt:
    """A random attempt: ordered, perhaps paid, then perhaps claimed and reversed."""
    is_negotiation = draw(st.integers(0, 4)) == 0
    numbers = (
        tuple(sorted(draw(st.sets(st.integers(1, installments), min_size=1, max_size=3))))
        if is_negotiation
        else ()
    )
    order_day, minor = draw(st.integers(0, 150)), draw(AMOUNTS)
    attempt = Attempt(
        numbers or draw(st.integers(1, installments)),
        on(order_day),
        minor=minor,
        currency=draw(st.sampled_from([currency] * 5 + ["USD"])),
        negotiation=is_negotiation,
        sequence=draw(st.integers(1, 3)),
        transaction=code,
        status=draw(st.sampled_from(["delayed", "waiting", "canceled"])),
        refusal=draw(st.sampled_from([None, "CARD EXPIRED", "prose"])),
        net=draw(st.dictionaries(st.sampled_from(["EUR", "BRL"]), AMOUNTS, min_size=1)),
        is_estimated=draw(st.booleans()),
    )
    if draw(st.booleans()):
        approval_day = order_day + draw(st.integers(0, 20))
        attempt.paid, attempt.status = on(approval_day), None
        if draw(st.integers(0, 2)) == 0:
            claim_day = approval_day + draw(st.integers(0, 20))
            attempt.claim = on(claim_day)
            attempt.claim_end = draw(st.sampled_from([None, on(claim_day + 3)]))
        if draw(st.integers(0, 2)) == 0:
            attempt.reversed = on(approval_day + draw(st.integers(0, 40)))
            attempt.reversal = draw(
                st.sampled_from(["refunded", "charged_back", "partially_refunded"])
            )
            attempt.original, attempt.original_paid = (
                minor,
                draw(st.sampled_from([0, 1, minor // 3, minor, None])),
            )
    return attempt


@st.composite
def some_plans(draw: st.DrawFn, most: int = 5) -> list[Plan]:
    """At most so many plans of two products in several currencies."""
    plan_facts = []
    for number in range(draw(st.integers(1, most))):
        installments = draw(st.sampled_from([None, 1, 2, 3, 6, 13]))
        currency = draw(st.sampled_from(CURRENCIES))
        codes = [f"HP{number:02d}{index:02d}" for index in range(draw(st.integers(0, 6)))]
        plan_facts.append(
            Plan(
                installments,
                tuple(draw(some_attempts(installments or 6, currency, code)) for code in codes),
                canceled=draw(st.sampled_from([None, None, on(draw(st.integers(0, 150)))])),
                purchased=START + timedelta(draw(st.integers(0, 60))),
                plan_id=str(number),
                product_id=draw(st.sampled_from(["7", "8"])),
                country=draw(st.sampled_from(["PT", None])),
                moves=tuple(draw(st.lists(MOVES, max_size=2))),
            )
        )
    return plan_facts


DAYS = st.integers(0, 220).map(lambda offset: START + timedelta(offset))
