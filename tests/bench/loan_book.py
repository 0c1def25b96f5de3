"""CPU time of all figures of the loan book of one date, without the forecast.

    make bench-loan-book                                         1,000 plans, best of three rounds
    make bench-loan-book ARGS="--charges 1000000 --rounds 1"

The facts are in memory; the time covers the snapshot of the date, the states of all earlier days
and every table. The loan book of a seller of 1,000 plans has to take less than a second of CPU, a
million charges less than ten seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import polars as pl

from smartinst.analytics.book.forecast.forecast import forecast
from smartinst.analytics.book.loan_book import LoanBook, loan_book
from smartinst.analytics.book.tables import book_tables
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import ATTEMPTS, COMMISSIONS, PLANS, Facts

AS_OF: Final = date(2026, 10, 31)
SINCE: Final = AS_OF - timedelta(7)
CHARGES: Final = 6_500


def synthetic_facts(charges: int) -> Facts:
    """Facts of about so many charges of plans bought over two years, one currency in ten plans JPY.

    Of the issued charges nine in ten are paid when due, one in twenty is paid up to 60 days late.
    """
    plans = _plans(max(1, round(charges / 6.5)))
    attempts = _attempts(plans).with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in ATTEMPTS.columns.items()
        if name not in _ATTEMPT_COLUMNS
    )
    commissions = attempts.filter(pl.col("approved_date").is_not_null()).select(
        *("seller_id", "plan_id", "transaction"),
        commission_currency="currency",
        net_minor=pl.col("amount_minor") * 9 // 10,
        is_estimated=pl.lit(False),
        conversion_rate=pl.lit("1"),
    )
    return Facts(
        _with_schema(plans, PLANS.columns),
        _with_schema(attempts, ATTEMPTS.columns),
        _with_schema(commissions, COMMISSIONS.columns),
    )


_ATTEMPT_COLUMNS: Final = frozenset(
    "seller_id plan_id transaction numbers is_negotiation sequence status state ordered_at "
    "ordered_date due_date approved_at approved_date failed_date payment_type currency "
    "amount_minor original_minor".split()
)


def _with_schema(frame: pl.DataFrame, columns: dict[str, pl.DataType]) -> pl.LazyFrame:
    """The frame with the columns of a schema."""
    return frame.select(pl.col(name).cast(kind) for name, kind in columns.items()).lazy()


def _random(salt: int, limit: int, *columns: str) -> pl.Expr:
    """A number in 0..limit-1 that depends on the columns' values only."""
    mixed = pl.lit(salt, pl.UInt64)
    for name in columns:
        mixed = (mixed + pl.col(name).cast(pl.UInt64) + 1) * 2654435761 % 4294967291
    return (mixed * 40503 // 65536 % limit).cast(pl.Int64)


def _plans(count: int) -> pl.DataFrame:
    purchase_date = pl.lit(AS_OF) - pl.duration(days=_random(1, 730, "at"))
    texts = ("subscriber_code", "offer_code", "buyer", "email", "phone")
    canceled_at = pl.col("purchase_date") + pl.duration(days=_random(4, 400, "at"))
    return (
        pl.DataFrame({"at": pl.int_range(count, eager=True)})
        .with_columns(
            purchase_date=purchase_date, installments=(_random(3, 12, "at") + 1).cast(pl.Int32)
        )
        .with_columns(
            *(pl.lit(None, pl.String).alias(name) for name in texts),
            seller_id=pl.lit("acme"),
            plan_id=(pl.col("at") + 20_000_000).cast(pl.String),
            billing_type=pl.lit("SMART_INSTALLMENT"),
            product_id=_random(9, 8, "at").cast(pl.String),
            product=pl.format("Course {}", _random(9, 8, "at")),
            country=pl.lit("PT"),
            cancellation_date=pl.when(_random(2, 10, "at") == 0).then(canceled_at),
            canceled_by=pl.lit("SELLER"),
            is_suspended=pl.lit(False),
            next_charge_date=pl.lit(None, pl.Date),
            currency=pl.when(_random(5, 10, "at") == 0)
            .then(pl.lit("JPY"))
            .otherwise(pl.lit("EUR")),
            price=_random(6, 20_000, "at") + 100,
        )
    )


def _attempts(plans: pl.DataFrame) -> pl.DataFrame:
    """One attempt per charge on its due date, and a second one of each that is paid late."""
    end = pl.min_horizontal(pl.lit(AS_OF), "cancellation_date")
    charges = (
        plans.with_columns(number=pl.int_ranges(1, pl.col("installments") + 1, dtype=pl.Int32))
        .explode("number")
        .with_columns(
            due_date=pl.col("purchase_date").dt.offset_by(pl.format("{}mo", pl.col("number") - 1)),
            fate=_random(7, 100, "at", "number"),
            delay=_random(8, 60, "at", "number") + 1,
        )
        .filter(pl.col("due_date") <= end)
    )
    is_paid = (pl.col("fate") < 90) | (pl.col("number") == 1)
    late_date = pl.col("due_date") + pl.duration(days="delay")
    due_attempts = charges.with_columns(
        sequence=pl.lit(1), ordered_date="due_date", is_paid=is_paid
    )
    late_attempts = charges.filter(~is_paid, pl.col("fate") < 95, late_date <= AS_OF).with_columns(
        sequence=pl.lit(2), ordered_date=late_date, is_paid=pl.lit(True)
    )
    status = pl.when("is_paid").then(pl.lit("approved")).otherwise(pl.lit("delayed"))
    noon = pl.col("ordered_date").cast(pl.Datetime("us", "UTC"))
    return pl.concat([due_attempts, late_attempts]).with_columns(
        transaction=pl.format("HP{}-{}-{}", "plan_id", "number", "sequence"),
        numbers=pl.concat_list("number"),
        is_negotiation=pl.lit(False),
        status=status,
        state=pl.when("is_paid").then(pl.lit("paid")).otherwise(pl.lit("failed")),
        ordered_at=noon,
        approved_at=pl.when("is_paid").then(noon),
        approved_date=pl.when("is_paid").then("ordered_date"),
        failed_date=pl.when(~pl.col("is_paid")).then("ordered_date"),
        payment_type=pl.lit("CREDIT_CARD"),
        amount_minor="price",
        original_minor="price",
    )


def measure(charges: int, rounds: int) -> list[str]:
    """The best CPU and wall seconds of each part over the rounds, as lines."""
    facts = synthetic_facts(charges)
    lines = [f"{charges:,} charges, best of {rounds}"]
    parts: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for name, seconds in _timed_parts(facts).items():
            parts[name] = min(parts.get(name, seconds), seconds)
    lines += [f"{name:28s}{cpu:9.2f} s CPU{wall:9.2f} s" for name, (cpu, wall) in parts.items()]
    return lines


def _timed_parts(facts: Facts) -> dict[str, tuple[float, float]]:
    books: list[LoanBook] = []

    def build() -> None:
        books.append(
            loan_book(facts, snapshot(facts, AS_OF, data_through=AS_OF), data_through=AS_OF)
        )

    parts = {"snapshot and earlier days": _timed(build)}
    empty = forecast(_empty_book())
    parts["tables"] = _timed(lambda: book_tables(books[0], SINCE, None, empty))
    cpu, wall = (sum(seconds) for seconds in zip(*parts.values(), strict=True))
    return {**parts, "all figures": (cpu, wall)}


def _empty_book() -> LoanBook:
    facts = Facts(PLANS.empty().lazy(), ATTEMPTS.empty().lazy(), COMMISSIONS.empty().lazy())
    return loan_book(facts, snapshot(facts, AS_OF))


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds of a call."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return time.process_time() - cpu, time.perf_counter() - wall


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="the cost of the loan book")
    parser.add_argument("--charges", type=int, default=CHARGES)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    sys.stdout.write("\n".join(measure(options.charges, options.rounds)) + "\n")


if __name__ == "__main__":
    main()
