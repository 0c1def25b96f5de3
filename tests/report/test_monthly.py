"""The monthly statement of a small seller: paper and workbook have the numbers of the command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from pypdf import PdfReader

from smartinst import sample
from smartinst.i18n.locales import Locale
from tests.support.six_sellers import KINDS
from tests.support.workspace import AS_OF, configuration, ingest_folder, smartinst

SINCE: Final = date(2026, 9, 30)
PLANS: Final = 120
MOST_PAGES: Final = 14
HORIZONS: Final = {"30 days": "30", "90 days": "90", "the end": "end"}
BUCKETS: Final = {
    "current": "current",
    **{f"{days} days": days.replace("–", "-") for days in ("1–30", "31–60", "61–90", "91+")},
}
LINES: Final = {
    "Overdue then": "opening_minor",
    "Newly overdue": "newly_overdue_minor",
    "Reopened": "reopened_minor",
    "Paid late": "paid_late_minor",
    "Forgiven": "forgiven_minor",
    "Ended by a refund": "ended_reversed_minor",
    "Ended by the seller": "ended_seller_minor",
    "Ended by the platform": "ended_platform_minor",
    "Ended by others": "ended_unknown_minor",
    "Overdue now": "closing_minor",
    "Of which not confirmed then": "unconfirmed_opening_minor",
    "Of which not confirmed now": "unconfirmed_closing_minor",
}
"""Lines of the bridge → columns of `loan-book --json`; lines of zeros are on no sheet."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook, its keys and its values: header → column of `loan-book --json`."""

    title: str
    keys: Mapping[str, str]
    values: Mapping[str, str]
    rows: Mapping[str, Any] | None = None  # values that the rows of the document have; None: all


SHEETS: Final = {
    "clean_up": Sheet(
        "Overdue cleaned up by month",
        {"Month": "month"},
        {
            "Overdue": "overdue_minor",
            "Received": "received_minor",
            "Forgiven": "forgiven_minor",
            "Received (% of overdue)": "rate",
        },
    ),
    "written_off": Sheet(
        "Written off in a year",
        {"Currency": "currency"},
        {
            "Lost": "lost_minor",
            "Lost and not earned": "written_off_minor",
            "Mean balance": "mean_outstanding_minor",
            "Lost and not earned (% of the mean balance)": "rate",
        },
    ),
    "second_charge": Sheet(
        "Second installment unpaid",
        {"Currency": "currency"},
        {"Plans": "plans", "Second installment unpaid": "unpaid", "Share": "rate"},
    ),
    "defaults": Sheet(
        "Plans in default",
        {"Currency": "currency"},
        {"Plans in default": "plans", "Owe nothing today": "cured_after"},
    ),
    "cure": Sheet(
        "Delays that were paid",
        {"More days late than": "over_days", "Within days": "within_days"},
        {
            "Delays": "episodes",
            "Paid in full": "cured",
            "Part forgiven": "cured_at_a_loss",
            "Plan ended": "ended",
            "Still late": "open",
            "Paid in full (% of delays)": "rate",
        },
    ),
    "roll_rows": Sheet(
        "From month-end to month-end",
        {"At a month-end": "from"},
        {"Outstanding": "outstanding_minor"},
    ),
    "hazard": Sheet(
        "Where buyers stop paying",
        {"Installment": "number"},
        {
            "Still paying before": "at_risk",
            "Stopped paying": "stop",
            "Refunded": "reversed",
            "Canceled without debt": "canceled",
            "Still paying after": "survival",
        },
        {"installments": "all"},
    ),
    "failed_and_recovered": Sheet(
        "Refused charges by month",
        {"Month": "month"},
        {
            "Refused": "failed",
            "Refused amount": "failed_minor",
            "Paid within 30 days": "recovered_minor",
            "Paid later": "later_minor",
            "Lost": "lost_minor",
            "Still open": "open_minor",
            "Paid within 30 days (% of refused)": "rate",
        },
    ),
    "expected": Sheet(
        "Expected to be received",
        {"Until": "horizon"},
        {
            "Low": "low_minor",
            "Expected": "expected_minor",
            "High": "high_minor",
            "Contracted": "contracted_minor",
        },
    ),
    "cash_calendar": Sheet(
        "Cash calendar",
        {"From": "from_date", "To": "to_date"},
        {
            "Contracted": "contracted_minor",
            "Expected": "expected_minor",
            "Can be withdrawn (gross, estimate)": "withdrawable_minor",
            "Can be withdrawn if paid (gross, estimate)": "withdrawable_later_minor",
        },
    ),
    "forecast_score": Sheet(
        "Score of past forecasts",
        {"Until": "horizon"},
        {
            "Forecasts": "origins",
            "Error": "wape",
            "Error if all pay": "wape_all_pay",
            "Error of the last three months": "wape_trailing",
            "Bias": "bias",
            "Inside the range": "inside",
        },
    ),
    "expected_refunds": Sheet(
        "Refunds to expect",
        {"Currency": "currency"},
        {"Collected of recent plans": "collected_minor", "Refunds expected": "expected_minor"},
    ),
}


@dataclass(frozen=True)
class Statement:
    """A statement: the text of its pages, its workbook, and the document of the command."""

    pages: tuple[str, ...]
    workbook: openpyxl.Workbook
    document: dict[str, Any]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pages).replace("\xa0", " ").split())

    def row(self, table: str, **keys: Any) -> dict[str, Any]:
        (row,) = (row for row in self.document[table] if keys.items() <= row.items())
        return row  # type: ignore[no-any-return]

    def sheet_rows(self, title: str) -> list[dict[str, Any]]:
        head, *rows = self.workbook[title].iter_rows(values_only=True)
        return [dict(zip(map(str, head), row, strict=True)) for row in rows]


@pytest.fixture(scope="session")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Statement:
    """The monthly statement of a small seller in euros, run once, and its loan book."""
    folder = tmp_path_factory.mktemp("monthly")
    text = configuration({"acme": ("en", "Europe/Lisbon")})
    (folder / "smartinst.toml").write_text(text, encoding="utf-8")
    profile = KINDS["stale"].profile
    sample.write_sample(folder / "in", "acme", PLANS, as_of=AS_OF, profile=profile)
    ingest_folder(folder, "in", "acme")
    of_date = ("--seller", "acme", "--as-of", AS_OF.isoformat())
    run = smartinst(folder, "run", "seller-monthly", *of_date, "--to", "pdf,xlsx", "--json")
    document = smartinst(folder, "loan-book", *of_date, "--since", SINCE.isoformat(), "--json")
    files = json.loads(run.stdout)[0]["artifacts"]
    return Statement(
        tuple(page.extract_text() for page in PdfReader(files["pdf"]).pages),
        openpyxl.load_workbook(Path(files["xlsx"])),
        json.loads(document.stdout),
    )


@pytest.mark.parametrize("table", SHEETS)
def test_a_sheet_has_the_numbers_of_the_command(table: str, statement: Statement) -> None:
    sheet = SHEETS[table]
    restriction = (sheet.rows or {}).items()
    document = {
        tuple(row[name] for name in sheet.keys.values()): row
        for row in statement.document[table]
        if restriction <= row.items()
    }
    cells = {
        tuple(key_of(row[header], name) for header, name in sheet.keys.items()): row
        for row in statement.sheet_rows(sheet.title)
    }
    assert cells.keys() == document.keys()
    for key, row in cells.items():
        for header, name in sheet.values.items():
            assert row[header] == number(document[key][name], name), (key, header)


def key_of(cell: Any, name: str) -> Any:
    """The value of a key cell in the document."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()[: 7 if name == "month" else 10]
    return {"horizon": HORIZONS, "from": BUCKETS}.get(name, {}).get(cell, cell)


def number(value: Any, name: str) -> Any:
    """The number of a sheet for a value of the document: money in euros, not in cents."""
    if value is None:
        return None
    return pytest.approx(value / 100 if name.endswith("_minor") else value, rel=1e-12)


def test_the_sheet_of_arrears_ends_with_the_portfolio_at_risk(statement: Statement) -> None:
    par = statement.row("par", currency="EUR")
    newest = statement.sheet_rows("Balance of plans in arrears")[0]
    assert newest["Date"].date() == AS_OF
    assert newest["Outstanding"] * 100 == pytest.approx(par["outstanding_minor"])
    assert newest["In arrears"] * 100 == pytest.approx(par["over_0_minor"])
    assert newest["Over 30 days"] * 100 == pytest.approx(par["over_30_minor"])
    shares = [newest[f"Share {words}"] for words in ("in arrears", "over 30 days", "over 90 days")]
    assert shares == pytest.approx([par["par_0"], par["par_30"], par["par_90"]])


def test_the_sheet_of_collection_has_the_rates_of_each_month(statement: Statement) -> None:
    heads = {"On time": 0, "By day 7": 7, "By day 30": 30, "By day 60": 60, "By day 90": 90}
    rates = {(row["month"], row["days"]): row["rate"] for row in statement.document["collection"]}
    cells = {
        (row["Month"].strftime("%Y-%m"), days): row[head]
        for row in statement.sheet_rows("Collection by month")
        for head, days in heads.items()
        if row[head] is not None
    }
    assert len(cells) == len(rates) > 90
    assert cells == pytest.approx(rates)


def test_the_sheet_of_the_bridge_has_its_lines(statement: Statement) -> None:
    bridge = statement.row("bridge", currency="EUR")
    cells = {
        row["Line"]: row["EUR"] for row in statement.sheet_rows("Change of the overdue amount")
    }
    assert cells == {
        line: pytest.approx(bridge[name] / 100) for line, name in LINES.items() if bridge[name]
    }
    assert len(cells) >= 4


def test_the_paper_has_the_amounts_of_the_command(statement: Statement) -> None:
    bridge = statement.row("bridge", currency="EUR")
    expected = statement.row("expected", currency="EUR", horizon="30")
    amounts = {
        **{name: bridge[name] for name in LINES.values()},
        **{name: expected[name] for name in SHEETS["expected"].values.values()},
        "over_30_minor": statement.row("par")["over_30_minor"],
    }
    for row in statement.document["clean_up"][-5:]:
        for name in ("overdue_minor", "received_minor"):
            amounts[f"{row['month']} {name}"] = row[name]
    for row in statement.document["failed_and_recovered"][-5:]:
        for name in ("failed_minor", "recovered_minor", "open_minor"):
            amounts[f"{row['month']} {name}"] = row[name]
    locale, text = Locale("en"), statement.text
    missing = {
        name: minor
        for name, minor in amounts.items()
        if minor and locale.money(minor, "EUR").replace("\xa0", " ") not in text
    }
    assert missing == {}


def test_the_key_figures_have_what_is_expected_if_there_is_a_forecast(
    statement: Statement,
) -> None:
    expected = statement.row("expected", currency="EUR", horizon="30")
    head = statement.text.partition("Net, your commission")[0]
    assert "Expected in 30 days" in head
    assert "Due in 30 days" not in head
    amount = Locale("en").money(expected["expected_minor"], "EUR").replace("\xa0", " ")
    assert amount in head


def test_the_paper_has_the_counts_of_the_command(statement: Statement) -> None:
    second, defaults = statement.row("second_charge"), statement.row("defaults")
    text = statement.text  # without a column of the one currency
    assert f" {second['plans']} {second['unpaid']} {second['rate']:.0%}" in text
    assert f"Owe nothing today {defaults['plans']} {defaults['cured_after']}" in text
    assert f"{statement.row('par')['par_30']:.0%} of the balance" in text
    for row in statement.document["cure"]:
        counts = [row[name] for name in ("episodes", "cured", "cured_at_a_loss", "ended", "open")]
        numbers = [row["over_days"], row["within_days"], *counts]
        assert f" {' '.join(map(str, numbers))} {row['rate']:.0%}" in text


def test_the_statement_has_few_pages(statement: Statement) -> None:
    assert 1 < len(statement.pages) < MOST_PAGES
