"""The contracts of the commands (docs/contracts.md §5), called as users do."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from smartinst.analytics.metrics import PLAN_KEYS
from smartinst.i18n.locales import Locale
from tests.support.workspace import AS_OF, smartinst

DAY = AS_OF.isoformat()


def plans(workspace: Path, *words: str) -> list[dict[str, Any]]:
    process = smartinst(
        workspace, "plans", "--seller", "acme", "--as-of", DAY, "--format", "json", *words
    )
    assert process.returncode == 0, process.stderr
    rows: list[dict[str, Any]] = json.loads(process.stdout)
    return rows


def test_plans_json_has_the_keys_of_the_contract_in_order(workspace: Path) -> None:
    rows = plans(workspace)
    assert len(rows) > 50
    assert all(tuple(row) == PLAN_KEYS for row in rows)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_plans_that_do_not_fit_on_the_disk_are_one_line(workspace: Path, kind: str) -> None:
    words = ("plans", "--seller", "acme", "--format", kind, "--out", "/dev/full")
    process = smartinst(workspace, *words)
    assert (process.returncode, process.stdout, process.stderr.count("\n")) == (1, "", 1)
    reason = "smartinst: /dev/full cannot be written: No space left on device ("
    assert process.stderr.startswith(reason)


def test_plans_with_debt_come_first_in_order_of_delay(
    workspace: Path,
) -> None:
    rows = [row for row in plans(workspace) if row["has_debt"]]
    assert rows == plans(workspace)[: len(rows)]
    for currency in {row["currency"] for row in rows}:
        days = [row["days_past_due"] for row in rows if row["currency"] == currency]
        assert days == sorted(days)


def test_ingesting_the_same_files_again_changes_nothing(workspace: Path) -> None:
    old_rows = plans(workspace)
    process = smartinst(workspace, "ingest", "in/acme", "--seller", "acme", "--json")
    document = json.loads(process.stdout)
    assert document["accepted"] == document["quarantined"] == 0
    assert document["read"] == document["duplicates"] + document["ignored"]
    assert plans(workspace) == old_rows


def test_an_unreadable_file_is_quarantined_and_exits_with_1(workspace: Path) -> None:
    folder = workspace / "broken"
    folder.mkdir(exist_ok=True)
    (folder / "nonsense.json").write_bytes(b'{"items": [\xff')
    process = smartinst(workspace, "ingest", "broken", "--seller", "loft", "--json")
    assert process.returncode == 1
    assert json.loads(process.stdout)["quarantined"] == 1
    rows = json.loads(smartinst(workspace, "quarantine", "--json").stdout)
    assert [set(row) for row in rows] == [
        {"seller_id", "source", "position", "reason", "excerpt", "received_at"} for _ in rows
    ]
    assert any(
        row["source"].endswith("nonsense.json") and row["seller_id"] == "loft" for row in rows
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
def test_bad_usage_exits_with_2(workspace: Path, words: tuple[str, str]) -> None:
    process = smartinst(workspace, "plans", "--seller", "acme", *words)
    assert process.returncode == 2
    assert "Traceback" not in process.stderr
    assert process.stdout == ""


def test_an_unknown_seller_is_a_one_line_error(workspace: Path) -> None:
    process = smartinst(workspace, "plans", "--seller", "nobody")
    assert process.returncode == 1
    assert (
        process.stderr
        == "smartinst: seller 'nobody' is not configured; configured: acme, nube, loft\n"
    )


def test_metrics_have_every_table_and_totals_close_in_each_currency(workspace: Path) -> None:
    process = smartinst(workspace, "metrics", "--seller", "acme", "--as-of", DAY, "--json")
    document = json.loads(process.stdout)
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


def test_filtered_metrics_are_those_of_the_filtered_plans(workspace: Path) -> None:
    words = ("--status", "In progress", "--status", "Completed", "--issued", "2")
    filtered = plans(workspace, *words)
    process = smartinst(workspace, "metrics", "--seller", "acme", "--as-of", DAY, "--json", *words)
    assert sum(row["plans"] for row in json.loads(process.stdout)["revenue"]) == len(filtered) > 0


def test_csv_has_the_same_rows_and_no_formulas(workspace: Path) -> None:
    process = smartinst(workspace, "plans", "--seller", "acme", "--as-of", DAY, "--format", "csv")
    rows = list(csv.DictReader(StringIO(process.stdout)))
    assert [row["plan_id"] for row in rows] == [row["plan_id"] for row in plans(workspace)]
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


def test_xlsx_has_one_row_per_plan_with_numeric_amounts(workspace: Path) -> None:
    process = smartinst(
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
    assert process.stdout.strip() == "p.xlsx"
    sheet = openpyxl.load_workbook(workspace / "p.xlsx").worksheets[0]
    rows = list(sheet.iter_rows(min_row=2))
    assert len(rows) == len(plans(workspace))
    assert all(cell.data_type in "snd" for row in rows for cell in row)


def test_help_lists_the_commands(workspace: Path) -> None:
    process = smartinst(workspace, "--help")
    assert process.returncode == 0
    for command in ("ingest", "quarantine", "plans", "metrics", "run", "render", "demo", "doctor"):
        assert command in process.stdout


@pytest.mark.parametrize(
    "now", ["0001-01-01T00:00:00Z", "9999-12-31T23:00:00Z", "2026-11-02T12:00", "today"]
)
def test_an_invalid_instant_is_bad_usage(workspace: Path, now: str) -> None:
    process = smartinst(workspace, "schedule", "next", "--now", now)
    assert process.returncode == 2
    assert "--now" in process.stderr
    assert "Traceback" not in process.stderr


def test_the_workbook_has_frozen_heads_filters_and_currency_formats(
    workspace: Path, tmp_path: Path
) -> None:
    process = smartinst(
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
    assert process.returncode == 0, process.stderr
    book = openpyxl.load_workbook(next(tmp_path.rglob("*.xlsx")))
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes in ("A2", "B2"), sheet.title
        assert sheet.auto_filter.ref.startswith("A1:"), sheet.title
    plans_by_id = {row["plan_id"]: row for row in json.loads(_plans_of(workspace, "nube"))}
    plans = book.worksheets[1]
    rows = list(plans[plans.auto_filter.ref])[1:]
    assert len(rows) == len(plans_by_id)
    for row in rows:
        plan = plans_by_id[str(row[0].value)]
        places = {"PYG": 0, "CLP": 0}.get(plan["currency"], 2)
        amounts = [
            cell for cell in row if "#,##0" in cell.number_format and '"' in cell.number_format
        ]
        suffix = Locale("es").currency_affixes(plan["currency"])[1]
        assert {cell.number_format for cell in amounts} == {
            f'#,##0{".00" if places else ""}"{suffix}"'
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
