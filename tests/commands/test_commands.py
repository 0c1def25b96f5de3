"""The commands' contracts (docs/contracts.md §5), as their users call them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from smartinst.analytics.metrics import PLAN_KEYS
from tests.support.workspace import AS_OF, smartinst

DAY = AS_OF.isoformat()


def plans(workspace: Path, *words: str) -> list[dict[str, Any]]:
    done = smartinst(
        workspace, "plans", "--seller", "acme", "--as-of", DAY, "--format", "json", *words
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def test_plans_as_json_have_the_keys_of_the_contract_in_their_order(workspace: Path) -> None:
    rows = plans(workspace)
    assert len(rows) > 50
    assert all(tuple(row) == PLAN_KEYS for row in rows)


def test_plans_that_owe_come_first_and_the_shortest_delay_first_within_a_currency(
    workspace: Path,
) -> None:
    rows = [row for row in plans(workspace) if row["has_debt"]]
    assert rows == plans(workspace)[: len(rows)]
    for currency in {row["currency"] for row in rows}:
        days = [row["days_past_due"] for row in rows if row["currency"] == currency]
        assert days == sorted(days)


def test_the_same_files_again_change_nothing(workspace: Path) -> None:
    before = plans(workspace)
    done = smartinst(workspace, "ingest", "in/acme", "--seller", "acme", "--json")
    told = json.loads(done.stdout)
    assert told["accepted"] == told["quarantined"] == 0
    assert told["read"] == told["duplicates"] + told["ignored"]
    assert plans(workspace) == before


def test_a_file_that_cannot_be_read_exits_one_is_listed_and_stops_nothing(workspace: Path) -> None:
    folder = workspace / "broken"
    folder.mkdir(exist_ok=True)
    (folder / "nonsense.json").write_bytes(b'{"items": [\xff')
    done = smartinst(workspace, "ingest", "broken", "--seller", "loft", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["quarantined"] == 1
    listed = json.loads(smartinst(workspace, "quarantine", "--json").stdout)
    assert [set(row) for row in listed] == [
        {"seller_id", "source", "position", "reason", "excerpt", "received_at"} for _ in listed
    ]
    assert any(
        row["source"].endswith("nonsense.json") and row["seller_id"] == "loft" for row in listed
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--status", "Finished"),
        ("--from", "31/10/2026"),
        ("--issued", "5:2"),
        ("--installments", "many"),
        ("--date-field", "sold"),
        ("--as-of", "2026-13-01"),
        ("--colour", "blue"),
    ],
    ids=lambda words: words[0],
)
def test_bad_usage_exits_two_and_says_what_was_expected(
    workspace: Path, words: tuple[str, str]
) -> None:
    done = smartinst(workspace, "plans", "--seller", "acme", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_seller_who_is_not_configured_is_one_clear_line(workspace: Path) -> None:
    done = smartinst(workspace, "plans", "--seller", "nobody")
    assert done.returncode == 1
    assert (
        done.stderr
        == "smartinst: seller 'nobody' is not configured; configured: acme, nube, loft\n"
    )


def test_metrics_have_every_table_and_the_identity_holds_in_each_currency(workspace: Path) -> None:
    done = smartinst(workspace, "metrics", "--seller", "acme", "--as-of", DAY, "--json")
    document = json.loads(done.stdout)
    assert document["as_of"] == DAY
    tables = (
        "revenue",
        "status_by_installments",
        "revenue_by_country",
        "overdue_by_product",
        "days_overdue",
        "aging",
        "possible",
    )
    assert set(tables) <= document.keys()
    assert len(document["status_by_installments"]) == 84
    parts = (
        "collected_minor",
        "overdue_minor",
        "to_receive_minor",
        "refunded_minor",
        "released_minor",
    )
    assert all(
        row["total_minor"] == sum(row[part] for part in parts) for row in document["revenue"]
    )


def test_metrics_of_a_filter_are_those_of_the_plans_that_pass(workspace: Path) -> None:
    words = ("--status", "In progress", "--status", "Completed", "--issued", "2")
    kept = plans(workspace, *words)
    done = smartinst(workspace, "metrics", "--seller", "acme", "--as-of", DAY, "--json", *words)
    assert sum(row["plans"] for row in json.loads(done.stdout)["revenue"]) == len(kept) > 0


def test_csv_cells_are_no_formulas_and_the_rows_are_the_same(workspace: Path) -> None:
    done = smartinst(workspace, "plans", "--seller", "acme", "--as-of", DAY, "--format", "csv")
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert [row["plan_id"] for row in rows] == [row["plan_id"] for row in plans(workspace)]
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


def test_xlsx_has_a_row_a_plan_with_amounts_as_numbers(workspace: Path) -> None:
    done = smartinst(
        workspace,
        "plans",
        "--seller",
        "acme",
        "--as-of",
        DAY,
        "--format",
        "xlsx",
        "--out",
        "p.xlsx",
    )
    assert done.stdout.strip() == "p.xlsx"
    sheet = openpyxl.load_workbook(workspace / "p.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == len(plans(workspace))
    assert all(cell.data_type in "snd" for row in rows for cell in row)


def test_help_is_shown_without_loading_the_heavy_libraries(workspace: Path) -> None:
    done = smartinst(workspace, "--help")
    assert done.returncode == 0
    for command in ("ingest", "quarantine", "plans", "metrics", "run", "render", "demo", "doctor"):
        assert command in done.stdout


@pytest.mark.parametrize(
    "now", ["0001-01-01T00:00:00Z", "9999-12-31T23:00:00Z", "2026-11-02T12:00", "today"]
)
def test_an_instant_that_no_schedule_can_be_asked_for_is_bad_usage(
    workspace: Path, now: str
) -> None:
    done = smartinst(workspace, "schedule", "next", "--now", now)
    assert done.returncode == 2
    assert "--now" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_workbook_has_frozen_heads_filters_and_amounts_in_their_currency(
    workspace: Path, tmp_path: Path
) -> None:
    done = smartinst(
        workspace,
        "run",
        "seller",
        "--seller",
        "nube",
        "--as-of",
        DAY,
        "--to",
        "xlsx",
        "--out",
        str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    book = openpyxl.load_workbook(next(tmp_path.rglob("*.xlsx")))
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "A2", sheet.title
        assert sheet.auto_filter.ref == sheet.dimensions, sheet.title
    named = {row["plan_id"]: row for row in json.loads(_plans_of(workspace, "nube"))}
    plans = book.worksheets[0]
    rows = list(plans.iter_rows(min_row=2))
    assert len(rows) == len(named)
    for row in rows:
        plan = named[str(row[0].value)]
        places = {"PYG": 0, "CLP": 0}.get(plan["currency"], 2)
        amounts = [cell for cell in row if plan["currency"] in cell.number_format]
        assert {cell.number_format for cell in amounts} == {
            f'#,##0{".00" if places else ""} "{plan["currency"]}"'
        }
        assert [round(cell.value * 10**places) for cell in amounts[:2]] == [
            plan["total_minor"],
            plan["collected_minor"],
        ]
        assert [cell.is_date for cell in row].count(True) >= 1


def _plans_of(workspace: Path, seller: str) -> str:
    return smartinst(
        workspace, "plans", "--seller", seller, "--as-of", DAY, "--format", "json"
    ).stdout
