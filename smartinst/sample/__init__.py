"""Synthetic sales, written as the platform's own JSON: the demo, the benchmarks and the tests read them as real ones.

    people, profiles   who buys, and what each seller sells
    draws              chance and calendar, the same on every machine
    story              what can happen to a plan
    lives, rare        how it goes: ordinarily, and in rare turns
    casting            one plan from (seed, seller, number)
    telling            that plan as the platform tells it on a date
    pages              its pages in a folder

A plan's life does not depend on the date on which it is told: fix `until`, move `as_of`, and the same business is seen
on another day. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from smartinst.errors import InputError
from smartinst.sample.casting import MOST_PLANS, cast
from smartinst.sample.pages import PAGE_SIZE, Written, write_pages
from smartinst.sample.profiles import PROFILES, Profile
from smartinst.sample.telling import Items, Told, tell

__all__ = ["PAGE_SIZE", "PROFILES", "Items", "Profile", "Told", "Written", "plans", "write"]


def plans(
    seller_id: str,
    count: int | None = None,
    *,
    as_of: date,
    seed: int = 1,
    profile: Profile | None = None,
    until: date | None = None,
) -> Iterator[Told]:
    """Plans 0 to count − 1 of a seller, as told at the end of the day `as_of` (the seller's zone).

    The profile is the seller's own for the demo sellers, else acme's; `count` is the profile's size unless given;
    `until` is the last day on which anything is sold, `as_of` unless given. Plans not yet bought are left out.
    Raises InputError for more plans than there are ids.
    """
    business = profile or PROFILES.get(seller_id, PROFILES["acme"])
    wanted = business.size if count is None else count
    if wanted > MOST_PLANS:
        raise InputError(
            f"a sample seller has at most {MOST_PLANS} plans, {seller_id} was asked for {wanted}"
        )
    for number in range(wanted):
        if told := tell(cast(seller_id, business, number, until or as_of, seed), business, as_of):
            yield told


def write(
    folder: Path,
    seller_id: str,
    plans: int | None = None,
    *,
    as_of: date,
    seed: int = 1,
    profile: Profile | None = None,
    until: date | None = None,
) -> Written:
    """Writes what `plans` yields as pages `transactions-0001.json`… and `users-0001.json`… into a folder.

    The folder is made; pages of an earlier sample in it are removed.
    """
    return write_pages(
        folder, _plans(seller_id, plans, as_of=as_of, seed=seed, profile=profile, until=until)
    )


_plans = plans  # the name that `write` gives its count
