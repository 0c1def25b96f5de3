"""Tooltips of charts: the reader's language, and full amounts in their own currency."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from smartinst.pages.html.page import render_page
from smartinst.report.charts.catalog import CHARTS
from tests.report.test_states import execute_notebook
from tests.support.builders import Attempt, Plan
from tests.support.chromium import open_page
from tests.support.executed import COMPLETE_DATA, edition_at

TOOLTIPS = {
    "possible-by-month": ["mar 2026", "Em atraso: ¥ 10.000"],
    "overdue-by-product": ["Produto: Curso", "Parcelas em atraso: 3"],
    "aging": ["Dias de atraso: 61-90", "Parcelas em atraso: 1"],
    "days-overdue-by-charge": [
        *(
            "Parcelas: 6",
            "Parcelas em atraso: 3",
            "Dias de atraso: 5 – 64",
            "Metade central: 20,5 – 50",
        ),
        "Mediana: 36",
    ],
    "refusals": ["Motivo desconhecido", "Não pago: 1"],
    "status-by-installments": ["Parcelas: 6", "Status: Em andamento com pendências", "Planos: 1"],
    "revenue": ["Recebido: ¥ 10.000"],
    "revenue-by-month": ["jan 2026", "Recebimentos: ¥ 10.000"],
    "net-by-month": ["jan 2026", "Líquido: KWD 89,125"],
    "net-by-country": ["Portugal: KWD 89,125"],
}
"""Chart → the lines of one of its tooltips."""


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page in Portuguese of a debt in yen whose net is in dinars."""
    paid = Attempt(1, "15 Jan", "15 Jan", currency="JPY", net={"KWD": 89_125})
    plans = [Plan(6, (paid, Attempt(2, "15 Feb", currency="JPY")))]
    path = execute_notebook(
        tmp_path_factory.mktemp("told") / "told.ipynb", plans, COMPLETE_DATA, "pt-BR"
    )
    target = path.with_suffix(".html")
    target.write_text(render_page(edition_at(path)), encoding="utf-8")
    return open_page(chromium, target)[0]


def tooltips(page: Page, chart: str) -> list[list[str]]:
    """The lines of each tooltip of the chart, with plain spaces."""
    texts = []
    marks = page.locator(f"[data-chart=chart-{chart}] .mark-rect path")
    for mark in marks.all():
        if mark.is_visible():
            mark.hover(force=True)
            text = page.locator("#tooltip").text_content() or ""
            texts.append(text.replace("\u00a0", " ").splitlines())
    return texts


@pytest.mark.parametrize("chart", TOOLTIPS)
def test_a_tooltip_is_in_the_readers_language(page: Page, chart: str) -> None:
    assert TOOLTIPS[chart] in tooltips(page, chart)


def test_every_chart_has_a_tooltip_here() -> None:
    assert {name.replace("_", "-") for name in CHARTS} == set(TOOLTIPS)
