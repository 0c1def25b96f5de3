"""The plan fold on ten million charges, compared with a scan and with the same query in DuckDB.

    make bench                                     about 1.5 million plans, five rounds
    python tests/bench/plan_fold.py --charges 100000 --rounds 2

Every round runs all three in turn, so that a busy machine slows them alike. The best round counts.
Without DuckDB (`make bench` installs it) that part is left out and said so.
"""

from __future__ import annotations

import argparse
import importlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.testing import assert_frame_equal

from smartinst.analytics.plans import fold_plans, plan_status

AS_OF: Final = date(2026, 11, 22)
CHARGES: Final = 10_000_000
PLAN: Final = ["seller_id", "plan_id"]
PLANS_A_SELLER: Final = 1_000

# --- the data -------------------------------------------------------------------------


def build(folder: Path, charges: int) -> int:
    """Writes plans.parquet and charges.parquet, sorted by plan; returns the number of charges.

    Plans of 1 to 12 charges bought over two years; one charge in nine is unpaid, one in ten late.
    """
    plans = _plans(max(1, round(charges / 6.5)))
    plans.sink_parquet(folder / "plans.parquet")
    pl.scan_parquet(folder / "plans.parquet").pipe(_charges).sink_parquet(
        folder / "charges.parquet"
    )
    return int(pl.scan_parquet(folder / "charges.parquet").select(pl.len()).collect().item())


def _random_integers(salt: int, limit: int, *columns: str) -> pl.Expr:
    """The same number in 0..below-1 for the same columns, on any machine and in any order."""
    mixed = pl.lit(salt, pl.UInt64)
    for name in columns:
        mixed = (mixed + pl.col(name).cast(pl.UInt64) + 1) * 2654435761 % 4294967291
    return (mixed * 40503 // 65536 % limit).cast(pl.Int64)


def _plans(count: int) -> pl.LazyFrame:
    purchase_dates = pl.lit(AS_OF) - pl.duration(days=_random_integers(1, 730, "at"))
    is_canceled = _random_integers(2, 10, "at") == 0
    return (
        pl.LazyFrame({"at": pl.int_range(count, eager=True)})
        .with_columns(
            purchase_date=purchase_dates,
            installments=(_random_integers(3, 12, "at") + 1).cast(pl.Int32),
        )
        .select(
            plan_index=pl.col("at").cast(pl.UInt32),
            seller_id=pl.format(
                "seller-{}", (pl.col("at") // PLANS_A_SELLER).cast(pl.String).str.zfill(5)
            ),
            plan_id=(pl.col("at") + 20_000_000).cast(pl.String),
            purchase_date="purchase_date",
            cancellation_date=pl.when(is_canceled).then(
                pl.col("purchase_date") + pl.duration(days=_random_integers(4, 400, "at"))
            ),
            installments="installments",
            at="at",
        )
    )


def _charges(plans: pl.LazyFrame) -> pl.LazyFrame:
    """The columns that `fold_plans` reads, as `charges_as_of` would have made them."""
    is_issued, is_paid, fate = pl.col("is_issued"), pl.col("is_paid"), pl.col("_fate")
    amount = pl.col("amount_minor")
    return (
        plans.with_columns(number=pl.int_ranges(1, pl.col("installments") + 1, dtype=pl.Int32))
        .explode("number")
        .with_columns(
            due_date=pl.col("purchase_date").dt.offset_by(pl.format("{}mo", pl.col("number") - 1)),
            amount_minor=_random_integers(5, 20_000, "at") + 100,
            _fate=_random_integers(6, 1_000, "at", "number"),
        )
        .with_columns(is_issued=pl.col("due_date") <= AS_OF)
        .with_columns(
            is_paid=is_issued & (fate >= 110), attempts=is_issued.cast(pl.Int32) * (1 + fate % 3)
        )
        .with_columns(
            is_late=is_paid & (fate < 210),
            is_reversed=is_paid & (fate > 980),
            is_partially_refunded=is_paid & (fate == 980),
            is_disputed=is_paid & (fate == 979),
            is_past_due=~is_paid & (pl.col("due_date") < AS_OF),
            failed_attempts=pl.when(is_paid)
            .then(pl.col("attempts") - 1)
            .otherwise("attempts")
            .cast(pl.Int32),
            forgiven_minor=pl.when(is_paid & (fate == 500)).then(amount // 5).otherwise(0),
        )
        .with_columns(
            reversed_date=pl.when("is_reversed").then(pl.col("due_date") + pl.duration(days=5)),
            paid_minor=pl.when(is_paid).then(amount - pl.col("forgiven_minor")).otherwise(0),
        )
        .with_columns(returned_minor=pl.when("is_reversed").then("paid_minor").otherwise(0))
        .select(COLUMNS)
    )


COLUMNS: Final = (
    *(
        "plan_index",
        "number",
        "due_date",
        "is_issued",
        "is_paid",
        "is_late",
        "is_reversed",
        "reversed_date",
    ),
    *(
        "is_partially_refunded",
        "is_disputed",
        "is_past_due",
        "attempts",
        "failed_attempts",
        "amount_minor",
    ),
    *("paid_minor", "returned_minor", "forgiven_minor"),
)

# --- the three queries ----------------------------------------------------------------


def scanned(folder: Path) -> pl.LazyFrame:
    """Every cell that the fold needs is read and looked at once."""
    s = pl.selectors
    return pl.scan_parquet(folder / "charges.parquet").select(
        s.numeric().max(), s.boolean().sum(), s.date().max()
    )


def fold(folder: Path) -> pl.LazyFrame:
    """One row a plan: our fold and its status."""
    plans = pl.scan_parquet(folder / "plans.parquet").drop("at")
    return (
        fold_plans(pl.scan_parquet(folder / "charges.parquet"))
        .join(plans, on="plan_index", how="inner")
        .with_columns(plan_status(AS_OF))
    )


SQL: Final = f"""
with folded as (
    select plan_index,
        count(*) filter (where is_issued) as issued_installments,
        count(*) filter (where is_paid) as paid_installments,
        count(*) filter (where is_reversed) as reversed_installments,
        count(*) filter (where is_past_due) as past_due_installments,
        max(is_late or is_reversed or is_partially_refunded or is_disputed) as has_issue,
        max(number = 1 and is_issued and attempts = failed_attempts) as is_first_failed,
        max(number = 1 and is_paid) as is_activated,
        max(due_date) filter (where number = 1) as first_due_date,
        min(due_date) filter (where is_past_due) as oldest_due_date,
        max(reversed_date) as last_reversed_date,
        sum(amount_minor) as total_minor,
        sum(paid_minor) as paid_minor,
        sum(returned_minor) as refunded_minor,
        sum(forgiven_minor) as forgiven_minor,
        coalesce(sum(amount_minor) filter (where is_past_due), 0) as past_due_minor
    from charges
    group by plan_index
)
select folded.*, seller_id, plan_id, purchase_date, cancellation_date, installments,
    case
        when paid_installments = 0
            and (first_due_date < '{AS_OF}'
                or coalesce(cancellation_date <= '{AS_OF}', false) or is_first_failed)
            then 'Inactive'
        when paid_installments > 0 and reversed_installments = paid_installments then 'Refunded'
        when cancellation_date <= '{AS_OF}' and paid_installments < installments then 'Canceled'
        when paid_installments = installments and has_issue then 'Completed with issues'
        when paid_installments = installments then 'Completed'
        when has_issue or past_due_installments > 0 then 'In progress with issues'
        else 'In progress'
    end as status
from folded join plans on folded.plan_index = plans.plan_index
"""
"""The fold as SQL that DuckDB and SQLite understand.

The AS_OF rules are those of docs/metrics.md §3.
"""


def duckdb_runner(folder: Path) -> tuple[Callable[[], Any], Callable[[], pl.DataFrame]] | None:
    """Runs the SQL into a table in memory, and reads that table; null without DuckDB."""
    try:
        duckdb: Any = importlib.import_module("duckdb")
    except ModuleNotFoundError:
        return None
    connection = duckdb.connect()
    connection.execute(
        f"set threads = {pl.thread_pool_size()}; set preserve_insertion_order = false"
    )
    for name in ("plans", "charges"):
        connection.execute(
            f"create view {name} as select * from read_parquet('{folder / name}.parquet')"
        )

    def result() -> pl.DataFrame:
        connection.execute(f"copy result to '{folder / 'result.parquet'}' (format parquet)")
        return pl.read_parquet(folder / "result.parquet")

    return (lambda: connection.execute(f"create or replace temp table result as {SQL}")), result


def assert_same(polars_plans: pl.DataFrame, sql_plans: pl.DataFrame) -> None:
    """Fails unless the rows are the same in any order, with SQL values cast to Polars' types."""
    cast_plans = sql_plans.select(
        pl.col(name).cast(kind) for name, kind in polars_plans.schema.items()
    )
    assert_frame_equal(polars_plans.sort(PLAN), cast_plans.sort(PLAN))


# --- the measurement ------------------------------------------------------------------


@dataclass
class Timed:
    """One query over the rounds: wall seconds, CPU seconds, peak resident memory in GB."""

    name: str
    run: Callable[[], Any]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_gb: float = 0.0

    def round(self) -> Any:
        """Runs once, and keeps what it took."""
        _forget_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        result = self.run()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        self.peak_gb = max(self.peak_gb, _peak_gb())
        return result

    def line(self, rows: int) -> str:
        """One row of the table that is printed."""
        wall, cpu = min(self.wall), min(self.cpu)
        return f"{self.name:22s}{wall:9.2f}{cpu:9.2f}{rows / wall / 1e6:12.2f}{self.peak_gb:12.2f}"


def _forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # not Linux, or not allowed: the peak is that of the whole run
        return


def _peak_gb() -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        (peak,) = (line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1e6
    except (OSError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure(folder: Path, charges: int, rounds: int) -> list[str]:
    """Builds, runs and compares; the lines of the result."""
    start = time.perf_counter()
    rows = build(folder, charges)
    size = (folder / "charges.parquet").stat().st_size / 1e6
    lines = [
        f"{rows:,} charges in {size:,.0f} MB of Parquet, "
        f"built in {time.perf_counter() - start:.0f} s; best of {rounds}"
    ]
    scan = Timed("(a) scan only", lambda: scanned(folder).collect(engine="streaming"))
    polars_run = Timed("(b) plan fold", lambda: fold(folder).collect(engine="streaming"))
    rival = duckdb_runner(folder)
    duckdb_run = Timed("(c) same in DuckDB", rival[0]) if rival else None
    for _ in range(rounds):
        scan.round()
        result = polars_run.round()
        if duckdb_run:
            duckdb_run.round()
    if rival:
        assert_same(result, rival[1]())
    lines += [
        f"{'':22s}{'wall s':>9s}{'CPU s':>9s}{'M rows/s':>12s}{'peak GB':>12s}",
        scan.line(rows),
        polars_run.line(rows),
    ]
    lines += [duckdb_run.line(rows)] if duckdb_run else []
    lines += [_ratio("(b)/(a)", polars_run, scan)]
    lines += (
        [_ratio("(b)/(c)", polars_run, duckdb_run)]
        if duckdb_run
        else ["DuckDB is not installed: `make bench` installs it"]
    )
    lines += [
        f"{result.height:,} plans" + ("; both engines agree on every field" if duckdb_run else "")
    ]
    return lines


def _ratio(name: str, numerator: Timed, denominator: Timed) -> str:
    wall = min(numerator.wall) / min(denominator.wall)
    cpu = min(numerator.cpu) / min(denominator.cpu)
    return f"{name:22s}{wall:9.2f}{cpu:9.2f}"


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="the plan fold beside a scan and beside DuckDB")
    parser.add_argument("--charges", type=int, default=CHARGES)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="plan-fold-") as folder:
        sys.stdout.write("\n".join(measure(Path(folder), options.charges, options.rounds)) + "\n")


if __name__ == "__main__":
    main()
