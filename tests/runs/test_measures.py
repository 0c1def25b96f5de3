"""Measures of earlier reports are read only if they have the expected form."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smartinst.report.mime_bundles import MEASURES
from smartinst.runs.measures import newest_measures, valid_measures
from tests.support.notebooks import code_cell, document, save

MEASURED: dict[str, Any] = {
    "as_of": "2026-11-22",
    "data_through": None,
    "plans": 295,
    "identity_closes": True,
    "overdue_minor": {"BRL": 12345, "EUR": 0},
    "net_minor": {"BRL": -5},
    "par30": {"BRL": [1, 2]},
    "forecast_outcomes": [],
    "own_share": 0.25,
    "own_counts": {"north": 3, "south": None},
}


def test_measures_of_a_report_are_read_as_they_are() -> None:
    assert valid_measures(MEASURED) == MEASURED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("as_of", "yesterday"),
        ("as_of", 20261122),
        ("plans", "many"),
        ("plans", True),
        ("plans", 10**40),
        ("overdue_minor", {"BRL": "12345"}),
        ("overdue_minor", {"BRL": 1.5}),
        ("overdue_minor", {"reais": 1}),
        ("overdue_minor", [["BRL", 1]]),
        ("par30", {"BRL": [1]}),
        ("forecast_outcomes", [["2026-01-01"]]),
        ("forecast_outcomes", "none"),
        ("own_text", "x" * 10_000),
        ("own_number", float("nan")),
        ("own_list", [[[]]]),
        ("own_nested", {"a": {"b": 1}}),
    ],
)
def test_a_measure_of_another_form_is_left_out(name: str, value: Any) -> None:
    assert valid_measures({**MEASURED, name: value}) == {
        key: content for key, content in MEASURED.items() if key != name
    }


def test_an_old_notebook_with_wrong_measures_does_not_stop_the_next_run(tmp_path: Path) -> None:
    measures = {"as_of": "long ago", "overdue_minor": {"BRL": 7}}
    cell = code_cell("1")
    cell["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {MEASURES: measures}},
    ]
    folder = tmp_path / "2026-11-01"
    folder.mkdir()
    save(folder / "report.ipynb", json.loads(json.dumps(document(cell))))
    assert newest_measures(tmp_path, date(2026, 11, 8)) == {"overdue_minor": {"BRL": 7}}
