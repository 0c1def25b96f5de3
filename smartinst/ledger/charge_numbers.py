"""Charge numbers of attempts that name none (docs/metrics.md §7, "No charge number").

The only attempt of a plan is of charge 1. Any other attempt is of the charge whose scheduled due
date is nearest to its order date; a payment takes the nearest one that nothing else pays. The
schedule is that of the plan: a charge a month from the purchase date, moved by changes of the
charge day. Only plans with such attempts are looked at, one by one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from smartinst.facts import PAID_STATES
from smartinst.hotmart.values.fields import MAX_CHARGES
from smartinst.ledger.columns import PLAN, TRANSACTION

MAX_EARLY: Final = timedelta(days=4)
"""The longest time before its scheduled due date at which a charge is tried."""


def infer_numbers(
    attempts: pl.DataFrame, plans: pl.DataFrame, charge_day_moves: pl.DataFrame
) -> pl.DataFrame:
    """The attempts with `numbers` filled; null for payments for which no charge is left.

    attempts  with the columns of facts.ATTEMPTS; `numbers` is null if none is known
    plans     facts.PLANS of these attempts; attempts of other plans stay without numbers
    """
    unnumbered = attempts.filter(pl.col("numbers").is_null())
    if unnumbered.is_empty():
        return attempts  # the usual case
    keys = unnumbered.select(PLAN).unique()
    columns = ("transaction", "numbers", "state", "ordered_date", "due_date")
    of_plans = attempts.join(keys, on=PLAN, how="semi")
    attempts_by_plan = _rows_by_plan(of_plans.sort("ordered_date", "transaction"), columns)
    moves_by_plan = _rows_by_plan(
        charge_day_moves.join(keys, on=PLAN, how="semi").sort("moved_at", "event_id"),
        ("moved_date", "next_charge_date"),
    )
    inferred = [
        (plan["seller_id"], code, number)
        for plan in plans.join(keys, on=PLAN, how="semi").iter_rows(named=True)
        for code, number in _inferred_numbers(plan, attempts_by_plan, moves_by_plan)
    ]
    schema = {"seller_id": pl.String, "transaction": pl.String, "_number": pl.Int32}
    numbers = pl.DataFrame(inferred, schema=schema, orient="row")
    number_list = pl.when(pl.col("_number").is_not_null()).then(pl.concat_list("_number"))
    return (
        attempts.join(numbers, on=TRANSACTION, how="left", validate="1:1")
        .with_columns(pl.coalesce("numbers", number_list))
        .drop("_number")
    )


_Rows = dict[tuple[str, str], list[dict[str, Any]]]


def _rows_by_plan(frame: pl.DataFrame, columns: tuple[str, ...]) -> _Rows:
    rows: _Rows = {}
    for row in frame.select(*PLAN, *columns).iter_rows(named=True):
        rows.setdefault((row["seller_id"], row["plan_id"]), []).append(row)
    return rows


def _inferred_numbers(
    plan: dict[str, Any], attempts: _Rows, moves: _Rows
) -> Iterator[tuple[str, int]]:
    """Transaction and charge number of the attempts of a plan that name no charge.

    The attempts of a plan are in order of order date, then code.
    """
    key = (plan["seller_id"], plan["plan_id"])
    of_plan = attempts[key]
    if len(of_plan) == 1:
        yield of_plan[0]["transaction"], 1
        return
    charge_count = plan["installments"] or MAX_CHARGES
    schedule = _Schedule(plan["purchase_date"], charge_count, moves.get(key, []))
    paid = {
        number
        for row in of_plan
        if row["state"] in PAID_STATES
        for number in row["numbers"] or ()
        if number <= charge_count
    }
    for row in of_plan:
        schedule.move_until(row["ordered_date"])
        numbers = row["numbers"] or schedule.assign(row, paid)
        if row["numbers"] is None:
            yield from ((row["transaction"], number) for number in numbers)
        schedule.issued = max(schedule.issued, *numbers, 0)


@dataclass
class _Schedule:
    """The due dates of the charges of a plan: a month apart from the first, or from a moved one."""

    first_due: date
    charge_count: int
    moves: list[dict[str, Any]]  # the oldest first
    issued: int = 0  # highest number until now
    bases: list[tuple[int, date]] = field(init=False)  # charges from which later ones are counted

    def __post_init__(self) -> None:
        self.bases = [(1, self.first_due)]
        self.moves = self.moves[::-1]  # the last one is the next

    def move_until(self, day: date) -> None:
        """Moves the charges after the last issued one by the changes before a day."""
        while self.moves and self.moves[-1]["moved_date"] < day:
            base = (self.issued + 1, self.moves.pop()["next_charge_date"])
            self.bases = [*(earlier for earlier in self.bases if earlier[0] < base[0]), base]

    def due_date(self, number: int) -> date:
        """The scheduled due date of a charge."""
        base_number, day = next(base for base in reversed(self.bases) if base[0] <= number)
        return add_months(day, number - base_number)

    def _latest_due(self, day: date) -> int:
        """The last charge that is due by a day; 0 if none is."""
        latest = 0
        ends = [base_number - 1 for base_number, _ in self.bases[1:]] + [self.charge_count]
        for (base_number, base_date), end in zip(self.bases, ends, strict=True):
            months = (day.year - base_date.year) * 12 + day.month - base_date.month
            for number in (base_number + months - 1, base_number + months):
                if base_number <= number and self.due_date(min(number, end)) <= day:
                    latest = max(latest, min(number, end))
        return latest

    def _nearer(self, day: date, lower: int | None, higher: int | None) -> int | None:
        """The charge whose due date is nearer to a day; the lower one if both are equally near."""
        if lower is None or higher is None:
            return higher if lower is None else lower
        is_higher_nearer = self.due_date(higher) - day < day - self.due_date(lower)
        return higher if is_higher_nearer else lower

    def assign(self, attempt: dict[str, Any], paid: set[int]) -> list[int]:
        """The charge of an attempt; empty if none is left. That of a payment is added to `paid`."""
        day = attempt["ordered_date"]
        if attempt["state"] not in PAID_STATES:
            return [self._nearest_tried(day, attempt["due_date"])]
        number = self._nearest_unpaid(day, paid)
        if number is None:
            return []
        paid.add(number)
        return [number]

    def _nearest_unpaid(self, day: date, paid: set[int]) -> int | None:
        """The charge that a payment of a day pays; None if all charges are paid."""
        if len(paid) >= self.charge_count:
            return None
        latest = self._latest_due(day)
        lower = next((number for number in range(latest, 0, -1) if number not in paid), None)
        later = range(latest + 1, self.charge_count + 1)
        return self._nearer(day, lower, next((n for n in later if n not in paid), None))

    def _nearest_tried(self, day: date, due: date) -> int:
        """The charge that an unpaid attempt of a day was to collect.

        The platform tries no charge long before it is due: too high a number would make a charge
        look issued, and soon overdue, before it is due.
        """
        latest = self._latest_due(day)
        lower = latest if latest >= 1 else None
        higher = latest + 1 if latest < self.charge_count else None
        number = self._nearer(day, lower, higher) or 1
        while number > 1 and self.due_date(number) - MAX_EARLY > due:
            number -= 1
        return number


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day if the month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
