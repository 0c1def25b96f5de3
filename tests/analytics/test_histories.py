"""No accepted money is silent: histories of mixed sources, in any order of arrival.

For each currency (each history has its own) and several dates, the payments are the sum of the
parts of `analytics.reconciliation`; and every plan's total is the sum of its five parts.
SMARTINST_HISTORIES sets the number of histories; `python -m tests.bench.histories 10000` runs that
many and prints what they contained.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import date, timedelta
from random import Random
from typing import Final

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartinst.analytics.figures import check_identity, collect_rows
from smartinst.analytics.reconciliation import (
    PARTS,
    Reconciliation,
    payment_entries,
    reconcile,
)
from smartinst.analytics.snapshot import Snapshot, snapshot
from smartinst.facts import Facts
from tests.support.examples import share_of
from tests.support.histories import FIRST_DAY, History, history
from tests.support.resolved import Payment, facts_and_payments

TOGETHER: Final = 40
"""Histories of one example: they are resolved together, as a seller's are."""

COUNT: Final = int(os.environ.get("SMARTINST_HISTORIES") or share_of(800))
SEEDS: Final = st.lists(st.integers(0, 2**40), min_size=1, max_size=TOGETHER, unique=True)
FULL_SEEDS: Final = st.lists(
    st.integers(0, 2**40), min_size=TOGETHER, max_size=TOGETHER, unique=True
)
AS_OF: Final = st.lists(
    st.integers(0, 330).map(lambda days: FIRST_DAY + timedelta(days)),
    min_size=2,
    max_size=3,
    unique=True,
)

PARTS_OF_CHARGES: Final = ("charged_twice_minor", "surplus_minor", "price_difference_minor")
"""Parts whose entries have the transaction of a payment that is also in another part."""

GENERATED: Final[Counter[str]] = Counter()
"""What the histories contained, and how many currencies and dates have money in each part."""


@settings(
    max_examples=max(COUNT // TOGETHER, 1),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(FULL_SEEDS if "SMARTINST_HISTORIES" in os.environ else SEEDS, AS_OF)
def test_every_accepted_payment_is_in_a_figure_or_a_note(
    seeds: list[int], days: list[date]
) -> None:
    histories = [history(seed, place) for place, seed in enumerate(seeds)]
    facts, payments = facts_and_payments(histories, Random(seeds[0]), ("SMART_INSTALLMENT",))
    for as_of in days:
        _check(facts, payments, as_of)
    _count(histories)


def _check(facts: Facts, payments: list[Payment], as_of: date) -> None:
    rows = snapshot(facts, as_of)
    reconciliation = reconcile(facts, rows)
    assert _accepted(reconciliation) == _true_sums(payments, as_of), as_of
    unexplained = reconciliation.sums.filter(
        pl.col("accepted_minor") != pl.sum_horizontal(pl.col(PARTS))
    )
    assert unexplained.is_empty(), (as_of, unexplained.to_dicts())
    _check_that_no_payment_is_in_two_parts(facts, rows)
    check_identity(collect_rows(rows, {}))
    for part in PARTS:
        GENERATED[f"{part}: currencies and dates"] += int((reconciliation.sums[part] != 0).sum())


def _check_that_no_payment_is_in_two_parts(facts: Facts, rows: Snapshot) -> None:
    """A partial refund is both collected and refunded: these are the same part here."""
    part = pl.col("part").replace("refunded_minor", "collected_minor")
    payments = (
        payment_entries(facts, rows)
        .filter(~pl.col("part").is_in(PARTS_OF_CHARGES))
        .group_by(part == "accepted_minor", "transaction")
        .agg(part.unique().sort().alias("parts"), (part == "accepted_minor").sum().alias("times"))
        .filter((pl.col("parts").list.len() > 1) | (pl.col("times") > 1))
        .collect()
    )
    assert payments.is_empty(), (rows.as_of, payments.to_dicts())


def _accepted(reconciliation: Reconciliation) -> dict[str, int]:
    sums = reconciliation.sums.select("currency", "accepted_minor")
    return {currency: minor for currency, minor in sums.iter_rows() if minor}


def _true_sums(payments: list[Payment], as_of: date) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for payment in payments:
        if payment.approved_date <= as_of:
            sums[payment.currency] += payment.amount_minor
    return {currency: minor for currency, minor in sums.items() if minor}


def _count(histories: list[History]) -> None:
    GENERATED["histories"] += len(histories)
    for plan_history in histories:
        GENERATED.update(plan_history.features)
