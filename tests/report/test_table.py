"""A table is the same on both sides of a notebook, and a value is written in one way."""

from __future__ import annotations

import json

import pytest

from smartinst.analytics.figures import PARTS
from smartinst.analytics.metrics import PLAN_KEYS
from smartinst.drawing.palette import PART_COLORS
from smartinst.i18n.locales import Locale
from smartinst.report.table import Column, Table
from smartinst.report.tables.columns import PLAN_COLUMNS, WORKBOOK_COLUMNS
from smartinst.report.value_text import format_value

COLUMNS = (
    Column("status", "Status", "status"),
    Column("currency", "Currency"),
    Column("overdue_minor", "Overdue", "money", "currency"),
    Column("share", "Share", "percent", numerator="a", denominator="b", within=("currency",)),
    Column("movement_minor", "Movement", "money", currency="JPY", minus=("a", "b")),
    Column("help", "Remedy", labels={"wait": "Wait"}),
    Column("ratio", "Ratio", "number", decimals=3),
)
ROW = ("Completed", "EUR", 123_456, [1, 4], -5, "wait", 0.5)


def test_a_table_read_from_a_notebook_equals_the_one_written() -> None:
    table = Table(
        "t",
        "Title",
        COLUMNS,
        (ROW,),
        total_rows=2,
        more="and 1 more row",
        figure={"name": "revenue", "by": ["currency"]},
        all_rows=(ROW, ROW),
        sort=(("status", "asc"),),
        top=1,
        nonzero=("overdue_minor",),
        required_values={"name": "status", "values": ["Completed"]},
    )
    for is_compact in (False, True):
        content = json.loads(json.dumps(table.to_json(is_compact=is_compact)))
        assert Table.from_json(content) == table


def test_a_row_of_another_width_is_refused_with_its_place() -> None:
    content = {"name": "t", "columns": [{"name": "a"}], "rows": [[1], [1, 2]]}
    with pytest.raises(ValueError, match="table t: row 1 has 2 values for 1 columns"):
        Table.from_json(content)


def test_each_value_is_written_as_its_column_says() -> None:
    table, locale = Table("t", "Title", COLUMNS, (ROW,)), Locale("en")
    texts = [
        format_value(column, value, locale, table.currency(column, ROW))
        for column, value in zip(COLUMNS, ROW, strict=True)
    ]
    assert texts == ["Completed", "EUR", "€1,234.56", "25%", "−¥5", "Wait", "0.500"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("text", None, ""),
        ("country", None, "País desconhecido"),
        ("country", "BR", "Brasil"),
        ("month", "2026-10", "out 2026"),
        ("date", "2026-10-31", "31/10/2026"),
        ("integer", 1234, "1.234"),
        ("text", 0.5, "0,50"),
        ("text", float("nan"), "NaN"),
        ("text", True, "sim"),
        ("percent", [1, 0], "–"),
        ("amounts", [(100, "EUR"), (5, "JPY")], "€\xa01,00 · ¥\xa05"),
        ("list", ["a", "b"], "a, b"),
        ("another kind", "as it is", "as it is"),
    ],
)
def test_a_value_is_written_in_the_readers_language(kind: str, value: object, text: str) -> None:
    assert format_value(Column("c", "C", kind), value, Locale("pt-BR")) == text


def test_every_part_of_the_total_has_a_color() -> None:
    assert sorted(PART_COLORS) == sorted(PARTS)


def test_the_workbook_has_the_plan_columns_of_the_json_document() -> None:
    declared = [column.name for column in PLAN_COLUMNS if column.name in PLAN_KEYS]
    assert sorted(declared) == sorted(WORKBOOK_COLUMNS)
