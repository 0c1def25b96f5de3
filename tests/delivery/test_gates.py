"""Gates and conditions: each can stop a message with a reason, and lets a valid run pass."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from smartinst.delivery import gates
from smartinst.drawing.svg.prepared import is_empty
from smartinst.errors import ConfigurationError, ReportError
from smartinst.pages.reading.report import Report
from smartinst.runs import conditions
from smartinst.runs.definition_sections import Gates
from smartinst.runs.definitions import Definition

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
VALID_MEASURES: dict[str, Any] = {
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
SVG = '<svg xmlns="http://www.w3.org/2000/svg" class="marks"><g class="{}">{}</g></svg>'
SVG_WITH_MARKS = SVG.format("mark-rect role-mark", '<path d="M0,0h9v9z"/>')
SVG_WITH_AXES_ONLY = SVG.format("mark-text role-axis-label", "<text>1</text>")


def notebook(folder: Path, *outputs: dict[str, Any]) -> Path:
    cell_outputs = [
        output if "output_type" in output else {"output_type": "display_data", "data": output}
        for output in outputs
    ]
    path = folder / "run.ipynb"
    path.write_text(
        json.dumps(
            {
                "cells": [{"cell_type": "code", "source": "x", "outputs": cell_outputs}],
                "metadata": {},
            }
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
    with pikepdf.new() as document:
        document.add_blank_page()
        if is_tagged:
            document.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
            document.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot)
        document.save(path)
    return path


def reasons(
    folder: Path,
    measures: dict[str, Any] | None = None,
    svg: str | None = SVG_WITH_MARKS,
    file: Path | None = None,
    previous: dict[str, Any] | None = None,
    **gate_options: Any,
) -> list[str]:
    path = file or pdf(folder)
    definition = Definition(name="weekly", title="T", notebook="n.ipynb", gates=gate_options)
    artifacts = {"pdf": (path, hashlib.sha256(path.read_bytes()).hexdigest())}
    all_measures = VALID_MEASURES | (measures or {})
    return gates.failed_gates(
        definition, all_measures, artifacts, notebook(folder, chart(svg)), previous, NOW
    )


def test_a_valid_run_passes_every_gate(tmp_path: Path) -> None:
    assert reasons(tmp_path, previous={"plans": 90}, max_age="2d", rows_min=0.5, rows_max=2) == []


@pytest.mark.parametrize(
    ("measures", "reason"),
    [
        ({"identity_closes": False}, "does not report that its totals"),
        (
            {"overdue_minor": {"EUR": 100, "USD": 5}},
            "USD: total 0 differs from the sum of its parts, 5",
        ),
        (
            {"collected_minor": {"EUR": 601}},
            "EUR: total 1000 differs from the sum of its parts, 1001",
        ),
    ],
    ids=["by the notebook", "another currency", "by its parts"],
)
def test_totals_that_do_not_close_fail(
    tmp_path: Path, measures: dict[str, Any], reason: str
) -> None:
    (failure,) = reasons(tmp_path, measures)
    assert reason in failure


@pytest.mark.parametrize("svg", [SVG_WITH_AXES_ONLY, "<svg"], ids=["axes-only", "broken"])
def test_an_empty_chart_fails(tmp_path: Path, svg: str) -> None:
    assert reasons(tmp_path, svg=svg) == ["chart Aging: empty"]


def test_a_chart_without_a_picture_that_cannot_be_drawn_fails(tmp_path: Path) -> None:
    (reason,) = reasons(tmp_path, svg=None)
    assert "an interactive chart without a picture (Vega-Lite)" in reason


def test_a_picture_of_another_library_is_not_an_empty_chart() -> None:
    assert not is_empty('<svg xmlns="http://www.w3.org/2000/svg"><circle r="3"/></svg>')


HTML = {"video": "<video></video>", "frame": '<iframe src="https://maps.example"></iframe>'}
VIDEO = "cell [ ] at position 1: a video"
FRAME = "cell [ ] at position 1: an embedded web page (maps.example)"
ADVICE = "save a picture with the output, or tag its cell remove-output"


@pytest.mark.parametrize(
    ("kinds", "gate_options", "expected"),
    [
        ((), {}, []),
        (("video",), {}, [f"outputs: 1 cannot be drawn, undrawn is 0 ({VIDEO}): {ADVICE}"]),
        (("video", "frame", "video"), {"undrawn": 3}, []),
        (
            ("video", "frame", "video", "frame", "video"),
            {"undrawn": 4},
            [
                f"outputs: 5 cannot be drawn, undrawn is 4 ({VIDEO}; {FRAME}; {VIDEO}; "
                f"and 2 more): {ADVICE}"
            ],
        ),
    ],
    ids=["none", "above the default", "at the limit", "above the limit"],
)
def test_outputs_that_cannot_be_drawn_fail_above_their_limit(
    tmp_path: Path, kinds: tuple[str, ...], gate_options: dict[str, int], expected: list[str]
) -> None:
    definition = Definition(
        name="weekly", title="T", notebook="n.ipynb", gates=Gates.model_validate(gate_options)
    )
    executed = notebook(tmp_path, *({"text/html": HTML[kind]} for kind in kinds))
    assert gates.failed_gates(definition, VALID_MEASURES, {}, executed, None, NOW) == expected


def test_a_reason_has_one_line_and_the_beginning_of_a_long_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = Definition(name="weekly", title="T", notebook="n.ipynb")
    report = Report(tmp_path / "run.ipynb", (), undrawn=("cell [2]: a text (\nlong " * 30,))
    monkeypatch.setattr(gates, "report_at", lambda _: report)
    (reason,) = gates.failed_gates(definition, VALID_MEASURES, {}, report.path, None, NOW)
    start = "outputs: 1 cannot be drawn, undrawn is 0 (cell [2]: a text ( long"
    assert reason.startswith(start)
    assert reason.endswith(f"…): {ADVICE}")
    assert len(reason) <= gates.MAX_PLACE_LENGTH + 110


def test_a_failed_cell_fails(tmp_path: Path) -> None:
    executed = notebook(
        tmp_path, {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    )
    definition = Definition(name="weekly", title="T", notebook="n.ipynb")
    (failure,) = gates.failed_gates(definition, VALID_MEASURES, {}, executed, None, NOW)
    assert failure == "notebook: run.ipynb, cell [ ] at position 1: ValueError"


def test_the_report_of_another_seller_fails(tmp_path: Path) -> None:
    definition = Definition(name="weekly", title="T", notebook="n.ipynb")
    executed = notebook(
        tmp_path,
        {"application/vnd.smartinst.report+json": {"seller_id": "nube"}},
        chart(SVG_WITH_MARKS),
    )
    assert gates.failed_gates(definition, VALID_MEASURES, {}, executed, None, NOW, "nube") == []
    (failure,) = gates.failed_gates(definition, VALID_MEASURES, {}, executed, None, NOW, "acme")
    assert failure == "notebook: it shows the sales of nube, not of acme"


def test_a_pdf_that_is_not_tagged_or_does_not_open_fails(tmp_path: Path) -> None:
    assert reasons(tmp_path, file=pdf(tmp_path, is_tagged=False)) == ["report.pdf: is not tagged"]
    damaged = tmp_path / "broken.pdf"
    damaged.write_bytes(b"%PDF-1.7 and no more")
    (failure,) = reasons(tmp_path, file=damaged)
    assert "broken.pdf: does not open" in failure


def test_a_changed_or_missing_file_fails(tmp_path: Path) -> None:
    path = pdf(tmp_path)
    definition = Definition(name="weekly", title="T", notebook="n.ipynb")
    executed = notebook(tmp_path)
    (changed_file,) = gates.failed_gates(
        definition, VALID_MEASURES, {"pdf": (path, "0" * 64)}, executed, None, NOW
    )
    assert "SHA-256 differs" in changed_file
    (missing_file,) = gates.failed_gates(
        definition, VALID_MEASURES, {"pdf": (tmp_path / "gone.pdf", "0" * 64)}, executed, None, NOW
    )
    assert "gone.pdf: cannot be read" in missing_file


@pytest.mark.parametrize(
    ("gate_options", "previous", "reason"),
    [
        ({"max_age": "12h"}, None, "data: last day 2026-11-01, 1 days ago"),
        ({"rows_min": 0.9}, {"plans": 200}, "rows: 100 plans after 200; fewer than 0.9 times"),
        ({"rows_max": 1.5}, {"plans": 50}, "rows: 100 plans after 50; more than 1.5 times"),
    ],
    ids=["old", "fewer", "more"],
)
def test_the_gates_of_a_definition_apply(
    tmp_path: Path, gate_options: dict[str, Any], previous: dict[str, Any] | None, reason: str
) -> None:
    (failure,) = reasons(tmp_path, previous=previous, **gate_options)
    assert reason in failure


@pytest.mark.parametrize(
    ("when", "is_satisfied"),
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
def test_a_condition_compares_a_named_measure(when: str, is_satisfied: bool) -> None:
    assert conditions.is_satisfied(when, VALID_MEASURES, None) is is_satisfied


def test_changed_compares_with_the_last_run_and_ignores_dates() -> None:
    assert conditions.is_satisfied("changed", VALID_MEASURES, None)
    assert not conditions.is_satisfied(
        "changed", VALID_MEASURES | {"as_of": "2026-11-02"}, VALID_MEASURES
    )
    outcomes = {"forecast_outcomes": [["2026-09-30", "EUR", "30", 1, 2, 3, 4, None, 2]]}
    assert not conditions.is_satisfied("changed", VALID_MEASURES, VALID_MEASURES | outcomes)
    assert conditions.is_satisfied("changed", VALID_MEASURES | {"plans": 101}, VALID_MEASURES)


def test_overdue_is_not_satisfied_without_debt() -> None:
    assert not conditions.is_satisfied(
        "overdue", VALID_MEASURES | {"plans_with_debt": 0}, VALID_MEASURES
    )


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
def test_an_invalid_condition_is_rejected(when: str) -> None:
    with pytest.raises(ConfigurationError, match="when"):
        conditions.parse_condition(when)


def test_a_missing_measure_is_named() -> None:
    with pytest.raises(ReportError, match="no measure par30"):
        conditions.is_satisfied("par30 > 0.2", {"plans": 1}, None)
