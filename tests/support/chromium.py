"""Pages in Debian's Chromium: opened, filtered, and asked what they show and what they did that they must not do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, sync_playwright

STATE = """() => {
  const shown = e => e.getClientRects().length > 0;
  return {
    ids: [...document.querySelectorAll('[data-plan-id]')].filter(shown).map(e => e.dataset.planId).sort(),
    totals: [...document.querySelectorAll('[data-total]')].filter(shown)
      .map(e => [e.dataset.total, e.dataset.currency, Number(e.dataset.count ?? e.dataset.minor)]),
    nets: [...document.querySelectorAll('[data-net]')].filter(shown)
      .map(e => [e.dataset.net, Number(e.dataset.minor)]),
    charts: [...document.querySelectorAll('.drawing svg')].map(e => e.innerHTML).join(''),
  }
}"""

TABLES = """() => Object.fromEntries([...document.querySelectorAll('[data-table]')].map(host => [
  host.querySelector('.scroll').getAttribute('aria-label'),
  [...host.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.textContent.trim())),
]))"""


@contextmanager
def launched() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = shutil.which("chromium")
    assert path, "Debian's chromium is missing; run: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(
    browser: Browser, path: Path, width: int = 1280, **options: Any
) -> tuple[Page, list[str]]:
    """The page, and what it did that it must not do."""
    page, faults = (
        browser.new_context(viewport={"width": width, "height": 900}, **options).new_page(),
        list[str](),
    )
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: _refused(dialog, faults))
    page.on(
        "request",
        lambda request: None if request.url.startswith("data:") else faults.append(request.url),
    )
    page.goto(path.as_uri())
    faults.remove(path.as_uri())
    settled(page)
    return page, faults


def _refused(dialog: Dialog, faults: list[str]) -> None:
    faults.append(dialog.message)
    dialog.dismiss()


def settled(page: Page) -> None:
    """Waits until what was asked for is drawn."""
    page.wait_for_timeout(90)
    page.evaluate("drawing")


def chosen(page: Page, filters: dict[str, Any]) -> None:
    """Sets the controls: a tuple is a pair of bounds, a list are boxes to check."""
    for name, value in filters.items():
        control = page.locator(f'[data-filter="{name}"]')
        if isinstance(value, tuple):
            for bound, number in zip(("min", "max"), value, strict=True):
                page.locator(f'[data-filter="{name}"][data-bound="{bound}"]').fill(str(number))
        elif isinstance(value, list):
            for status in value:
                control.locator(f'input[value="{status}"]').check()
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    settled(page)
