"""Open plans, decided from facts, are the plans that analytics calls in progress."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from smartinst import sample
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import Facts
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.open_plans import open_days, open_plans
from smartinst.settings import Limits, Seller
from tests.analytics.test_statuses import EXAMPLES
from tests.support.builders import Attempt, Plan, day, facts, paid
from tests.support.examples import STEP, share_of

LAST_DAY = date(2026, 10, 31)
REFUSED = Attempt(2, "20 Feb", status="delayed")
UNUSUAL_PLANS = (
    Plan(None, (paid(1, "15 Jan"),), plan_id="N unknown"),
    Plan(None, (), plan_id="N unknown, no attempt"),
    Plan(2, (paid(1, "15 Jan"), paid(3, "15 Mar")), plan_id="a charge above N"),
    Plan(3, (paid(1, "15 Jan", reversed="1 Feb", reversal="partially_refunded"),), plan_id="part"),
    Plan(3, (Attempt((1, 2), "1 Mar", paid="1 Mar", negotiation=True),), plan_id="negotiated"),
    Plan(3, (paid(1, "15 Jan", reversed="1 Feb"), paid(1, "20 Jan")), plan_id="paid twice"),
    Plan(1, (paid(1, "15 Jan", reversed="1 Feb", reversal="charged_back"),), plan_id="all back"),
)


def in_progress(of_facts: Facts, as_of: date) -> set[str]:
    plans = snapshot(of_facts, as_of).plans.filter("is_live").select("plan_id").collect()
    return set(plans["plan_id"])


def open_ids(of_facts: Facts, as_of: date) -> set[str]:
    return set(open_plans(of_facts, as_of).collect()["plan_id"])


@pytest.mark.parametrize(("plan", "as_of", "status"), EXAMPLES.values(), ids=list(EXAMPLES))
def test_a_plan_is_open_if_its_status_is_in_progress(plan: Plan, as_of: str, status: str) -> None:
    assert bool(open_ids(facts([plan]), day(as_of))) == status.startswith("In progress")


def test_unusual_plans_are_open_if_they_are_in_progress() -> None:
    rows = facts(UNUSUAL_PLANS)
    for as_of in (day("14 Jan") + timedelta(days) for days in range(0, 90, STEP)):
        assert open_ids(rows, as_of) == in_progress(rows, as_of), as_of


@pytest.mark.parametrize("seller_id", ["acme", "nube", "loft"])
def test_open_plans_of_a_sample_seller_are_in_progress_at_any_date(
    seller_id: str, tmp_path: Path
) -> None:
    seller = Seller(id=seller_id, name="Seller", email="owner@example.com")
    sample.write_sample(tmp_path / "pages", seller_id, share_of(800), as_of=LAST_DAY)
    ledger = Ledger(str(tmp_path / "ledger"))
    ingest([tmp_path / "pages"], seller, ledger, datetime(2026, 11, 1, tzinfo=UTC), Limits())
    rows = ledger.read(seller)
    for as_of in (LAST_DAY - timedelta(47 * n) for n in range(0, 14, STEP)):
        assert open_ids(rows, as_of) == in_progress(rows, as_of), as_of


def test_open_days_are_the_days_of_every_attempt_of_an_open_plan() -> None:
    completed = Plan(1, (paid(1, "15 Jan"),), plan_id="1")
    overdue = Plan(2, (paid(1, "16 Jan"), REFUSED), plan_id="2")
    assert sorted(open_days(facts([completed, overdue]), day("1 Mar"))) == [
        day("16 Jan"),
        day("20 Feb"),
    ]
