"""A pandas frame is a table by its values: index, types and missing values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from smartinst.report.display import install
from smartinst.report.frames.frame_output import MAX_ROWS
from smartinst.report.mime_bundles import TABLE
from smartinst.report.reader import Reader
from smartinst.report.table import Table
from tests.report.test_frame_output import EVENING, INFINITY, MARCH, NAN, bundle
from tests.support.pandas_interface import pandas


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    install(shell, Reader("pt-BR", "America/Sao_Paulo", is_live=False))
    yield shell
    InteractiveShell.clear_instance()


def table(shell: InteractiveShell, value: Any) -> Table:
    return Table.from_json(bundle(shell, value)[TABLE])


@pytest.mark.parametrize(
    ("values", "kind", "json_values"),
    [
        ([1, 2], "integer", [1, 2]),
        ([1.5, NAN, INFINITY], "number", [1.5, None, "Infinity"]),
        ([True, False], "boolean", [True, False]),
        (["a", None], "text", ["a", None]),
        ([MARCH, None], "date", ["2026-03-09", None]),
        ([MARCH, EVENING], "datetime", ["2026-03-09T00:00:00", "2026-11-30T21:00:00"]),
        ([EVENING.replace(tzinfo=UTC)], "datetime", ["2026-11-30T21:00:00+00:00"]),
        ([timedelta(days=1, microseconds=5)], "duration", ["86400.000005"]),
        ([date(2026, 3, 9), None], "date", ["2026-03-09", None]),
        ([time(9, 5)], "time", ["09:05:00"]),
        ([Decimal("1.50"), None], "decimal", ["1.50", None]),
        ([["a", "b"]], "list", [["a", "b"]]),
        ([{"a": [1]}], "text", ['{"a": [1]}']),
        ([b"\xff"], "text", ["ff"]),
        ([1 + 2j], "text", ["(1+2j)"]),
        ([1, "a", MARCH], "mixed", [1, "a", {"kind": "datetime", "value": MARCH.isoformat()}]),
        ([None], "text", [None]),
    ],
    ids=str,
)
def test_each_type_has_its_kind(
    shell: InteractiveShell, values: list[Any], kind: str, json_values: list[Any]
) -> None:
    frame = table(shell, pandas.DataFrame({"c": values}))
    assert frame.columns[0].kind == kind
    assert [row[0] for row in frame.rows] == json_values


def test_amounts_beside_a_currency_are_money_although_one_is_missing(
    shell: InteractiveShell,
) -> None:
    frame = pandas.DataFrame({"overdue_minor": [123.0, NAN], "currency": ["BRL", "BRL"]})
    overdue = table(shell, frame)
    assert [column.label for column in overdue.columns] == ["Em atraso", "Moeda"]
    assert (overdue.columns[0].kind, overdue.rows) == ("money", ((123, "BRL"), (None, "BRL")))


@pytest.mark.parametrize(
    ("index", "names", "first_row"),
    [
        (lambda: None, ["n"], (5,)),
        (lambda: pandas.Index(["a", "b"]), ["index", "n"], ("a", 5)),
        (
            lambda: pandas.Index([MARCH, EVENING], name="day"),
            ["day", "n"],
            ("2026-03-09T00:00:00", 5),
        ),
        (
            lambda: pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["status", None]),
            ["status", "level_1", "n"],
            ("a", 1, 5),
        ),
    ],
    ids=["numbers of rows", "labels", "named", "two levels"],
)
def test_the_index_is_in_the_first_columns_unless_it_numbers_the_rows(
    shell: InteractiveShell, index: Any, names: list[str], first_row: tuple[Any, ...]
) -> None:
    frame = table(shell, pandas.DataFrame({"n": [5, 6]}, index=index()))
    assert [column.name for column in frame.columns] == names
    assert frame.rows[0] == first_row


def test_names_of_columns_are_texts_and_levels_are_joined(shell: InteractiveShell) -> None:
    frame = pandas.DataFrame({("paid", "sum"): [1], ("paid", ""): [2]})
    assert [column.label for column in table(shell, frame).columns] == ["paid · sum", "paid"]
    (column,) = table(shell, pandas.DataFrame({2026: [1]})).columns
    assert column.label == "2026"


def test_a_series_is_a_frame_of_one_column(shell: InteractiveShell) -> None:
    series = pandas.Series([1.5], index=pandas.Index(["a"]), name="share")
    (row,) = table(shell, series).rows
    assert row == ("a", 1.5)
    assert [column.name for column in table(shell, pandas.Series([1])).columns] == [""]


def test_a_long_frame_says_which_rows_are_there(shell: InteractiveShell) -> None:
    frame = table(shell, pandas.DataFrame({"n": [1] * (MAX_ROWS + 1)}))
    assert len(frame.rows) == MAX_ROWS
    assert frame.caption == "As primeiras 200.000 linhas de um total de 200.001."
