"""The plan fold against the same query in SQL, and the benchmark that times them, on few rows."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import polars as pl
import pytest

from smartinst.facts import PLAN_STATUSES
from tests.bench import plan_fold


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("plan-fold")
    plan_fold.build(place, 20_000)
    return place


def by_sqlite(folder: Path) -> pl.DataFrame:
    """The benchmark's SQL over the same rows."""
    connection = sqlite3.connect(":memory:")
    for name in ("plans", "charges"):
        text = pl.selectors.date().dt.to_string("iso")
        rows = pl.read_parquet(folder / f"{name}.parquet").with_columns(text)
        connection.execute(f"create table {name} ({', '.join(rows.columns)})")
        connection.executemany(
            f"insert into {name} values ({', '.join('?' * rows.width)})", rows.iter_rows()
        )
    cursor = connection.execute(plan_fold.SQL)
    names = [column[0] for column in cursor.description]
    rows = pl.DataFrame(cursor.fetchall(), schema=names, orient="row", infer_schema_length=None)
    connection.close()
    dates = pl.selectors.ends_with("_date")
    return rows.with_columns(dates.str.to_date())


def test_the_fold_gives_the_same_plans_as_the_query_in_sql(folder: Path) -> None:
    plans = plan_fold.fold(folder).collect(engine="streaming")
    assert set(plans["status"]) == set(PLAN_STATUSES)
    plan_fold.assert_same(plans, by_sqlite(folder))


def test_the_fold_is_the_same_in_both_engines_of_polars(folder: Path) -> None:
    in_memory = plan_fold.fold(folder).collect(engine="in-memory")
    plan_fold.assert_same(plan_fold.fold(folder).collect(engine="streaming"), in_memory)


def test_the_benchmark_writes_charges_sorted_by_plan(
    folder: Path,
) -> None:
    charges = pl.read_parquet(folder / "charges.parquet")
    assert charges.equals(charges.sort("plan_index", "number"))
    assert abs(charges.height - 20_000) < 500
    is_complete = charges.select(
        (pl.col("paid_minor") + pl.col("forgiven_minor") == pl.col("amount_minor"))
        | ~pl.col("is_paid")
    )
    assert is_complete.to_series().all()


def test_the_benchmark_prints_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    plan_fold.main(["--charges", "5000", "--rounds", "1"])
    output = capsys.readouterr().out
    assert "(a) scan only" in output and "(b) plan fold" in output and "(b)/(a)" in output
