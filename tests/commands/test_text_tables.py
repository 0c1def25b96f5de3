"""The tables that commands print for a person, and what they say about the end of the data."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from smartinst.commands.data_end import say_data_end
from smartinst.commands.text_table import text_table
from tests.support.workspace import AS_OF, smartinst

LATER = "2026-12-31"


def run(workspace: Path, command: str, seller: str, day: str) -> subprocess.CompletedProcess[str]:
    process = smartinst(workspace, command, "--seller", seller, "--as-of", day)
    assert process.returncode == 0, process.stderr
    return process


def test_words_begin_and_numbers_end_in_one_column() -> None:
    rows = [("20", "Ana", "1"), ("3", "Bartolomeu", "12")]
    assert text_table(("No.", "Buyer", "Days"), rows, left_aligned=(1,)) == (
        "No.  Buyer       Days\n 20  Ana            1\n  3  Bartolomeu    12"
    )


@pytest.mark.parametrize(
    ("seller", "headings"),
    [
        ("acme", ["Plano", "Status", "Comprador", "Emitidas", "Total", "Em", "atraso"]),
        ("nube", ["Plan", "Estado", "Comprador", "Emitidas", "Total", "Vencido", "Días"]),
        ("loft", ["Plan", "Status", "Buyer", "Issued", "Total", "Overdue", "Days"]),
    ],
)
def test_plans_have_headings_in_the_sellers_language(
    workspace: Path, seller: str, headings: list[str]
) -> None:
    table = run(workspace, "plans", seller, AS_OF.isoformat()).stdout
    assert table.splitlines()[0].split()[:7] == headings
    assert len(table.splitlines()) == 61


def test_the_queue_is_in_the_sellers_language(workspace: Path) -> None:
    heading, first, *_ = run(workspace, "recovery", "acme", LATER).stdout.splitlines()
    assert " ".join(heading.split()) == (
        "Nº Plano Comprador Em atraso Dias de atraso Chance de pagamento O que fazer"
    )
    assert " ".join(first.split()) == (
        "1 20000053 Vânia da Silva Falcão ¥ 3.333 61 15% Ofereça outra forma de pagamento"
    )


@pytest.mark.parametrize("command", ["plans", "recovery"])
def test_a_day_after_the_data_is_said_with_the_number_of_unconfirmed_plans(
    workspace: Path, command: str
) -> None:
    line = "no data after 2026-10-31: overdue installments of 14 plans are unconfirmed"
    assert line in run(workspace, command, "acme", LATER).stderr.splitlines()
    assert "unconfirmed" not in run(workspace, command, "acme", AS_OF.isoformat()).stderr


def test_one_unconfirmed_plan_is_singular(capsys: pytest.CaptureFixture[str]) -> None:
    say_data_end(date(2026, 3, 1), date(2026, 3, 9), 1)
    say_data_end(date(2026, 3, 9), date(2026, 3, 9), 1)
    say_data_end(None, date(2026, 3, 9), 1)
    assert capsys.readouterr().err == (
        "no data after 2026-03-01: overdue installments of 1 plan are unconfirmed\n"
    )


def test_a_reason_for_quarantine_names_its_first_file(workspace: Path) -> None:
    folder = workspace / "foreign"
    folder.mkdir()
    (folder / "a.json").write_text('{"x": 1}')
    (folder / "b.json").write_text('{"x": 2}')
    (folder / "notes.txt").write_text("hello")
    process = smartinst(workspace, "ingest", "foreign", "--seller", "loft")
    assert process.stderr.splitlines()[:2] == [
        "quarantined 2: not recognised (first in a.json)",
        "quarantined 1: not recognised: not JSON (notes.txt)",
    ]
