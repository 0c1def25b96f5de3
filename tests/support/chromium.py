"""Offline pages in Debian's Chromium: open a page, set its filters, read its content."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

STATE: Final = """() => {
  const isVisible = e => e.getClientRects().length > 0;
  const visible = selector => [...document.querySelectorAll(selector)].filter(isVisible);
  return {
    ids: visible('[data-plan-id]').map(e => e.dataset.planId).sort(),
    totals: visible('[data-total]')
      .map(e => [e.dataset.total, e.dataset.currency, Number(e.dataset.count ?? e.dataset.minor)]),
    nets: visible('[data-net]').map(e => [e.dataset.net, Number(e.dataset.minor)]),
    charts: [...document.querySelectorAll('.drawing svg')].map(e => e.innerHTML).join(''),
  }
}"""
"""Identifiers of the visible plans, visible totals and nets, and the markup of all charts."""

TABLES: Final = """() => Object.fromEntries(
  [...document.querySelectorAll('[data-table]')].map(host => [
    host.querySelector('.scroll').getAttribute('aria-label'),
    [...host.querySelectorAll('tbody tr')]
      .map(row => [...row.cells].map(cell => cell.textContent.trim())),
  ])
)"""
"""Label of each table → the texts of its rows."""

_TRACK_TIMERS: Final = """(() => {
  const pending = window.pendingTimers = new Set();
  const {setTimeout: start, clearTimeout: cancel} = window;
  window.setTimeout = (callback, delay, ...values) => {
    if (delay > 5000) return start(callback, delay, ...values);  // draws nothing
    const timer = start(() => { pending.delete(timer); callback(...values); }, delay);
    pending.add(timer);
    return timer;
  };
  window.clearTimeout = timer => { pending.delete(timer); cancel(timer); };
})()"""

_WAIT_UNTIL_DRAWN: Final = """async () => {
  while (pendingTimers.size) await new Promise(requestAnimationFrame);
  await drawing;
}"""


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium")
    assert path, "Debian's chromium is missing; run: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per module: while Playwright runs, its thread can run no other event loop."""
    with launch_chromium() as browser:
        yield browser


def open_page(
    browser: Browser, path: Path, width: int = 1280, **options: Any
) -> tuple[Page, list[str]]:
    """The page once it is drawn, and a growing list of its errors: messages, dialogs, requests."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    context.add_init_script(_TRACK_TIMERS)
    page = context.new_page()
    faults = _recorded_faults(page)
    page.goto(path.as_uri())
    faults.remove(path.as_uri())
    wait_until_drawn(page)
    return page, faults


def _recorded_faults(page: Page) -> list[str]:
    """A list that grows with each error, warning, dialog and request of the page."""
    faults: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", dismiss)
    page.on(
        "request",
        lambda request: None if request.url.startswith("data:") else faults.append(request.url),
    )
    return faults


def wait_until_drawn(page: Page) -> None:
    """Waits until the page has no pending timer and its charts are drawn."""
    page.evaluate(_WAIT_UNTIL_DRAWN)


def set_filters(page: Page, filters: dict[str, Any]) -> None:
    """Sets filter controls: a tuple is a lower and an upper bound, a list the boxes to check."""
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
    wait_until_drawn(page)
