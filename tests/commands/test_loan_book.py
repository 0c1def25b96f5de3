"""The `loan-book` command, called as users do (docs/contracts.md §5)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smartinst.database.engine import connected
from smartinst.delivery.run_history import finish_run, insert_run, start_run
from smartinst.settings import load_settings
from tests.support.workspace import AS_OF, smartinst

DAY = AS_OF.isoformat()
KEYS = (
    *("as_of", "since", "data_through", "par", "written_off", "collection", "clean_up", "roll"),
    *("roll_rows", "cure", "defaults", "second_charge", "vintage", "hazard", "bridge", "expected"),
    *("expected_by_month", "forecast_score", "which_installments", "cost_of_collecting"),
    *("cash_calendar", "cohorts", "failed_and_recovered", "collection_so_far"),
    "expected_refunds",
)
CONTRACTS = Path(__file__).parents[2] / "docs/contracts.md"


def document(workspace: Path, *words: str) -> dict[str, Any]:
    process = smartinst(
        workspace, "loan-book", "--seller", "acme", "--as-of", DAY, "--json", *words
    )
    assert process.returncode == 0, process.stderr
    tables: dict[str, Any] = json.loads(process.stdout)
    return tables


def test_the_document_has_the_tables_of_the_contract(workspace: Path) -> None:
    tables = document(workspace)
    assert tuple(tables) == KEYS
    assert (tables["as_of"], tables["since"]) == (DAY, "2026-10-24")
    assert all(tables[name] for name in ("par", "collection", "vintage", "hazard", "cohorts"))
    (par, *_) = tables["par"]
    assert type(par["outstanding_minor"]) is int
    assert 0 <= par["par_90"] <= par["par_60"] <= par["par_30"] <= par["par_0"] <= 1


def test_rows_begin_with_the_keys_of_the_contract(workspace: Path) -> None:
    tables = document(workspace)
    _, _, described = CONTRACTS.read_text(encoding="utf-8").partition("**`loan-book --json`**")
    block = described.split("```")[1]
    contract = {
        name: re.findall(r'"(\w+)"', re.sub(r": [^,}]+", "", keys))
        for name, keys in re.findall(r'"(\w+)": \[\{(.*?)\}\]', block)
    }
    assert len(contract) == 16
    for name, keys in contract.items():
        assert tables[name], name
        assert list(tables[name][0])[: len(keys)] == keys, name


def test_the_overdue_amounts_are_those_of_metrics(workspace: Path) -> None:
    process = smartinst(workspace, "metrics", "--seller", "acme", "--as-of", DAY, "--json")
    revenue = json.loads(process.stdout)["revenue"]
    overdue = {row["currency"]: row["overdue_minor"] for row in revenue if row["overdue_minor"]}
    bridge = document(workspace, "--since", "2026-09-30")["bridge"]
    closing = {row["currency"]: row["closing_minor"] for row in bridge if row["closing_minor"]}
    assert closing == overdue


def test_filters_keep_whole_plans_and_the_forecast_stays_that_of_all(workspace: Path) -> None:
    unfiltered, euros = document(workspace), document(workspace, "--currency", "EUR")
    assert len(unfiltered["par"]) > 1
    assert euros["par"] == [row for row in unfiltered["par"] if row["currency"] == "EUR"]
    assert euros["expected"] == unfiltered["expected"]


def test_the_bridge_begins_with_the_amounts_of_the_previous_report(workspace: Path) -> None:
    now = datetime(2026, 10, 12, 12, tzinfo=UTC)
    measures = {"as_of": "2026-10-12", "overdue_minor": {"EUR": 123_456}}
    with connected(load_settings(workspace, {}).database) as engine, engine.begin() as connection:
        insert_run(connection, ("seller", "acme", "2026-10-12T07:00"), now, now)
        row = {"run_id": "", "attempts": 0}
        row["run_id"] = connection.exec_driver_sql("SELECT run_id FROM runs").scalar() or ""
        run_id = start_run(connection, row, {}, {}, now)
        finish_run(connection, run_id, "made", now, measures=measures)
    try:
        tables = document(workspace)
        (lines,) = (row for row in tables["bridge"] if row["currency"] == "EUR")
        assert (tables["since"], lines["opening_minor"]) == ("2026-10-12", 123_456)
        assert lines["restated_minor"] is not None
        later = document(workspace, "--since", "2026-10-13")["bridge"]
        assert not [row for row in later if row["opening_minor"] == 123_456]
        assert not [row for row in later if row["restated_minor"]]
    finally:
        with (
            connected(load_settings(workspace, {}).database) as engine,
            engine.begin() as connection,
        ):
            connection.exec_driver_sql("DELETE FROM runs")


@pytest.mark.parametrize(
    ("seller_id", "title"),
    [("acme", "Carteira em risco"), ("nube", "Cartera en riesgo"), ("loft", "Portfolio at risk")],
)
def test_without_json_tables_are_in_the_sellers_language(
    workspace: Path, seller_id: str, title: str
) -> None:
    process = smartinst(workspace, "loan-book", "--seller", seller_id, "--as-of", DAY)
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith(title)
    assert "_minor" not in process.stdout


@pytest.mark.parametrize("since", [DAY, "2027-01-01", "yesterday"])
def test_a_bridge_needs_an_earlier_day(workspace: Path, since: str) -> None:
    process = smartinst(
        workspace, "loan-book", "--seller", "acme", "--as-of", DAY, "--since", since
    )
    assert process.returncode == 2
    assert "--since" in process.stderr
    assert process.stdout == ""


def test_before_the_first_sale_there_is_no_figure(workspace: Path) -> None:
    process = smartinst(workspace, "loan-book", "--seller", "loft", "--as-of", "2020-01-01")
    assert (process.returncode, process.stdout) == (0, "There is no plan yet.\n")


def test_printed_tables_have_the_currencies_in_the_order_of_the_reports(workspace: Path) -> None:
    process = smartinst(workspace, "loan-book", "--seller", "acme", "--as-of", DAY)
    _, _, *rows = process.stdout.split("\n\n")[0].splitlines()
    assert [row.split()[0] for row in rows] == ["EUR", "USD", "GBP", "JPY"]  # most plans first
