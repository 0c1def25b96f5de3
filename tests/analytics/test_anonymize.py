"""For the accountant: no artifact of an anonymous run, nor the executed notebook, knows a buyer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from smartinst.report.book import open_book
from smartinst.report.mime_bundles import DATASET
from smartinst.settings import load_settings
from tests.runs.test_runs import ANALYST_CELLS, notebook
from tests.support.workspace import AS_OF, smartinst

DAY = ("--as-of", AS_OF.isoformat())


@pytest.fixture(scope="module")
def markers(workspace: Path) -> set[str]:
    """Every buyer's name, e-mail and phone, and the link that carries them."""
    result = smartinst(workspace, "plans", "--seller", "acme", *DAY, "--format", "json")
    assert result.returncode == 0, result.stderr
    plans = json.loads(result.stdout)
    values = {plan[name] for plan in plans for name in ("buyer", "email", "phone") if plan[name]}
    assert len(values) > 100
    return (
        values
        | {plan["phone"].removeprefix("+") for plan in plans if plan["phone"]}
        | {"wa.me", "@example"}
    )


def instant_text(path: Path) -> str:
    """Everything an artifact says."""
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        links = [
            str(annotation.get_object())
            for page in reader.pages
            for annotation in page.get("/Annots", [])
        ]
        return "\n".join([*(page.extract_text() for page in reader.pages), *links])
    if path.suffix == ".xlsx":
        sheets = openpyxl.load_workbook(path).worksheets
        return "\n".join(
            str(value)
            for sheet in sheets
            for row in sheet.iter_rows(values_only=True)
            for value in row
        )
    return path.read_text(encoding="utf-8")


def markers_in(path: Path, markers: set[str]) -> set[str]:
    text = instant_text(path)
    assert len(text) > 500
    return {marker for marker in markers if marker in text}


def test_no_artifact_of_an_anonymous_run_contains_a_buyer(
    workspace: Path, tmp_path: Path, markers: set[str]
) -> None:
    words = (
        "run",
        "seller",
        "--seller",
        "acme",
        *DAY,
        "--anonymous",
        "--to",
        "html,pdf,xlsx",
        "--out",
        str(tmp_path),
    )
    result = smartinst(workspace, *words)
    assert result.returncode == 0, result.stderr
    paths = [Path(line) for line in result.stdout.splitlines()]
    assert {path.suffix for path in paths} == {".html", ".pdf", ".xlsx", ".ipynb"}
    assert {path.name: markers_in(path, markers) for path in paths} == {
        path.name: set() for path in paths
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_anonymous_detail_table_contains_no_buyer(
    workspace: Path, tmp_path: Path, markers: set[str], kind: str
) -> None:
    path = tmp_path / f"plans.{kind}"
    words = ("plans", "--seller", "acme", *DAY, "--format", kind, "--out", str(path))
    assert smartinst(workspace, *words).returncode == 0
    assert len(markers_in(path, markers)) > 100
    assert smartinst(workspace, *words, "--anonymous").returncode == 0
    assert markers_in(path, markers) == set()


def test_the_dataset_contains_buyers_unless_it_is_anonymous(
    workspace: Path, markers: set[str]
) -> None:
    book = open_book("acme", AS_OF, settings=load_settings(workspace, {}))

    def rows(book: Any) -> str:
        return str(book.dataset().bundle[DATASET])

    assert len({marker for marker in markers if marker in rows(book)}) > 100
    assert not [marker for marker in markers if marker in rows(book.anonymous())]
    assert (
        json.loads(rows(book))["plans"]["plan_id"]
        == json.loads(rows(book.anonymous()))["plans"]["plan_id"]
    )
    names = [item["name"] for item in json.loads(rows(book.anonymous()))["filters"]]
    assert "status" in names
    assert not {"buyer", "email"} & set(names)


@pytest.mark.parametrize("command", [("run", "seller"), ("plans",)])
def test_a_filter_by_buyer_is_refused_in_an_anonymous_report(
    workspace: Path, command: tuple[str, ...]
) -> None:
    result = smartinst(
        workspace, *command, "--seller", "acme", *DAY, "--anonymous", "--buyer", "Rita"
    )
    assert result.returncode == 2
    assert "filter buyer: expected none in an anonymous report" in result.stderr


def test_a_notebook_that_cannot_be_anonymous_is_refused(workspace: Path) -> None:
    notebook(workspace / "notebooks" / "frank.ipynb", ANALYST_CELLS)
    result = smartinst(
        workspace, "run", "notebooks/frank.ipynb", "--seller", "acme", *DAY, "--anonymous"
    )
    assert result.returncode == 1
    assert "declares no parameter `anonymous`" in result.stderr
