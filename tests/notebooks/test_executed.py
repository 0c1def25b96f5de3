"""An analyst's notebook that imports nothing of smartinst, executed by `smartinst run`."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest

from tests.notebooks.published import html_text, missing_texts, pdf_text, squeezed
from tests.support.notebooks import PARAMETERS, PYTHON, code_cell, document, save, text_cell
from tests.support.workspace import SELLERS, configuration, smartinst

SECRET: Final = "never published"
SECTIONS: Final = {
    "head": "orders.head(20)",
    "tall": 'pl.DataFrame({"position": range(300)})',
    "money": (
        "pl.DataFrame("
        '{"shop": ["Lima", "Osaka"], "paid_minor": [123456, 500], "currency": ["BRL", "JPY"]})'
    ),
    "text": 'pl.DataFrame({"remark": ["long " * 100 + "end-of-remark", "=1+1", "<b>bold</b>"]})',
    "types": (
        "pl.DataFrame({\n"
        '    "line": [1, 2],\n'
        '    "day": [date(2026, 3, 1), None],\n'
        '    "instant": [datetime(2026, 3, 1, 10, 30), None],\n'
        '    "share": [0.25, None],\n'
        '    "count": [7, None],\n'
        '    "is_new": [True, None],\n'
        '    "price": [Decimal("12.50"), None],\n'
        '    "parts": [["a", "b"], None],\n'
        "})"
    ),
    "wide": 'pl.DataFrame({f"c{number:02}": [number * 7] for number in range(40)})',
    "empty": 'pl.DataFrame({"nothing": pl.Series([], dtype=pl.Int64)})',
    "series": 'pl.Series("values", range(101, 126))',
    "chart": (
        'alt.Chart(orders.head(3), title="Sales by shop").mark_bar().encode(\n'
        '    x=alt.X("number:Q", title="Sum of sales"), y=alt.Y("word:N", title="Name of shop")\n)'
    ),
    "several": (
        'print("first")\ndisplay(pl.DataFrame({"second": [22]}))\nprint("third")\n'
        'display({"text/plain": "fourth"}, raw=True)\n"fifth"'
    ),
    "updates": (
        'handle = display({"text/plain": "state 1"}, raw=True, display_id="state")\n'
        'update_display({"text/plain": "state 2"}, raw=True, display_id="state")'
    ),
    "cleared": 'print("step 1")\nclear_output()\nprint("step 2")',
    "progress": (
        'for share in (10, 60, 100):\n    print(f"\\r{share} percent", end="", flush=True)\n'
        'print("\\n\\x1b[32mgreen words\\x1b[0m")'
    ),
}
IMPORTS: Final = (
    "import sys\nfrom datetime import date, datetime\nfrom decimal import Decimal\n\n"
    "import altair as alt\nimport polars as pl\n"
    "from IPython.display import clear_output, display, update_display\n\n"
    'orders = pl.DataFrame({"number": range(100), "word": [f"w{n:02}" for n in range(100)]})'
)


class Artifacts:
    """Page, PDF and workbook of the run, and their parts by section."""

    def __init__(self, folder: Path) -> None:
        self.page = html_text(next(folder.rglob("*.html")).read_text(encoding="utf-8"))
        self.pdf = pdf_text(next(folder.rglob("*.pdf")))
        book = openpyxl.load_workbook(next(folder.rglob("*.xlsx")))
        self.sheets = [list(sheet.iter_rows()) for sheet in book.worksheets]

    def parts(self, section: str) -> tuple[str, str]:
        """The texts of page and PDF between the headings of this section and the next."""
        return _part(self.page, section), _part(self.pdf, section)

    def rows(self, *head: str) -> list[list[Any]]:
        """The values of the sheet with these headings, without them."""
        for sheet in self.sheets:
            if [cell.value for cell in sheet[0]] == list(head):
                return [[cell.value for cell in row] for row in sheet[1:]]
        raise AssertionError([[cell.value for cell in sheet[0]] for sheet in self.sheets])


def _part(text: str, section: str) -> str:
    return text.split(f"begin-{section}", 1)[1].split(f"end-{section}", 1)[0]


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    """The artifacts of one run, in Portuguese."""
    folder = tmp_path_factory.mktemp("analyst")
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    cells = [text_cell("# Minhas vendas"), code_cell(PARAMETERS, "parameters"), code_cell(IMPORTS)]
    for name, source in SECTIONS.items():
        cells += [text_cell(f"begin-{name}"), code_cell(source), text_cell(f"end-{name}")]
    cells += [
        code_cell(f'print("{SECRET}")', "remove-cell"),
        code_cell(f'print("{SECRET}")', "remove-output"),
        code_cell('print("before the error")\n1 / 0', "raises-exception"),
        code_cell('print("the last words")\nsys.exit(0)'),
        code_cell(f'print("{SECRET}")\nraise ValueError'),
        text_cell(SECRET),
    ]
    save(folder / "mine.ipynb", document(*cells, kernelspec=PYTHON))
    words = ("run", "mine.ipynb", "--seller", "acme", "--as-of", "2026-10-31")
    process = smartinst(folder, *words, "--to", "html,pdf,xlsx", "--out", "out")
    assert process.returncode == 0, process.stderr
    return Artifacts(folder / "out")


def test_every_row_of_head_20_is_in_every_medium(artifacts: Artifacts) -> None:
    words = tuple(f"w{number:02}" for number in range(20))
    for text in artifacts.parts("head"):
        assert not missing_texts(text, words)
        assert not re.findall("…|shape|i64", text)
    assert artifacts.rows("number", "word") == [[n, f"w{n:02}"] for n in range(20)]


def test_a_tall_frame_has_40_rows_on_paper_and_all_in_the_workbook(artifacts: Artifacts) -> None:
    page, pdf = artifacts.parts("tall")
    numbers = [int(line) for line in pdf.splitlines() if line.strip().isdigit()]
    assert numbers == list(range(40))
    assert "260" in pdf.split()
    assert not missing_texts(page, ("0", "39"))
    assert artifacts.rows("position") == [[number] for number in range(300)]


def test_minor_units_beside_a_currency_are_money_of_the_reader(artifacts: Artifacts) -> None:
    for text in artifacts.parts("money"):
        assert not missing_texts(text, ("Lima", "R$ 1.234,56", "Osaka", "500"))
        assert "123456" not in text and "5,00" not in text
    sheet = next(s for s in artifacts.sheets if "Osaka" in [c.value for row in s for c in row])
    amounts = [cell for row in sheet for cell in row if isinstance(cell.value, int | float)]
    assert [(cell.value, cell.number_format) for cell in amounts] == [
        (1234.56, '"R$\xa0"#,##0.00'),
        (500, '"¥\xa0"#,##0'),
    ]


def test_texts_are_whole_in_the_workbook_and_never_formulas(artifacts: Artifacts) -> None:
    assert artifacts.rows("remark") == [
        ["long " * 100 + "end-of-remark"],
        ["=1+1"],
        ["<b>bold</b>"],
    ]
    assert {cell.data_type for sheet in artifacts.sheets for row in sheet for cell in row} <= {
        *("s", "n", "d", "b", "inlineStr"),
    }
    for text in artifacts.parts("text"):
        assert not missing_texts(text, ("long long", "=1+1", "<b>bold</b>"))


def test_the_workbook_has_typed_cells_and_leaves_nulls_empty(artifacts: Artifacts) -> None:
    names = ("line", "day", "instant", "share", "count", "is_new", "price", "parts")
    values, empty = artifacts.rows(*names)
    assert empty == [2, *[None] * 7]
    row = dict(zip(names, values, strict=True))
    assert isinstance(row["day"], date) and row["day"].strftime("%F") == "2026-03-01"
    assert (row["share"], row["count"], row["price"]) == (0.25, 7, 12.5)
    if isinstance(row["instant"], datetime):
        assert row["instant"] == datetime(2026, 3, 1, 10, 30)  # noqa: DTZ001 - Excel has no zones
    else:
        assert not missing_texts(str(row["instant"]), ("2026", "10:30"))
    assert str(row["is_new"]).casefold() in ("true", "sim", "1")


def test_all_columns_of_a_wide_frame_are_in_the_workbook(artifacts: Artifacts) -> None:
    names = [f"c{number:02}" for number in range(40)]
    assert artifacts.rows(*names) == [[number * 7 for number in range(40)]]
    assert all("c00" in text for text in artifacts.parts("wide"))


def test_a_frame_without_rows_leaves_something_in_its_place(artifacts: Artifacts) -> None:
    assert all(text.strip() for text in artifacts.parts("empty"))


def test_a_series_keeps_its_values(artifacts: Artifacts) -> None:
    for text in artifacts.parts("series"):
        assert not missing_texts(text, tuple(str(number) for number in range(101, 126)))


def test_a_chart_is_drawn_with_its_texts(artifacts: Artifacts) -> None:
    page, pdf = artifacts.parts("chart")
    assert "Sales by shop" in pdf
    for text in ("Sales by shop", "Sum of sales", "Name of shop", "w00", "w02"):
        assert text in page and squeezed(text) in squeezed(artifacts.pdf)
    assert "alt.Chart" not in page + pdf


def test_outputs_of_one_cell_keep_their_order(artifacts: Artifacts) -> None:
    for text in artifacts.parts("several"):
        assert not missing_texts(text, ("first", "second", "22", "third", "fourth", "fifth"))


def test_only_the_last_state_of_an_output_is_published(artifacts: Artifacts) -> None:
    for text in artifacts.parts("updates"):
        assert "state 2" in text and "state 1" not in text
    for text in artifacts.parts("cleared"):
        assert "step 2" in text and "step 1" not in text
    for text in artifacts.parts("progress"):
        assert "100 percent" in text and "60 percent" not in text
        assert "green words" in text and "\x1b" not in text and "[32m" not in text


def test_errors_that_are_allowed_and_an_early_exit_are_no_failures(artifacts: Artifacts) -> None:
    for text in (artifacts.page, artifacts.pdf):
        assert not missing_texts(
            text, ("before the error", "ZeroDivisionError: division by zero", "the last words")
        )
        assert "SystemExit" not in text


def test_removed_cells_and_cells_after_the_exit_are_not_published(artifacts: Artifacts) -> None:
    assert SECRET not in artifacts.page + artifacts.pdf
    assert "import polars" not in artifacts.page + artifacts.pdf


def test_the_notebook_is_rendered_by_its_own_name(artifacts: Artifacts) -> None:
    assert "Minhas vendas" in artifacts.page and "Minhas vendas" in artifacts.pdf
