"""What a command says about a day after the last one with data."""

from __future__ import annotations

from datetime import date

from smartinst.commands.options import say


def say_data_end(data_through: date | None, as_of: date, unconfirmed_plans: int) -> None:
    """A line on stderr if the day is later than the data and overdue installments are unconfirmed.

    unconfirmed_plans  live plans with such installments (docs/metrics.md §1)
    """
    if data_through is None or as_of <= data_through or not unconfirmed_plans:
        return
    plans = "1 plan" if unconfirmed_plans == 1 else f"{unconfirmed_plans} plans"
    say(f"no data after {data_through}: overdue installments of {plans} are unconfirmed")
