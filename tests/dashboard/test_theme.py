"""The live board by keyboard, for screen readers and in narrow windows; the export of its table."""

from __future__ import annotations

import csv
import gzip
import re
import secrets
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe  # ships no types

from smartinst.dashboard.api import explore
from smartinst.dashboard.plan.timeline import time_line
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.dashboard.widgets.key_figures import key_figures_html
from smartinst.dashboard.widgets.plan_table import PIECE_SIZE, PlanTable, export_pieces
from smartinst.dashboard.widgets.primitives import ControlLabels
from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.report.tables.state_labels import STATES
from tests.support.jupyterlab import Screen, open_screen, run_server
from tests.support.workspace import smartinst

FOCUS = """() => {
  const at = document.activeElement, row = at.closest("[data-plan-id]");
  return [at.tagName, row ? row.dataset.planId : at.dataset.column ?? at.value ?? ""];
}"""
"""The focused element's tag, and its row, column or value."""


@pytest.fixture(scope="module")
def screen(workspace: Path) -> Iterator[Screen]:
    """acme's board in Portuguese, served by `smartinst serve`."""
    with run_server("serve", workspace, {}) as address, open_screen(address) as screen:
        screen.page.set_default_timeout(10_000)
        screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        screen.wait_for_board()
        screen.page.locator(".smartinst-charts summary[aria-label]").nth(3).wait_for()
        yield screen
        assert (screen.foreign_requests, screen.errors) == ([], [])


@pytest.fixture(scope="module")
def board(workspace: Path) -> LiveBoard:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        live_board = explore("acme", locale="pt-BR")
    assert isinstance(live_board, LiveBoard)
    return live_board


def row_ids(screen: Screen) -> list[str]:
    """The ids of the plans whose rows are in the document."""
    plan_ids: list[str] = screen.page.evaluate(
        "[...document.querySelectorAll('tr[data-plan-id]')].map(r => r.dataset.planId)"
    )
    return plan_ids


def test_every_control_has_a_name_in_the_readers_language(screen: Screen) -> None:
    page = screen.page
    screen.open_plan(row_ids(screen)[0])
    page.locator(".smartinst-timeline summary[aria-label]").wait_for()
    screen.show_all_filters()
    violations = Axe().run(page).response["violations"]
    rules = {
        violation["id"]: violation["nodes"][0]["html"][:200]
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    }
    assert rules == {}
    assert not {"empty-table-header", "html-has-lang"} & {
        violation["id"] for violation in violations
    }
    for name in ("Data de", "Moeda", "País", "Forma de pagamento", "Tipo de cobrança"):
        assert page.get_by_role("combobox", name=name, exact=True).count() == 1, name
    for name in ("Parcelas: mínimo", "Parcelas: máximo", "Parcelas emitidas: mínimo"):
        assert page.get_by_role("slider", name=name, exact=True).count() == 1, name
    assert page.get_by_label("Até", exact=True).get_attribute("type") == "date"
    assert page.get_by_role("checkbox", name=re.compile(r"^Em andamento \d+$")).count() == 1
    assert page.get_by_role("region", name="Planos", exact=True).count() == 1
    page.locator(".smartinst-charts summary").first.click()
    assert page.locator(".vega-actions").first.inner_text().split("\n") == [
        "Salvar como SVG",
        "Salvar como PNG",
    ]
    page.locator(".smartinst-charts summary").first.click()
    assert page.evaluate("[document.documentElement.lang, document.title]") == [
        "pt-BR",
        "Parcelamento Inteligente: Acme Cursos",
    ]
    assert page.evaluate("document.querySelectorAll('.smartinst-part[lang=pt-BR]').length") >= 4


def test_the_keyboard_focus_is_kept(screen: Screen) -> None:
    page, plan_id = screen.page, row_ids(screen)[2]
    row = page.locator(f"tr[data-plan-id='{plan_id}']")
    row.locator(".smartinst-open-button").focus()
    page.keyboard.press("Enter")
    page.locator(f".smartinst-plan[data-plan='{plan_id}']").wait_for()
    assert page.evaluate(FOCUS) == ["BUTTON", plan_id]
    row.locator("input").focus()
    page.keyboard.press("Space")
    page.locator(".smartinst-main-table").get_by_text("1 selecionado").wait_for()
    assert page.evaluate(FOCUS) == ["INPUT", plan_id]
    page.keyboard.press("Space")
    page.locator(".smartinst-main-table").get_by_text("0 selecionados").wait_for()
    plan_ids, count = row_ids(screen), screen.plan_count()
    page.locator("th button[data-column=plan_id]").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        f"document.querySelector('tr[data-plan-id]').dataset.planId !== '{plan_ids[0]}'"
    )
    assert page.evaluate(FOCUS) == ["BUTTON", "plan_id"]
    assert page.locator("th[aria-sort=ascending] button").get_attribute("data-column") == "plan_id"
    page.locator(".smartinst-checkboxes input[value=Canceled]").focus()
    page.keyboard.press("Space")
    screen.wait_for_plan_count(f"< {count}")
    assert page.evaluate(FOCUS) == ["INPUT", "Canceled"]
    page.keyboard.press("Space")
    screen.wait_for_plan_count(count)


def test_selecting_text_with_the_mouse_opens_no_plan(screen: Screen) -> None:
    page, open_plan_id = screen.page, row_ids(screen)[0]
    screen.open_plan(open_plan_id)
    row = page.locator("tr[data-plan-id]:not(.opened)", has_text=" da ").first
    cell, plan_id = row.locator("td").nth(3), row.get_attribute("data-plan-id")
    cell.hover(position={"x": 12, "y": 16})  # waits until the table is stable
    page.mouse.down()
    cell.hover(position={"x": 70, "y": 16}, force=True)
    page.mouse.up()
    text = page.evaluate("String(getSelection())").strip()
    assert text in cell.inner_text()
    assert len(text) > 3
    assert page.locator("tr.opened").get_attribute("data-plan-id") == open_plan_id
    cell.click(position={"x": 12, "y": 16})
    page.locator(f".smartinst-plan[data-plan='{plan_id}']").wait_for()


def test_selected_plans_are_exported_as_the_command_writes_them(
    screen: Screen, workspace: Path
) -> None:
    page = screen.page
    with page.expect_download() as download:
        page.get_by_role("button", name="Baixar em CSV (60)").click()
    file_name = re.fullmatch(
        r"plans-acme-(\d{4}-\d\d-\d\d)\.csv", download.value.suggested_filename
    )
    assert file_name
    command = smartinst(
        workspace, "plans", "--seller", "acme", "--as-of", file_name[1], "--format", "csv"
    ).stdout
    assert download.value.path().read_text(encoding="utf-8").splitlines() == command.splitlines()
    plan_ids = row_ids(screen)[1:3]
    for plan_id in plan_ids:
        page.locator(f"tr[data-plan-id='{plan_id}'] input").check()
    page.get_by_role("button", name="Copiar (2)").click()
    page.get_by_text("Copiado").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    rows = [row for row in csv.reader(StringIO(command)) if row[1] in ("plan_id", *plan_ids)]
    assert list(csv.reader(StringIO(text), delimiter="\t")) == rows


def test_a_narrow_table_shows_the_money_and_hints_at_more_columns(screen: Screen) -> None:
    page = screen.page
    page.set_viewport_size({"width": 800, "height": 900})
    page.locator(".smartinst-main-table .smartinst-has-more-columns").wait_for()
    for label in ("Plano", "Em atraso", "Comprador", "Dias de atraso"):
        box = page.locator(
            ".smartinst-main-table th", has_text=re.compile(f"^{label}")
        ).bounding_box()
        assert box, label
        assert box["x"] + box["width"] < 780, label
    assert page.locator(".smartinst-main-table th", has_text="Ação").count() == 0
    page.locator(".smartinst-main-table .smartinst-viewport").evaluate(
        "one => { one.scrollLeft = 1e5; }"
    )
    page.locator(".smartinst-main-table .smartinst-has-more-columns").wait_for(state="detached")
    assert (
        page.locator(".smartinst-plan td.right").first.evaluate(
            "one => getComputedStyle(one).textAlign"
        )
        == "right"
    )
    screen.save_picture("look-800")


def amounts(html: str, currency: str) -> dict[str, int]:
    """The amounts of a currency's card by figure."""
    lines = re.findall(r'data-figure="(\w+)" data-currency="(\w+)" data-minor="(-?\d+)"', html)
    return {
        name: int(minor)
        for name, code, minor in lines
        if code == currency and name not in ("net_minor", "estimated_minor")
    }


def test_the_key_figures_name_what_is_lost_and_add_up(board: LiveBoard) -> None:
    names = set()
    for row in board.selection.fold("revenue").iter_rows(named=True):
        parts = amounts(board.key_figures.html.value, row["currency"])
        total = parts.pop("total_minor")
        subsets = {
            name: parts.pop(name)
            for name in ("disputed_minor", "unconfirmed_minor")
            if name in parts
        }
        assert all(subsets.values())
        assert sum(parts.values()) == total == row["total_minor"]
        assert "released_minor" not in parts
        unconditional = {"collected_minor", "overdue_minor", "to_receive_minor"}
        assert all(minor for name, minor in parts.items() if name not in unconditional)
        names |= parts.keys() | subsets.keys()
    assert {"lost_minor", "not_earned_minor", "not_activated_minor", "returned_minor"} <= names


def test_details_of_the_key_figures_are_displayed_on_request(screen: Screen) -> None:
    lost = screen.page.locator(".smartinst-keys [data-figure=lost_minor]").first
    button = screen.page.get_by_role("button", name="Todos os valores", exact=True)
    assert lost.is_hidden()
    button.click()
    lost.wait_for()
    button.click()
    lost.wait_for(state="hidden")


@pytest.mark.parametrize("tag", ["pt-BR", "es"])
def test_released_amounts_are_named_by_their_reason(board: LiveBoard, tag: str) -> None:
    locale = Locale(tag)
    assert "liber" not in key_figures_html(board.selection, locale).lower()
    assert "liber" not in locale.gettext("Will not come in").lower()


def test_status_counts_follow_every_other_filter_and_mark(board: LiveBoard) -> None:
    def counts() -> dict[str, int]:
        options: Any = board.filter_panel.controls["status"].widget.options
        return {value: int(count) for _, value, count in options}

    unfiltered_counts = counts()
    board.filter_panel.show({"status": ["Completed"]})
    assert counts() == unfiltered_counts
    country = board.selection.plans["country"].drop_nulls().mode().sort()[0]
    board.filter_panel.show({"status": ["Completed"], "country": country})
    plans = board.selection.plans.filter(pl.col("country") == country)
    assert sum(counts().values()) == plans.height < sum(unfiltered_counts.values())
    board.select_marks("status_by_installments", [{"installments": 12.0, "status": "In progress"}])
    selected = plans.filter((pl.col("installments") == 12) & (pl.col("status") == "In progress"))
    assert {name: count for name, count in counts().items() if count} == (
        {"In progress": selected.height} if selected.height else {}
    )
    board.deselect_marks("status_by_installments")
    board.filter_panel.show({})


def test_clearing_is_reported_before_the_filters_change(board: LiveBoard) -> None:
    events: list[Any] = []
    filter_panel = type(board.filter_panel)(
        board.selection.plans, board.locale, events.append, lambda: events.append("cleared")
    )
    filter_panel.controls["buyer"].widget.value = "ana"
    filter_panel.clear_button.click()
    assert events == [{"buyer": "ana"}, "cleared", {}]


def test_a_text_filter_suggests_texts_that_contain_the_input(board: LiveBoard) -> None:
    plans = pl.concat([board.selection.plans] * 20).with_row_index("number")
    renamed_plans = plans.with_columns(
        buyer=pl.format("Zoë Número {}", pl.col("number").cast(pl.String).str.zfill(4))
    )
    filter_panel = type(board.filter_panel)(renamed_plans, board.locale, lambda _where: None)
    control = filter_panel.controls["buyer"].widget
    control.input_text = " zoe numero 11"
    assert control.suggestions == [f"Zoë Número 11{number:02}" for number in range(30)]
    control.input_text = "nobody"
    assert control.suggestions == []


def test_every_part_of_a_board_has_its_language(board: LiveBoard) -> None:
    parts = (board.filters(), board.keys(), board.charts(), board.plan(), board.notes())
    controls = [
        child for part in parts for child in part.children if isinstance(child, ControlLabels)
    ]
    assert [control.lang for control in controls] == ["pt-BR"] * len(parts)
    assert 'lang="pt-BR"' in board.key_figures.html.value
    labels: Any = board.plan_table.labels
    assert labels["lang"] == "pt-BR"


def test_the_time_line_is_legible_in_a_dark_theme_and_separates_refusals_from_debts(
    board: LiveBoard,
) -> None:
    rows = board.book.rows
    spec = time_line(rows, rows["plans"]["plan_id"][0], board.book.as_of, board.locale).to_dict()
    (dots,) = (layer for layer in spec["layer"] if layer["mark"]["type"] == "point")
    assert dots["encoding"]["shape"]["legend"]["symbolFillColor"] in palette.DARK
    assert STATES["overdue"][1] != STATES["failed"][1]
    sizes = dots["encoding"]["size"]
    assert sizes["condition"]["value"] > 3 * sizes["value"]  # of a charge, of an attempt


def test_large_exports_are_sent_in_pieces(board: LiveBoard) -> None:
    details = [{"plan_id": str(number), "buyer": secrets.token_hex(80)} for number in range(20_000)]
    pieces = export_pieces(details, ["plan_id", "buyer"], ",")
    assert len(pieces) > 1
    assert {len(piece) for piece in pieces[:-1]} == {PIECE_SIZE}
    text = gzip.decompress(b"".join(pieces)).decode()
    assert [row["buyer"] for row in csv.DictReader(StringIO(text))] == [
        plan["buyer"] for plan in details
    ]
    messages: list[tuple[dict[str, Any], Any]] = []
    plan_table = PlanTable(board.locale, lambda _row: None, board.export_rows)
    plan_table.send = lambda content, buffers: messages.append((content, buffers))
    plan_table._answer_export(plan_table, {"request": "a", "separator": ",", "index": 0}, [])
    ((content, _),) = messages
    assert (content["request"], content["count"]) == ("a", 1)
    plan_table._answer_export(plan_table, {"request": "a", "separator": ",", "index": 1}, [])
    assert len(messages) == 1


def test_exports_contain_no_formulas() -> None:
    text = gzip.decompress(b"".join(export_pieces([{"buyer": "=1+1"}], ["buyer"], "\t"))).decode()
    assert text.splitlines() == ['"buyer"', '"\'=1+1"']
