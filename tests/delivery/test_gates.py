"""Gates and conditions: each can stop a mail, says why, and lets a good one pass."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from smartinst.delivery import gates
from smartinst.drawing.svg import is_empty
from smartinst.errors import ConfigurationError, ReportError
from smartinst.runs import conditions
from smartinst.runs.definitions import Definition

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "identity_closes": True,
    "plans": 100,
    "plans_with_debt": 3,
    "data_through": "2026-11-01",
    "as_of": "2026-11-01",
    "total_minor": {"EUR": 1000},
    "collected_minor": {"EUR": 600},
    "overdue_minor": {"EUR": 100},
    "to_receive_minor": {"EUR": 300},
    "par30": {"EUR": [10, 100], "USD": [30, 100], "GBP": [0, 0]},
}
DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" class="marks"><g class="mark-rect role-mark"><path d="M0,0h9v9z"/></g></svg>'
AXES = '<svg xmlns="http://www.w3.org/2000/svg" class="marks"><g class="mark-text role-axis-label"><text>1</text></g></svg>'


def notebook(folder: Path, *outputs: dict[str, Any]) -> Path:
    shown = [
        one if "output_type" in one else {"output_type": "display_data", "data": one}
        for one in outputs
    ]
    path = folder / "run.ipynb"
    path.write_text(
        json.dumps(
            {"cells": [{"cell_type": "code", "source": "x", "outputs": shown}], "metadata": {}}
        )
    )
    return path


def chart(svg: str | None) -> dict[str, Any]:
    return {
        "application/vnd.vegalite.v6+json": {"title": "Aging"},
        **({"image/svg+xml": svg} if svg else {}),
    }


def pdf(folder: Path, is_tagged: bool = True) -> Path:
    path = folder / "report.pdf"
    with pikepdf.new() as made:
        made.add_blank_page()
        if is_tagged:
            made.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
            made.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot)
        made.save(path)
    return path


def reasons(
    folder: Path,
    measures: dict[str, Any] | None = None,
    svg: str | None = DRAWN,
    file: Path | None = None,
    last: dict[str, Any] | None = None,
    **asked: Any,
) -> list[str]:
    made = file or pdf(folder)
    definition = Definition(name="weekly", title="T", notebook="n.ipynb", gates=asked)
    artifacts = {"pdf": (made, hashlib.sha256(made.read_bytes()).hexdigest())}
    found = GOOD | (measures or {})
    return gates.failed_gates(definition, found, artifacts, notebook(folder, chart(svg)), last, NOW)


def test_a_good_run_passes_every_gate(tmp_path: Path) -> None:
    assert reasons(tmp_path, last={"plans": 90}, max_age="2d", rows_min=0.5, rows_max=2) == []


@pytest.mark.parametrize(
    ("measures", "reason"),
    [
        ({"identity_closes": False}, "does not say that its totals close"),
        (
            {"overdue_minor": {"EUR": 100, "USD": 5}},
            "USD: total 0 does not close, its parts sum to 5",
        ),
        (
            {"collected_minor": {"EUR": 601}},
            "EUR: total 1000 does not close, its parts sum to 1001",
        ),
    ],
    ids=["said", "another currency", "summed"],
)
def test_money_that_does_not_close_stays(
    tmp_path: Path, measures: dict[str, Any], reason: str
) -> None:
    (found,) = reasons(tmp_path, measures)
    assert reason in found


@pytest.mark.parametrize("svg", [None, AXES, "<svg"], ids=["no-picture", "axes-only", "broken"])
def test_an_empty_chart_stays(tmp_path: Path, svg: str | None) -> None:
    assert reasons(tmp_path, svg=svg) == ["chart Aging: empty"]


def test_a_picture_of_another_library_is_no_empty_chart() -> None:
    assert not is_empty('<svg xmlns="http://www.w3.org/2000/svg"><circle r="3"/></svg>')


def test_a_failed_cell_stays(tmp_path: Path) -> None:
    executed = notebook(
        tmp_path, {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    )
    definition = Definition(name="weekly", title="T", notebook="n.ipynb")
    (found,) = gates.failed_gates(definition, GOOD, {}, executed, None, NOW)
    assert found == "notebook: run.ipynb, cell 1: ValueError: no"


def test_the_report_of_another_seller_stays(tmp_path: Path) -> None:
    definition = Definition(name="weekly", title="T", notebook="n.ipynb")
    executed = notebook(
        tmp_path, {"application/vnd.smartinst.report+json": {"seller_id": "nube"}}, chart(DRAWN)
    )
    assert gates.failed_gates(definition, GOOD, {}, executed, None, NOW, "nube") == []
    (found,) = gates.failed_gates(definition, GOOD, {}, executed, None, NOW, "acme")
    assert found == "notebook: it shows the sales of nube, not of acme"


def test_a_pdf_that_is_not_tagged_or_does_not_open_stays(tmp_path: Path) -> None:
    assert reasons(tmp_path, file=pdf(tmp_path, is_tagged=False)) == ["report.pdf: is not tagged"]
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and no more")
    (found,) = reasons(tmp_path, file=broken)
    assert "broken.pdf: does not open" in found


def test_a_file_that_changed_or_is_gone_stays(tmp_path: Path) -> None:
    made = pdf(tmp_path)
    definition = Definition(name="weekly", title="T", notebook="n.ipynb")
    executed = notebook(tmp_path)
    (changed,) = gates.failed_gates(
        definition, GOOD, {"pdf": (made, "0" * 64)}, executed, None, NOW
    )
    assert "SHA-256 differs" in changed
    (gone,) = gates.failed_gates(
        definition, GOOD, {"pdf": (tmp_path / "gone.pdf", "0" * 64)}, executed, None, NOW
    )
    assert "gone.pdf: cannot be read" in gone


@pytest.mark.parametrize(
    ("asked", "last", "reason"),
    [
        ({"max_age": "12h"}, None, "data: reaches to 2026-11-01, 1 days ago"),
        ({"rows_min": 0.9}, {"plans": 200}, "rows: 100 plans after 200; fewer than 0.9 times"),
        ({"rows_max": 1.5}, {"plans": 50}, "rows: 100 plans after 50; more than 1.5 times"),
    ],
    ids=["old", "fewer", "more"],
)
def test_a_definitions_own_gates_hold(
    tmp_path: Path, asked: dict[str, Any], last: dict[str, Any] | None, reason: str
) -> None:
    (found,) = reasons(tmp_path, last=last, **asked)
    assert reason in found


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("always", True),
        ("overdue", True),
        ("plans_with_debt > 3", False),
        ("plans_with_debt >= 3", True),
        ("plans == 100", True),
        ("plans != 100", False),
        ("par30 > 0.2", True),
        ("par30 > 0.3", False),
        (" par30<=0.3 ", True),
    ],
)
def test_a_condition_reads_a_named_measure(when: str, holds: bool) -> None:
    assert conditions.is_satisfied(when, GOOD, None) is holds


def test_changed_compares_with_the_last_run_whatever_the_day() -> None:
    assert conditions.is_satisfied("changed", GOOD, None)
    assert not conditions.is_satisfied("changed", GOOD | {"as_of": "2026-11-02"}, GOOD)
    assert conditions.is_satisfied("changed", GOOD | {"plans": 101}, GOOD)


def test_nobody_overdue_holds_nothing_back_but_the_overdue_report() -> None:
    assert not conditions.is_satisfied("overdue", GOOD | {"plans_with_debt": 0}, GOOD)


@pytest.mark.parametrize(
    "when",
    [
        "",
        "sometimes",
        "par30 > 0.2 or True",
        "__import__('os')",
        "plans > x",
        "money > 3",
        "par30 > 1e9",
        "always;",
    ],
)
def test_what_is_no_condition_is_refused(when: str) -> None:
    with pytest.raises(ConfigurationError, match="when"):
        conditions.parse_condition(when)


def test_a_measure_that_the_notebook_does_not_show_is_named() -> None:
    with pytest.raises(ReportError, match="no measure par30"):
        conditions.is_satisfied("par30 > 0.2", {"plans": 1}, None)
