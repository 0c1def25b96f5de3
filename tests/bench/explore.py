"""How long a filter change of the explore board takes on a large ledger, beside the bare Polars query.

.venv/bin/python -m tests.bench.explore [CHARGES]      default 1,000,000; prints milliseconds and their ratio
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from smartinst import sample
from smartinst.analytics.sales import Rows
from smartinst.commands.options import say
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.report.book import open_book
from tests.support.workspace import AS_OF, SELLERS, configuration, ingest_folder


def settle(workspace: Path) -> None:
    """A workspace that holds the sample sales of acme, some hundred plans."""
    (workspace / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    sample.write_sample(workspace / "in", "acme", 500, as_of=AS_OF, seed=5)
    ingest_folder(workspace, "in", "acme")


def enlarged(rows: Rows, charges: int) -> Rows:
    """The same plans again and again under other numbers, until there are so many charges."""
    times = -(-charges // rows["charges"].height)
    again = pl.DataFrame({"copy": range(times)}, schema={"copy": pl.Int64})
    renamed = pl.format("{}-{}", "plan_id", "copy")
    return {
        name: frame.join(again, how="cross")
        .with_columns(renamed.alias("plan_id"))
        .drop("copy")
        .rechunk()
        for name, frame in rows.items()
    }


def milliseconds(act: Callable[[], Any], times: int = 7) -> float:
    """The median of several."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append((time.perf_counter() - start) * 1000)
    return median(taken)


def main(charges: int) -> None:
    """Prints one line a filter: the bare query, the whole redraw, the ratio."""
    from dataclasses import replace

    from smartinst.settings import load_settings

    with TemporaryDirectory() as place:
        workspace = Path(place)
        settle(workspace)
        book = open_book("acme", settings=load_settings(workspace))
        board = LiveBoard(replace(book, rows=enlarged(book.rows, charges)), {})
        plans, held = board.selection.plans, board.selection.rows["charges"]
        say(f"{held.height:,} charges, {plans.height:,} plans")
        country = plans["country"].drop_nulls()[0]
        turn = [0]

        def bare() -> None:
            selected_plans = plans.lazy().filter(pl.col("country") == country)
            sums = selected_plans.group_by("currency").agg(
                pl.col("collected_minor", "overdue_minor").sum()
            )
            aging = (
                held.lazy().filter("is_overdue").join(selected_plans, on=["seller_id", "plan_id"], how="semi")
                .group_by("currency", "bucket").agg(pl.col("overdue_charges").sum())
            )  # fmt: skip
            pl.collect_all([sums, aging])

        def redraw() -> None:
            turn[0] += 1
            board.apply_filters(
                {"country": country} if turn[0] % 2 else {"status": ["In progress with issues"]}
            )

        query, whole = milliseconds(bare), milliseconds(redraw)
        say(
            f"bare query {query:.0f} ms, filter change and redraw {whole:.0f} ms, ratio {whole / query:.1f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
