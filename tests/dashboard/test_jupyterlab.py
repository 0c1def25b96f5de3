"""The board in JupyterLab, offline in Chromium: filters, marks, the page of a plan, and actions."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_platform.account import Account, Item
from tests.support.fake_platform.app import FakePlatform
from tests.support.fake_platform.server import Served
from tests.support.hostile import write_hostile_sample
from tests.support.jupyterlab import Screen, open_screen, run_server
from tests.support.workspace import COMMAND, configuration, ingest_folder

MIN_BAR = 8
"""CSS pixels of a bar that a mouse can hit."""

MIN_ROWS = 5
"""Rows of the table that are always visible."""


@dataclass
class Shop:
    """A workspace and a platform: `account` has acme's sales, `plans` those of the first sync."""

    folder: Path
    account: Account
    plans: list[dict[str, Any]]
    environment: dict[str, str]


def sell_in_reais(items: list[Item]) -> None:
    """Moves one plan with an unpaid charge to reais: the platform negotiates no other currency."""
    plan = next(
        item["subscriber_code"]
        for item in items
        if item["status"] == "DELAYED" and item["recurrency"]["status"] != "PAID"
    )
    for item in items:
        if item["subscriber_code"] == plan:
            item["purchase"]["price"]["currency"] = "BRL"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """acme with sales until yesterday; `odd` has no credentials and only hostile texts."""
    folder = tmp_path_factory.mktemp("lab")
    zones = {"acme": ("pt-BR", "America/Sao_Paulo"), "odd": ("en", "Europe/Madrid")}
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    since = f"\n[hotmart]\nsince = {yesterday - timedelta(days=900)}\n"
    (folder / "smartinst.toml").write_text(configuration(zones) + since, encoding="utf-8")
    (folder / "notebooks").mkdir()  # for an analyst's own notebooks
    account = Account.of_sample("acme", 60, yesterday, lambda: time.time_ns() // 1_000_000)
    sell_in_reais(account.items)
    write_hostile_sample(folder / "in", "odd", 120)  # enough live plans for a bar
    ingest_folder(folder, "in", "odd")
    with Served(FakePlatform([account], calls_a_minute=100_000)) as server:
        environment = server.environment()
        sync = command(folder, environment, "sync", "--seller", "acme")
        assert sync.returncode == 0, sync.stderr
        plans = json.loads(
            command(folder, environment, "plans", "--seller", "acme", "--format", "json").stdout
        )
        yield Shop(folder, account, plans, environment)


def command(
    folder: Path, environment: dict[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *words],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def lab(shop: Shop) -> Iterator[str]:
    with run_server("lab", shop.folder, shop.environment) as address:
        yield address


def test_a_board_filters_selects_opens_and_acts(shop: Shop, lab: str) -> None:
    with open_screen(lab) as screen:
        screen.run_notebook()
        assert screen.page.locator(".jp-DirListing").get_by_text("portfolio.ipynb").count() == 1
        assert screen.plan_count() == len(shop.plans)
        check_first_screen(screen)
        filtered = filter_and_click(screen)
        select(screen)
        refunded_plan = refund(screen, shop, filtered)
        update(screen, shop, refunded_plan)
        cancel(screen, shop)
        reprocess(screen, shop)
        assert screen.page.locator(".Toastify__toast").count() == 0  # no news, no update
        assert (screen.foreign_requests, screen.errors) == ([], [])


def check_first_screen(screen: Screen) -> None:
    """Key figures and the first chart are in the window; no code and no start button are."""
    page = screen.page
    screen.wait_until_settled()
    for part in (".smartinst-keys .smartinst-card", ".smartinst-charts svg.marks"):
        box = page.locator(part).first.bounding_box()
        assert box, part
        assert box["y"] + box["height"] < page.evaluate("innerHeight"), part
    assert page.locator(".jp-InputArea-editor:visible").count() == 0
    assert page.locator("[data-commandlinker-command]:visible").count() == 0


def filter_and_click(screen: Screen) -> int:
    """Filters by a status, selects a bar of the first chart and deselects it; the rest follows."""
    page, count = screen.page, screen.plan_count()
    page.locator(".smartinst-checkboxes input[value='In progress']").check()
    screen.wait_for_plan_count(f"< {count}")
    filtered = screen.plan_count()
    assert 0 < filtered < count
    assert page.locator(".smartinst-count").get_attribute("data-count") == str(filtered)
    click_bar(screen, 0)
    assert "Em andamento" in page.locator(".smartinst-chip").inner_text()
    screen.wait_for_plan_count(f"< {filtered}")
    screen.save_picture("clicked")
    check_marks(screen)
    for chip in range(2, 0, -1):
        page.locator(".smartinst-chip").nth(chip - 1).click()
        page.wait_for_function(f"document.querySelectorAll('.smartinst-chip').length == {chip - 1}")
    screen.wait_for_plan_count(filtered)
    return filtered


def click_bar(screen: Screen, chart: int) -> None:
    """Clicks the first bar of a chart that is large enough."""
    page = screen.page
    svg = page.locator(".smartinst-charts svg.marks").nth(chart)
    svg.scroll_into_view_if_needed()
    boxes = (bar.bounding_box() for bar in svg.locator("g.mark-rect.role-mark path").all())
    bar = next(box for box in boxes if box and min(box["height"], box["width"]) > MIN_BAR)
    page.mouse.click(bar["x"] + MIN_BAR / 2, bar["y"] + bar["height"] / 2)


def check_marks(screen: Screen) -> None:
    """A selected mark stays selected under another filter, and with marks of another chart."""
    page, marked_count = screen.page, screen.plan_count()
    canceled = page.locator(".smartinst-checkboxes input[value='Canceled']")
    chips = page.locator(".smartinst-chip")
    canceled.check()
    screen.wait_until_settled()
    assert (chips.count(), screen.plan_count()) == (1, marked_count)  # the mark has another one
    canceled.uncheck()
    screen.wait_until_settled()
    click_bar(screen, 1)
    chips.nth(1).wait_for()
    screen.wait_for_plan_count(f"< {marked_count}")
    screen.wait_until_settled()
    assert chips.count() == 2
    chips.nth(1).click()
    screen.wait_for_plan_count(marked_count)
    mark_list = page.locator(".smartinst-mark-list select").nth(1)
    mark_list.focus()
    assert (mark_list.bounding_box() or {"height": 0})["height"] > MIN_ROWS
    page.keyboard.press("ArrowDown")
    chips.nth(1).wait_for()
    screen.wait_until_settled()
    assert chips.count() == 2
    screen.save_picture("marks")


def select(screen: Screen) -> None:
    screen.page.locator(".smartinst-main-table").scroll_into_view_if_needed()
    status = screen.page.locator(".smartinst-main-table [data-total]")
    rows = re.search(r"Linhas 1 a (\d+) de", status.inner_text())
    assert rows, status.inner_text()
    assert int(rows[1]) > MIN_ROWS
    screen.page.locator(".smartinst-main-table tr[data-plan-id] input").first.check()
    screen.page.locator(".smartinst-main-table [data-total]").get_by_text(
        "1 selecionado"
    ).wait_for()


def act(screen: Screen, shop: Shop, kind: str, plan_id: str) -> None:
    """Opens an action's preview and confirms it: it is sent only then, and only once."""
    page, former_calls = screen.page, shop.account.applied.copy()
    page.locator(f".smartinst-{kind}").click()
    page.locator(".smartinst-preview li").first.wait_for()
    assert page.locator("button.smartinst-send").is_disabled()
    page.locator(".smartinst-confirmation input").fill(plan_id[:-1])
    screen.wait_until_settled()
    assert page.locator("button.smartinst-send").is_disabled()
    page.locator(".smartinst-confirmation input").fill(plan_id)
    screen.save_picture(f"{kind}-preview")
    assert shop.account.applied == former_calls
    page.locator("button.smartinst-send:enabled").dblclick()
    page.locator(".smartinst-results").wait_for(timeout=20_000)
    page.locator(".smartinst-history [data-state=done]").first.wait_for()
    page.locator(".smartinst-unsynced").wait_for()  # not in the figures yet
    screen.wait_until_settled()
    screen.save_picture(f"{kind}-results")


def refund(screen: Screen, shop: Shop, filtered: int) -> dict[str, Any]:
    """Refunds all payments of the first paid plan in the table, which displays it at once."""
    rows = screen.page.locator(".smartinst-main-table tr[data-plan-id]").all()
    plans = {plan["plan_id"]: plan for plan in shop.plans if plan["collected_minor"] > 0}
    plan_id = next(
        plan_id for row in rows if (plan_id := row.get_attribute("data-plan-id")) in plans
    )
    plan = plans[plan_id]
    screen.open_plan(plan["plan_id"])
    act(screen, shop, "refund", plan["plan_id"])
    row = screen.page.locator(
        f".smartinst-main-table tr[data-plan-id='{plan_id}']",
        has_text="Reembolsar comprador: feito",
    )
    row.wait_for(state="attached", timeout=20_000)
    refunds = {
        target: times for (kind, target), times in shop.account.applied.items() if kind == "refund"
    }
    assert refunds
    assert set(refunds) <= set(plan["transactions"])
    assert set(refunds.values()) == {1}
    assert screen.plan_count() == filtered
    return plan


def update(screen: Screen, shop: Shop, refunded_plan: dict[str, Any]) -> None:
    """Updates from the platform: the plan is refunded on its page and in the table."""
    page = screen.page
    page.locator("button.smartinst-update-button").click()
    page.locator(".smartinst-refresh-status").get_by_text("Atualizado").wait_for(timeout=60_000)
    page.locator(".smartinst-plan .smartinst-status[data-status=Refunded]").wait_for(timeout=20_000)
    assert page.locator(".smartinst-unsynced").count() == 0
    assert page.locator(".smartinst-checkboxes input[value='In progress']").is_checked()
    page.locator(".smartinst-clear").click()
    screen.wait_for_plan_count(len(shop.plans))
    screen.filter_by_transaction(refunded_plan["transactions"][0])
    page.locator(f"tr[data-plan-id='{refunded_plan['plan_id']}'] [data-status=Refunded]").wait_for()
    screen.save_picture("renewed")


def cancel(screen: Screen, shop: Shop) -> None:
    plan = next(
        plan
        for plan in shop.plans
        if plan["status"] == "In progress with issues" and plan["currency"] != "BRL"
    )
    screen.filter_by_transaction(plan["transactions"][0])
    screen.open_plan(plan["plan_id"])
    act(screen, shop, "cancel", plan["plan_id"])
    assert shop.account.applied["cancel", plan["subscriber_code"]] == 1


def reprocess(screen: Screen, shop: Shop) -> None:
    """Reprocesses by Pix; afterwards there is nothing left to send."""
    page = screen.page
    plan = next(plan for plan in shop.plans if plan["currency"] == "BRL")
    screen.filter_by_transaction(plan["transactions"][0])
    screen.open_plan(plan["plan_id"])
    act(screen, shop, "reprocess", plan["plan_id"])
    assert shop.account.applied["negotiate", plan["plan_id"]] == 1
    page.locator(".smartinst-reprocess").click()
    page.locator(".smartinst-preview").get_by_text("Já foi feito antes").wait_for()
    assert page.locator(".smartinst-confirmation").is_hidden()


def test_a_click_in_the_portfolio_opens_the_board_of_a_seller(lab: str) -> None:
    with open_screen(lab.replace("explore.ipynb?", "portfolio.ipynb?reset&"), width=1280) as screen:
        page = screen.page
        screen.start_notebook()
        page.locator(
            ".smartinst-main-table tr[data-seller-id=acme] .smartinst-open-button"
        ).first.click(timeout=120_000)
        board = page.locator(".smartinst-open-board")
        board.locator("h2").get_by_text("Acme Cursos").wait_for(timeout=60_000)
        board.locator(".smartinst-main-table tr[data-plan-id]").first.wait_for(timeout=60_000)
        board.get_by_text("Em andamento com pend\u00eancias").first.wait_for()
        page.wait_for_function(
            "document.querySelector('.smartinst-open-board h2').getBoundingClientRect().bottom"
            " < innerHeight"
        )
        screen.save_picture("portfolio-opened")
        chart = page.locator(".smartinst-charts").first
        chart.scroll_into_view_if_needed()
        labels = (
            chart.locator("svg.marks g.role-axis-label text").filter(has_text="Odd Cursos").all()
        )
        label_positions = [
            box["y"] + box["height"] / 2 for label in labels if (box := label.bounding_box())
        ]
        bars = [
            box
            for bar in chart.locator("svg.marks g.mark-rect.role-mark path").all()
            if (box := bar.bounding_box())
        ]
        bar = next(
            box
            for box in bars
            if box["width"] > MIN_BAR
            and any(box["y"] < middle < box["y"] + box["height"] for middle in label_positions)
        )
        page.mouse.click(bar["x"] + MIN_BAR / 2, bar["y"] + bar["height"] / 2)
        board.locator("h2").get_by_text("Odd Cursos").wait_for(timeout=60_000)
        assert page.evaluate(OVERFLOWS) == []
        screen.save_picture("portfolio")
        assert (screen.foreign_requests, screen.errors) == ([], [])


def test_hostile_names_do_nothing_and_actions_without_credentials_name_the_reason(
    shop: Shop, lab: str
) -> None:
    notebook = json.loads(
        (shop.folder / "notebooks" / "live" / "explore.ipynb").read_text(encoding="utf-8")
    )
    parameters, board_cell = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][:2]
    parameters["source"] = 'seller: str = "odd"'
    board_cell["source"] = (
        "from smartinst.dashboard import explore\n"
        'board = explore(seller, locale="en")\nboard.filters()'
    )
    (shop.folder / "notebooks" / "live" / "odd.ipynb").write_text(
        json.dumps(notebook), encoding="utf-8"
    )
    with open_screen(lab.replace("explore.ipynb?", "odd.ipynb?reset&"), width=1280) as screen:
        screen.run_notebook()
        page = screen.page
        plan_ids = page.locator(".smartinst-main-table .smartinst-open-button").all_inner_texts()[
            :6
        ]
        for plan_id in plan_ids:
            screen.open_plan(plan_id)
        page.locator(".smartinst-unavailable").get_by_text(
            "SMARTINST_HOTMART_ODD_CLIENT_ID"
        ).wait_for()
        for kind in ("reprocess", "cancel", "refund"):
            assert page.locator(f".smartinst-{kind}").is_disabled()
        assert page.locator("button.smartinst-update-button").count() == 0
        page.locator("button.smartinst-reload-button").click()
        page.locator(".smartinst-refresh-status").get_by_text("Reloaded.").wait_for(timeout=60_000)
        assert page.locator("#pwned, pwn-canary, [onerror]").count() == 0
        assert "{{7*7}}" in page.locator(".smartinst-main-table").inner_text()
        assert page.evaluate(OVERFLOWS) == []
        screen.save_picture("hostile")
        page.locator(".smartinst-plan[data-plan]").scroll_into_view_if_needed()
        screen.save_picture("hostile-plan")
        assert (screen.foreign_requests, screen.errors) == ([], [])


OVERFLOWS = """() => {
  const parts = ["filters", "key-figures", "charts", "charts svg.marks", "table", "plan"];
  const right = (element) => element.getBoundingClientRect().right;
  return [...document.querySelectorAll(parts.map((part) => `.smartinst-${part}`).join())]
    .filter((element) => right(element) > right(element.closest(".jp-OutputArea")) + 1)
    .map((element) => `${element.className} ${element.tagName}`);
}"""
"""The parts of the board that are wider than their output area."""
