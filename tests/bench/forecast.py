"""The forecast and the recovery queue on simulated sellers, beside what is simpler.

    make bench-forecast                                all kinds of sellers, two of each
    python -m tests.bench.forecast --sellers growing --rounds 1
    python -m tests.bench.forecast --sample            the kinds of sellers that `sample` writes
    python -m tests.bench.forecast --sample --pool     the same with `[insight] pool`: each other's

Twelve month-ends of each seller are forecast with the facts of that day, in the second year of a
seller (little history) and in the fourth. For each horizon: the mean absolute error (WAPE) of ours,
of the trailing three months and of "all pay on time" as shares of what came in, the bias, outcomes
inside the 80 % range, its width, and ours ÷ trailing. The queue: what the first fifty contacts
bring, as a share of the best possible fifty, for two ways in which buyers may respond.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, Final

import polars as pl

from smartinst.analytics.book.forecast.forecast import forecast
from smartinst.analytics.book.forecast.score import score
from smartinst.analytics.book.loan_book import LoanBook, loan_book
from smartinst.analytics.book.pool.counting import add_counts, count_book, subtract_counts
from smartinst.analytics.book.recovery.recovery_queue import recovery_queue
from smartinst.analytics.metrics import contact_order
from smartinst.analytics.pooled_counts import SellerPool
from smartinst.analytics.snapshot import snapshot
from smartinst.facts import Facts
from tests.bench.samples import sample_books
from tests.support.simulated_sellers import (
    KINDS,
    LAST_DAY,
    Behavior,
    SimulatedPlan,
    Simulation,
    facts_until,
)

YEARS: Final = {
    "second year": (date(2024, 1, 1), date(2024, 12, 31)),
    "fourth year": (date(2025, 10, 1), LAST_DAY),
}
"""Part of a seller's life → first and last month-end; the latest that are over of the fourth."""
SAMPLED: Final = "samples"
QUEUE_DAYS: Final = (date(2025, 12, 31), date(2026, 5, 31))
LARGE: Final = 1_000
"""Plans of a seller whose queue is judged."""
FIRST: Final = 50
TARGETS: Final = {"30": 1.05, "90": 0.85, "end": 0.70}


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sellers", help="only kinds with this text in their name")
    parser.add_argument("--rounds", type=int, default=2, help="sellers of each kind")
    parser.add_argument("--seed", type=int, default=0, help="other sellers of the same kinds")
    parser.add_argument("--sample", action="store_true", help="the sellers of tests.bench.samples")
    parser.add_argument("--pool", action="store_true", help="samples with each other's counts")
    arguments = parser.parse_args()
    if arguments.sample:
        _print_samples(arguments.sellers or "", 1 + arguments.seed, is_pooled=arguments.pool)
        return
    behaviors = [
        replace(kind, seed=arguments.seed * 10_000 + round_number * 1_000 + kind.seed)
        for kind in KINDS
        if not arguments.sellers or arguments.sellers in kind.name
        for round_number in range(arguments.rounds)
    ]
    scores: list[pl.DataFrame] = []
    queues: list[dict[str, Any]] = []
    seconds: list[float] = []
    for behavior in behaviors:
        simulation = Simulation(behavior)
        seller_facts = simulation.run()
        book = _book(seller_facts, LAST_DAY)
        start = time.process_time()
        outcomes = forecast(book).outcomes
        seconds.append((time.process_time() - start) / len(simulation.plans) * 1_000)
        scores += _scores(behavior, outcomes)
        if behavior.plans >= LARGE:
            queues += _queue_shares(behavior, simulation, seller_facts)
    _print_scores(pl.concat(scores))
    if queues:
        _print_queues(pl.DataFrame(queues))
    _say(f"CPU of a forecast with its score, per 1,000 plans: {sum(seconds) / len(seconds):.2f} s")


def _print_samples(name: str, seed: int, *, is_pooled: bool) -> None:
    """The scores of sample sellers, whose buyers have no known response to a message."""
    scores: list[pl.DataFrame] = []
    books = sample_books(name, seed)
    for seller, book in _pooled_books(dict(books)) if is_pooled else books:
        rows = score(forecast(book).outcomes)
        scores.append(
            rows.select(pl.lit(seller).alias("seller"), pl.lit(SAMPLED).alias("part"), pl.all())
        )
    _print_scores(pl.concat(scores), (SAMPLED,))


def _pooled_books(books: Mapping[str, LoanBook]) -> Iterator[tuple[str, LoanBook]]:
    """Each book with the counts of the others."""
    counts = {seller: count_book(book) for seller, book in books.items()}
    total = add_counts(list(counts.values()))
    for seller, book in books.items():
        pool = SellerPool(partial(subtract_counts, total, counts[seller]))
        yield seller, replace(book, pool=pool)


def _book(seller_facts: Facts, as_of: date) -> LoanBook:
    return loan_book(seller_facts, snapshot(seller_facts, as_of))


def _scores(behavior: Behavior, outcomes: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The scores of a seller, by part of its life."""
    for part, (first_day, last_day) in YEARS.items():
        of_part = outcomes.filter(pl.col("origin") <= last_day)
        if part == "second year":
            of_part = of_part.filter(pl.col("origin") >= first_day)
        yield score(of_part).select(
            pl.lit(behavior.name).alias("seller"), pl.lit(part).alias("part"), pl.all()
        )


def _print_scores(scores: pl.DataFrame, parts: Iterable[str] = YEARS) -> None:
    """For each part, one line per kind and horizon, then the means of all kinds."""
    ratio = pl.col("wape").mean() / pl.col("wape_trailing").mean()
    rates = ("wape", "wape_trailing", "wape_all_pay", "bias", "inside", "width")
    means = [pl.col(name).mean() for name in rates]
    for part in parts:
        of_part = scores.filter(pl.col("part") == part, pl.col("origins") >= 3)
        is_beaten = pl.col("wape") > pl.col("wape_trailing")
        pooled = of_part.group_by("horizon").agg(
            *means,
            ratio=ratio,
            series=pl.len(),
            naive_wins=is_beaten.sum(),
        )
        by_kind = of_part.group_by("seller", "horizon", maintain_order=True).agg(
            *means, ratio=ratio
        )
        _say(f"\n{part}\n")
        _print_rows(by_kind.sort("horizon", maintain_order=True), "seller")
        for row in pooled.sort("horizon").iter_rows(named=True):
            target = TARGETS[row["horizon"]]
            _say(
                f"{_line(row, 'all')}   target {target:.2f}; trailing wins in "
                f"{row['naive_wins']} of {row['series']} series"
            )


def _print_rows(rows: pl.DataFrame, name: str) -> None:
    heads = ("WAPE", "trailing", "all pay", "bias", "inside", "width", "÷ trailing")
    _say(f"{'horizon':>7}  {name:<28}" + "".join(f"{head:>11}" for head in heads))
    for row in rows.iter_rows(named=True):
        _say(_line(row, row[name]))


def _line(row: dict[str, Any], name: str) -> str:
    shares = ("wape", "wape_trailing", "wape_all_pay", "bias", "inside", "width")
    cells = "".join(f"{row[share]:>11.1%}" for share in shares)
    return f"{row['horizon']:>7}  {name:<28}{cells}{row['ratio']:>11.2f}"


# --- the queue ----------------------------------------------------------------------------


def waning_response(plan: SimulatedPlan, row: dict[str, Any]) -> float:
    """The chance that a message is answered by payment: better buyers, and recent debts, answer."""
    is_hard = plan.help_factor < 0.5
    return _logistic(-0.2 - 0.8 * plan.quality - row["days_past_due"] / 40 - 0.6 * is_hard)


def uplift_response(plan: SimulatedPlan, row: dict[str, Any]) -> float:
    """The same, without those who would have paid by themselves."""
    by_itself = (0.2 if plan.help_factor < 0.5 else 0.6) * math.exp(-row["days_past_due"] / 15)
    answer = 0.6 * _logistic(1 - 0.8 * plan.quality - row["days_past_due"] / 50)
    return (1 - by_itself) * answer


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


RESPONSES: Final[dict[str, Callable[[SimulatedPlan, dict[str, Any]], float]]] = {
    "waning": waning_response,
    "uplift": uplift_response,
}


def _queue_shares(
    behavior: Behavior, simulation: Simulation, seller_facts: Facts
) -> Iterator[dict[str, Any]]:
    """For each day and response: what the first fifty bring ÷ what the best fifty bring."""
    plans = {str(plan.number): plan for plan in simulation.plans}
    for day in QUEUE_DAYS:
        book = _book(facts_until(seller_facts, day), day)
        mean_plans = (
            book.plans.filter("is_in_book")
            .group_by("currency")
            .agg(mean_plan=pl.col("total_minor").mean())
        )
        rows = recovery_queue(book).rows.join(mean_plans, on="currency", maintain_order="left")
        shares: dict[str, Any] = {"seller": behavior.name, "day": day, "debtors": rows.height}
        for name, response in RESPONSES.items():
            gains = [
                response(plans[row["plan_id"]], row) * _stake(plans[row["plan_id"]], row)
                for row in rows.iter_rows(named=True)
            ]
            gained = rows.with_columns(gain=pl.Series(gains))
            best_gain = _first_gains(gained.sort("gain", descending=True))
            shares[name] = _first_gains(gained) / best_gain
            shares[f"{name}, shortest delay"] = _first_gains(contact_order(gained)) / best_gain
        yield shares


def _first_gains(rows: pl.DataFrame) -> float:
    return float(sum(rows["gain"].head(FIRST)))


def _stake(plan: SimulatedPlan, row: dict[str, Any]) -> float:
    """What a buyer who answers pays, in mean plans: the debt, and what follows it."""
    continues = 0.75 * _logistic(1 - 0.8 * plan.quality)
    return float((row["overdue_minor"] + row["to_receive_minor"] * continues) / row["mean_plan"])


def _print_queues(queues: pl.DataFrame) -> None:
    names = [name for name in queues.columns if name not in ("seller", "day", "debtors")]
    _say(f"\nThe first {FIRST} contacts, as a share of the best possible {FIRST}\n")
    _say(f"{'seller':<28}{'debtors':>8}" + "".join(f"{name:>26}" for name in names))
    by_kind = queues.group_by("seller", maintain_order=True).agg(
        pl.col("debtors").mean(), pl.col(names).mean()
    )
    lowest = queues.select(pl.lit("lowest").alias("seller"), pl.col("debtors", *names).min()).head(
        1
    )
    for row in (*by_kind.iter_rows(named=True), *lowest.iter_rows(named=True)):
        cells = "".join(f"{row[name]:>26.2f}" for name in names)
        _say(f"{row['seller']:<28}{row['debtors']:>8.0f}{cells}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
