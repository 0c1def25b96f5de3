"""`smartinst demo` in an empty folder, end to end."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import openpyxl
import pytest

from smartinst.i18n.locales import Locale
from smartinst.settings import DEMO_SELLERS, Seller
from tests.support.executed import outputs_at
from tests.support.workspace import smartinst


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Seller → format → path, as printed by the demo."""
    folder = tmp_path_factory.mktemp("demo")
    process = smartinst(folder, "demo")
    assert process.returncode == 0, process.stderr
    paths = [Path(line) for line in process.stdout.split()]
    return {
        seller.id: {path.suffix[1:]: path for path in paths if path.parent.parent.name == seller.id}
        for seller in DEMO_SELLERS
    }


def test_the_demo_writes_four_artifacts_for_each_of_three_sellers(
    demo: dict[str, dict[str, Path]],
) -> None:
    assert {seller: set(paths) for seller, paths in demo.items()} == {
        seller.id: {"pdf", "html", "xlsx", "ipynb"} for seller in DEMO_SELLERS
    }
    assert all(path.stat().st_size > 10_000 for paths in demo.values() for path in paths.values())


@pytest.mark.parametrize("seller", DEMO_SELLERS, ids=lambda seller: seller.locale)
def test_a_report_is_in_the_sellers_language_and_shows_every_status(
    demo: dict[str, dict[str, Path]], seller: Seller
) -> None:
    text = subprocess.run(
        ["pdftotext", demo[seller.id]["pdf"], "-"], capture_output=True, text=True, check=True
    ).stdout
    flat = " ".join(text.split())
    locale = Locale(seller.locale)
    for status in ("In progress with issues", "Completed", "Canceled", "Refunded", "Inactive"):
        assert locale.status(status) in flat
    assert "WhatsApp" in flat
    assert not re.search(r"\b(nan|NaN|None|null|undefined)\b", flat)


def test_the_totals_of_the_pdf_are_those_of_the_measures(demo: dict[str, dict[str, Path]]) -> None:
    for seller in DEMO_SELLERS:
        measures, *_ = outputs_at(
            demo[seller.id]["ipynb"], "application/vnd.smartinst.measures+json"
        )
        text = subprocess.run(
            ["pdftotext", demo[seller.id]["pdf"], "-"], capture_output=True, text=True, check=True
        ).stdout
        flat = " ".join(text.split())
        locale = Locale(seller.locale)
        for currency, minor in measures["collected_minor"].items():
            assert " ".join(locale.money(minor, currency).split()) in flat


def test_the_workbook_has_one_row_per_plan_and_no_formulas(
    demo: dict[str, dict[str, Path]],
) -> None:
    for paths in demo.values():
        measures, *_ = outputs_at(paths["ipynb"], "application/vnd.smartinst.measures+json")
        book = openpyxl.load_workbook(paths["xlsx"])
        plans = book.worksheets[1]
        assert plans.auto_filter.ref.endswith(str(measures["plans"] + 1))
        assert not [
            cell
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]


def test_the_page_loads_nothing_from_outside(demo: dict[str, dict[str, Path]]) -> None:
    for seller, paths in demo.items():
        page = paths["html"].read_text(encoding="utf-8")
        assert f'data-seller="{seller}"' in page
        assert not re.search(r'(src|href)="(https?:)?//(?!wa\.me)', page)
        assert paths["html"].stat().st_size < 3_000_000


def test_every_chart_has_a_picture_and_a_text(
    demo: dict[str, dict[str, Path]],
) -> None:
    notebook = json.loads(demo["loft"]["ipynb"].read_text(encoding="utf-8"))
    bundles = [
        output["data"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    charts = [bundle for bundle in bundles if "application/vnd.vegalite.v6+json" in bundle]
    assert len(charts) >= 9
    for bundle in charts:
        assert "image/svg+xml" in bundle
        assert len("".join(bundle["text/plain"]).split()) >= 4
