"""Time of a filter change of the live board on a large ledger, compared with the bare query.

.venv/bin/python -m tests.bench.explore [CHARGES]      default 1,000,000
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


def create_workspace(workspace: Path) -> None:
    """A workspace with some hundred sample plans of acme."""
    (workspace / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    sample.write_sample(workspace / "in", "acme", 500, as_of=AS_OF, seed=5)
    ingest_folder(workspace, "in", "acme")


def enlarge(rows: Rows, charges: int) -> Rows:
    """The same plans repeatedly under new numbers, until there are so many charges."""
    times = -(-charges // rows["charges"].height)
    copies = pl.DataFrame({"copy": range(times)}, schema={"copy": pl.Int64})
    plan_id = pl.format("{}-{}", "plan_id", "copy")
    return {
        name: frame.join(copies, how="cross")
        .with_columns(plan_id.alias("plan_id"))
        .drop("copy")
        .rechunk()
        for name, frame in rows.items()
    }


def milliseconds(run: Callable[[], Any], times: int = 7) -> float:
    """The median duration of several calls."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        durations.append((time.perf_counter() - start) * 1000)
    return median(durations)


def main(charges: int) -> None:
    """Prints the durations of the bare query and of a filter change, and their ratio."""
    from dataclasses import replace

    from smartinst.settings import load_settings

    with TemporaryDirectory() as folder:
        workspace = Path(folder)
        create_workspace(workspace)
        book = open_book("acme", settings=load_settings(workspace))
        board = LiveBoard(replace(book, rows=enlarge(book.rows, charges)), {})
        plans, charge_rows = board.selection.plans, board.selection.rows["charges"]
        say(f"{charge_rows.height:,} charges, {plans.height:,} plans")
        country = plans["country"].drop_nulls()[0]
        turn = [0]

        def run_query() -> None:
            plans_of_country = plans.lazy().filter(pl.col("country") == country)
            sums = plans_of_country.group_by("currency").agg(
                pl.col("collected_minor", "overdue_minor").sum()
            )
            aging = (
                charge_rows.lazy().filter("is_overdue")
                .join(plans_of_country, on=["seller_id", "plan_id"], how="semi")
                .group_by("currency", "bucket").agg(pl.col("overdue_charges").sum())
            )  # fmt: skip
            pl.collect_all([sums, aging])

        def redraw() -> None:
            turn[0] += 1
            board.apply_filters(
                {"country": country} if turn[0] % 2 else {"status": ["In progress with issues"]}
            )

        query_time, redraw_time = milliseconds(run_query), milliseconds(redraw)
        say(
            f"bare query {query_time:.0f} ms, filter change and redraw {redraw_time:.0f} ms, "
            f"ratio {redraw_time / query_time:.1f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
