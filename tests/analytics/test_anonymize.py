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
from tests.runs.test_runs import MINE, notebook
from tests.support.workspace import AS_OF, smartinst

DAY = ("--as-of", AS_OF.isoformat())


@pytest.fixture(scope="module")
def markers(workspace: Path) -> set[str]:
    """Every buyer's name, e-mail and phone, and the link that carries them."""
    done = smartinst(workspace, "plans", "--seller", "acme", *DAY, "--format", "json")
    assert done.returncode == 0, done.stderr
    plans = json.loads(done.stdout)
    found = {plan[name] for plan in plans for name in ("buyer", "email", "phone") if plan[name]}
    assert len(found) > 100
    return (
        found
        | {plan["phone"].removeprefix("+") for plan in plans if plan["phone"]}
        | {"wa.me", "@example"}
    )


def instant_text(path: Path) -> str:
    """Everything an artifact says."""
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        links = [str(one.get_object()) for page in reader.pages for one in page.get("/Annots", [])]
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


def known(path: Path, markers: set[str]) -> set[str]:
    text = instant_text(path)
    assert len(text) > 500
    return {one for one in markers if one in text}


def test_nothing_of_a_run_knows_a_buyer(workspace: Path, tmp_path: Path, markers: set[str]) -> None:
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
    done = smartinst(workspace, *words)
    assert done.returncode == 0, done.stderr
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert {path.suffix for path in paths} == {".html", ".pdf", ".xlsx", ".ipynb"}
    assert {path.name: known(path, markers) for path in paths} == {
        path.name: set() for path in paths
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_detail_table_for_the_accountant_names_plans_only(
    workspace: Path, tmp_path: Path, markers: set[str], kind: str
) -> None:
    path = tmp_path / f"plans.{kind}"
    words = ("plans", "--seller", "acme", *DAY, "--format", kind, "--out", str(path))
    assert smartinst(workspace, *words).returncode == 0
    assert len(known(path, markers)) > 100
    assert smartinst(workspace, *words, "--anonymous").returncode == 0
    assert known(path, markers) == set()


def test_the_rows_of_the_page_have_the_markers_unless_they_are_asked_not_to(
    workspace: Path, markers: set[str]
) -> None:
    book = open_book("acme", AS_OF, settings=load_settings(workspace, {}))

    def rows(one: Any) -> str:
        return str(one.dataset().bundle[DATASET])

    assert len({one for one in markers if one in rows(book)}) > 100
    assert not [one for one in markers if one in rows(book.anonymous())]
    assert (
        json.loads(rows(book))["plans"]["plan_id"]
        == json.loads(rows(book.anonymous()))["plans"]["plan_id"]
    )
    names = [one["name"] for one in json.loads(rows(book.anonymous()))["filters"]]
    assert "status" in names
    assert not {"buyer", "email"} & set(names)


@pytest.mark.parametrize("command", [("run", "seller"), ("plans",)])
def test_a_filter_that_names_a_buyer_is_refused_beside_it(
    workspace: Path, command: tuple[str, ...]
) -> None:
    done = smartinst(
        workspace, *command, "--seller", "acme", *DAY, "--anonymous", "--buyer", "Rita"
    )
    assert done.returncode == 2
    assert "filter buyer: expected none in an anonymous report" in done.stderr


def test_a_notebook_that_cannot_be_anonymous_is_refused(workspace: Path) -> None:
    notebook(workspace / "notebooks" / "frank.ipynb", MINE)
    done = smartinst(
        workspace, "run", "notebooks/frank.ipynb", "--seller", "acme", *DAY, "--anonymous"
    )
    assert done.returncode == 1
    assert "declares no parameter `anonymous`" in done.stderr
