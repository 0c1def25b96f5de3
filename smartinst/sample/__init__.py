"""Synthetic sales in the platform's own JSON, for the demo, benchmarks and tests.

    people                     buyers
    business, profiles         what each seller sells
    draws                      random numbers and dates, the same on every machine
    timeline                   the events of a plan
    scenarios, rare_scenarios  which events a plan has
    plan_generator             one plan from (seed, seller, number)
    plan_state, payloads       that plan as the platform returns it on a date
    pages                      pages of many plans in a folder

A plan's events do not depend on `as_of`: with the same `sales_end`, another `as_of` returns the
same sales on another day. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from smartinst.errors import InputError
from smartinst.sample.business import Profile
from smartinst.sample.pages import PAGE_SIZE, WrittenPages, write_payloads
from smartinst.sample.payloads import Items, PlanPayloads, plan_payloads
from smartinst.sample.plan_generator import MAX_PLANS, generate_plan
from smartinst.sample.profiles import PROFILES

__all__ = [
    "PAGE_SIZE",
    "PROFILES",
    "Items",
    "PlanPayloads",
    "Profile",
    "WrittenPages",
    "sample_plans",
    "write_sample",
]


def sample_plans(
    seller_id: str,
    count: int | None = None,
    *,
    as_of: date,
    seed: int = 1,
    profile: Profile | None = None,
    sales_end: date | None = None,
) -> Iterator[PlanPayloads]:
    """Plans 0 to count − 1 of a seller at the end of the day `as_of` (the seller's zone).

        profile    default: that of the demo seller, or acme's for any other seller
        count      default: the size of the profile
        sales_end  last day on which a plan is bought; default: `as_of`

    Plans bought later than `as_of` are left out. Raises InputError if `count` exceeds the number of
    plan ids.
    """
    profile = profile or PROFILES.get(seller_id, PROFILES["acme"])
    count = profile.size if count is None else count
    if count > MAX_PLANS:
        raise InputError(
            f"a sample seller has at most {MAX_PLANS} plans, {count} were requested for {seller_id}"
        )
    for number in range(count):
        plan = generate_plan(seller_id, profile, number, sales_end or as_of, seed)
        if payloads := plan_payloads(plan, profile, as_of):
            yield payloads


def write_sample(
    folder: Path,
    seller_id: str,
    count: int | None = None,
    *,
    as_of: date,
    seed: int = 1,
    profile: Profile | None = None,
    sales_end: date | None = None,
) -> WrittenPages:
    """Writes `sample_plans` as pages `transactions-0001.json`…, `users-0001.json`… into a folder.

    Creates the folder; removes the pages of an earlier sample in it.
    """
    plans = sample_plans(
        seller_id, count, as_of=as_of, seed=seed, profile=profile, sales_end=sales_end
    )
    return write_payloads(folder, plans)
