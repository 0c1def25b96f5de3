"""JupyterLab in Chromium, offline: widgets, a filter, a clicked bar, a plan's page, and actions on the fake platform."""

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

SETTLED = 700
"""Milliseconds after which a browser has told of whatever it drew: something that must not happen is waited for."""
LEAST = 8
"""CSS pixels of a bar that can be met with a mouse."""

SEEN = 5
"""Rows of the table that are in sight at the very least."""


@dataclass
class Place:
    """A workspace beside a platform: `account` is what acme holds there, `plans` what the first sync brought."""

    folder: Path
    account: Account
    plans: list[dict[str, Any]]
    environment: dict[str, str]


def brazilian(items: list[Item]) -> list[Item]:
    """One plan with an unpaid charge in reais: the platform negotiates no other currency."""
    unpaid = [
        one for one in items if one["status"] == "DELAYED" and one["recurrency"]["status"] != "PAID"
    ]
    for one in items:
        if one["subscriber_code"] == unpaid[0]["subscriber_code"]:
            one["purchase"]["price"]["currency"] = "BRL"
    return items


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """acme from a platform of today; beside it `odd`, without credentials, whose every free text is hostile."""
    folder = tmp_path_factory.mktemp("lab")
    zones = {"acme": ("pt-BR", "America/Sao_Paulo"), "odd": ("en", "Europe/Madrid")}
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    since = f"\n[hotmart]\nsince = {yesterday - timedelta(days=900)}\n"
    (folder / "smartinst.toml").write_text(configuration(zones) + since, encoding="utf-8")
    (folder / "notebooks").mkdir()  # an analyst's own: the dashboard comes beside them
    account = Account.of_sample("acme", 60, yesterday, lambda: time.time_ns() // 1_000_000)
    brazilian(account.items)
    write_hostile_sample(folder / "in", "odd", 30)
    ingest_folder(folder, "in", "odd")
    with Served(FakePlatform([account], calls_a_minute=100_000)) as served:
        environment = served.environment()
        synced = command(folder, environment, "sync", "--seller", "acme")
        assert synced.returncode == 0, synced.stderr
        plans = json.loads(
            command(folder, environment, "plans", "--seller", "acme", "--format", "json").stdout
        )
        yield Place(folder, account, plans, environment)


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
def lab(place: Place) -> Iterator[str]:
    with run_server("lab", place.folder, place.environment) as address:
        yield address


def test_the_board_is_filtered_clicked_opened_and_acted_on(place: Place, lab: str) -> None:
    with open_screen(lab) as screen:
        screen.run_notebook()
        assert screen.page.locator(".jp-DirListing").get_by_text("portfolio.ipynb").count() == 1
        assert screen.plan_count() == len(place.plans)
        filtered = filter_and_click(screen)
        select(screen)
        refunded = refund(screen, place, filtered)
        renew(screen, place, refunded)
        cancel(screen, place)
        reprocess(screen, place)
        assert (
            screen.page.locator(".Toastify__toast").count() == 0
        )  # no question about news, no offer of an update
        assert (screen.foreign_requests, screen.errors) == ([], [])


def filter_and_click(screen: Screen) -> int:
    """One status in the panel, then one bar of the first chart and back: everything else follows."""
    page, everything = screen.page, screen.plan_count()
    page.locator(".smartinst-checkboxes input[value='In progress']").check()
    screen.wait_for_plan_count(f"< {everything}")
    filtered = screen.plan_count()
    assert 0 < filtered < everything
    assert page.locator(".smartinst-count").get_attribute("data-count") == str(filtered)
    click_bar(screen, 0)
    assert "Em andamento" in page.locator(".smartinst-chip").inner_text()
    screen.wait_for_plan_count(f"< {filtered}")
    screen.save_picture("clicked")
    marks_hold(screen)
    for chip in range(2, 0, -1):
        page.locator(".smartinst-chip").nth(chip - 1).click()
        page.wait_for_function(f"document.querySelectorAll('.smartinst-chip').length == {chip - 1}")
    screen.wait_for_plan_count(filtered)
    return filtered


def click_bar(screen: Screen, chart: int) -> None:
    """Clicks the first bar of a chart that is large enough."""
    page = screen.page
    wait_for_board = page.locator(".smartinst-charts svg.marks").nth(chart)
    wait_for_board.scroll_into_view_if_needed()
    seen = (
        bar.bounding_box() for bar in wait_for_board.locator("g.mark-rect.role-mark path").all()
    )
    bar = next(box for box in seen if box and min(box["height"], box["width"]) > LEAST)
    page.mouse.click(bar["x"] + LEAST / 2, bar["y"] + bar["height"] / 2)


def marks_hold(screen: Screen) -> None:
    """A clicked mark stays through another filter and another mark, of a chart or of its list; filters come back."""
    page, marked = screen.page, screen.plan_count()
    canceled = page.locator(".smartinst-checkboxes input[value='Canceled']")
    chips = page.locator(".smartinst-chip")
    canceled.check()
    page.wait_for_timeout(SETTLED)
    assert (chips.count(), screen.plan_count()) == (1, marked)  # the mark is of another status
    canceled.uncheck()
    page.wait_for_timeout(SETTLED)
    click_bar(screen, 1)
    chips.nth(1).wait_for()
    screen.wait_for_plan_count(f"< {marked}")
    page.wait_for_timeout(SETTLED)
    assert chips.count() == 2
    chips.nth(1).click()
    screen.wait_for_plan_count(marked)
    listed = page.locator(".smartinst-mark-list select").nth(1)
    listed.focus()
    assert (listed.bounding_box() or {"height": 0})["height"] > SEEN
    page.keyboard.press("ArrowDown")
    chips.nth(1).wait_for()
    page.wait_for_timeout(SETTLED)
    assert chips.count() == 2
    screen.save_picture("marks")


def select(screen: Screen) -> None:
    screen.page.locator(".smartinst-table").scroll_into_view_if_needed()
    said = screen.page.locator(".smartinst-message[data-total]")
    rows = re.search(r"Linhas 1 a (\d+) de", said.inner_text())
    assert rows, said.inner_text()
    assert int(rows[1]) > SEEN
    screen.page.locator(".smartinst-table tr[data-plan-id] input").first.check()
    screen.page.locator(".smartinst-message[data-total]").get_by_text("1 selecionado").wait_for()


def act(screen: Screen, place: Place, kind: str, plan_id: str) -> None:
    """Asks for an action: what is sent is shown, nothing is sent before the plan's number is typed, and then once."""
    page, before = screen.page, place.account.applied.copy()
    page.locator(f".smartinst-{kind}").click()
    page.locator(".smartinst-preview li").first.wait_for()
    assert page.locator("button.smartinst-send").is_disabled()
    page.locator(".smartinst-confirmation input").fill(plan_id[:-1])
    page.wait_for_timeout(300)
    assert page.locator("button.smartinst-send").is_disabled()
    page.locator(".smartinst-confirmation input").fill(plan_id)
    screen.save_picture(f"{kind}-asked")
    assert place.account.applied == before
    page.locator("button.smartinst-send:enabled").dblclick()
    page.locator(".smartinst-results").wait_for(timeout=20_000)
    page.locator(".smartinst-history [data-state=done]").first.wait_for()
    page.locator(
        ".smartinst-unsynced"
    ).wait_for()  # the figures do not show it yet, and that is said
    screen.save_picture(f"{kind}-done")


def refund(screen: Screen, place: Place, filtered: int) -> dict[str, Any]:
    """The first plan of the table: every payment that is kept goes back, and the table says so at once."""
    plan_id = screen.page.locator(".smartinst-table tr[data-plan-id]").first.get_attribute(
        "data-plan-id"
    )
    plan = next(one for one in place.plans if one["plan_id"] == plan_id)
    screen.open_plan(plan["plan_id"])
    act(screen, place, "refund", plan["plan_id"])
    row = screen.page.locator(
        f".smartinst-table tr[data-plan-id='{plan_id}']", has_text="Reembolsar comprador: feito"
    )
    row.wait_for(state="attached", timeout=20_000)
    sent = {
        target: times for (kind, target), times in place.account.applied.items() if kind == "refund"
    }
    assert sent
    assert set(sent) <= set(plan["transactions"])
    assert set(sent.values()) == {1}
    assert screen.plan_count() == filtered
    return plan


def renew(screen: Screen, place: Place, refunded: dict[str, Any]) -> None:
    """The figures themselves, from the platform: the plan is refunded, in its page and in the table."""
    page = screen.page
    page.locator("button.smartinst-update-button").click()
    page.locator(".smartinst-refresh-status").get_by_text("Atualizado").wait_for(timeout=60_000)
    page.locator(".smartinst-plan .smartinst-status[data-status=Refunded]").wait_for(timeout=20_000)
    assert page.locator(".smartinst-unsynced").count() == 0
    assert page.locator(".smartinst-checkboxes input[value='In progress']").is_checked()
    page.locator(".smartinst-clear").click()
    screen.wait_for_plan_count(len(place.plans))
    screen.filter_by_transaction(refunded["transactions"][0])
    page.locator(f"tr[data-plan-id='{refunded['plan_id']}'] [data-status=Refunded]").wait_for()
    screen.save_picture("renewed")


def cancel(screen: Screen, place: Place) -> None:
    plan = next(
        one
        for one in place.plans
        if one["status"] == "In progress with issues" and one["currency"] != "BRL"
    )
    screen.filter_by_transaction(plan["transactions"][0])
    screen.open_plan(plan["plan_id"])
    act(screen, place, "cancel", plan["plan_id"])
    assert place.account.applied["cancel", plan["subscriber_code"]] == 1


def reprocess(screen: Screen, place: Place) -> None:
    """A Pix where the platform negotiates; asked again, nothing is left to send."""
    page = screen.page
    plan = next(one for one in place.plans if one["currency"] == "BRL")
    screen.filter_by_transaction(plan["transactions"][0])
    screen.open_plan(plan["plan_id"])
    act(screen, place, "reprocess", plan["plan_id"])
    assert place.account.applied["negotiate", plan["plan_id"]] == 1
    page.locator(".smartinst-reprocess").click()
    page.locator(".smartinst-preview").get_by_text("Já foi feito antes").wait_for()
    assert page.locator(".smartinst-confirmation").is_hidden()


def test_the_portfolio_opens_the_board_of_the_seller_that_is_clicked(lab: str) -> None:
    with open_screen(lab.replace("explore.ipynb?", "portfolio.ipynb?reset&"), width=1280) as screen:
        page = screen.page
        screen.start_notebook()
        page.locator(".smartinst-table tr[data-seller-id=acme] .smartinst-open-button").first.click(
            timeout=120_000
        )
        opened = page.locator(".smartinst-open-board")
        opened.locator("h2").get_by_text("Acme Cursos").wait_for(timeout=60_000)
        opened.locator(".smartinst-table tr[data-plan-id]").first.wait_for(timeout=60_000)
        opened.get_by_text("Em andamento com pend\u00eancias").first.wait_for()
        page.wait_for_function(
            "document.querySelector('.smartinst-open-board h2').getBoundingClientRect().bottom < innerHeight"
        )
        screen.save_picture("portfolio-opened")
        chart = page.locator(".smartinst-charts").first
        chart.scroll_into_view_if_needed()
        labels = (
            chart.locator("svg.marks g.role-axis-label text").filter(has_text="Odd Cursos").all()
        )
        beside = [box["y"] + box["height"] / 2 for label in labels if (box := label.bounding_box())]
        bars = [
            box
            for bar in chart.locator("svg.marks g.mark-rect.role-mark path").all()
            if (box := bar.bounding_box())
        ]
        bar = next(
            box
            for box in bars
            if box["width"] > LEAST
            and any(box["y"] < middle < box["y"] + box["height"] for middle in beside)
        )
        page.mouse.click(bar["x"] + LEAST / 2, bar["y"] + bar["height"] / 2)
        opened.locator("h2").get_by_text("Odd Cursos").wait_for(timeout=60_000)
        assert page.evaluate(TOO_WIDE) == []
        screen.save_picture("portfolio")
        assert (screen.foreign_requests, screen.errors) == ([], [])


def test_hostile_names_do_nothing_and_actions_without_credentials_say_why(
    place: Place, lab: str
) -> None:
    shipped = json.loads(
        (place.folder / "notebooks" / "live" / "explore.ipynb").read_text(encoding="utf-8")
    )
    parameters, first = [one for one in shipped["cells"] if one["cell_type"] == "code"][:2]
    parameters["source"] = 'seller: str = "odd"'
    first["source"] = (
        'from smartinst.dashboard import explore\nboard = explore(seller, locale="en")\nboard.filters()'
    )
    (place.folder / "notebooks" / "live" / "odd.ipynb").write_text(
        json.dumps(shipped), encoding="utf-8"
    )
    with open_screen(lab.replace("explore.ipynb?", "odd.ipynb?reset&"), width=1280) as screen:
        screen.run_notebook()
        page = screen.page
        opened = page.locator(".smartinst-table .smartinst-open-button").all_inner_texts()[:6]
        for plan_id in opened:
            screen.open_plan(plan_id)
        page.locator(".smartinst-unavailable").get_by_text(
            "SMARTINST_HOTMART_ODD_CLIENT_ID"
        ).wait_for()
        for kind in ("reprocess", "cancel", "refund"):
            assert page.locator(f".smartinst-{kind}").is_disabled()
        assert page.locator("button.smartinst-update-button").count() == 0
        page.locator("button.smartinst-reload-button").click()
        page.locator(".smartinst-refresh-status").get_by_text("Read again.").wait_for(
            timeout=60_000
        )
        assert page.locator("#pwned, pwn-canary, [onerror]").count() == 0
        assert "{{7*7}}" in page.locator(".smartinst-table").inner_text()
        assert page.evaluate(TOO_WIDE) == []
        screen.save_picture("hostile")
        page.locator(".smartinst-plan[data-plan]").scroll_into_view_if_needed()
        screen.save_picture("hostile-plan")
        assert (screen.foreign_requests, screen.errors) == ([], [])


TOO_WIDE = """() => [...document.querySelectorAll(
  '.smartinst-filters, .smartinst-key-figures, .smartinst-charts, .smartinst-charts svg.marks, .smartinst-table, .smartinst-plan')]
  .filter(one => one.getBoundingClientRect().right > one.closest('.jp-OutputArea').getBoundingClientRect().right + 1)
  .map(one => one.className + ' ' + one.tagName)"""
"""Parts of the board that reach beyond the output they stand in."""
