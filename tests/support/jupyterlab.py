"""`smartinst lab` and `serve` as processes, and their screens in Chromium: nothing but loopback can be reached."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Dialog, Page, sync_playwright

from tests.support.workspace import COMMAND

OURS = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*token=\w+")


@contextmanager
def live(command: str, workspace: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address, with its token, of `smartinst lab` or `serve` in a workspace; settings of ours play no part."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SMARTINST_", "JUPYTER"))
    }
    own |= {
        "JUPYTER_CONFIG_DIR": str(workspace / "jupyter"),
        "JUPYTER_DATA_DIR": str(workspace / "jupyter-data"),
    }
    more = ["--allow-root"] if command == "lab" else []
    words = [str(COMMAND), command, "--port", "0", "--no-browser", *more]
    process = subprocess.Popen(
        words,
        cwd=workspace,
        env=own | environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    lines, told = iter(process.stderr.readline, ""), list[str]()
    address = None
    for line in lines:
        told.append(line)
        if found := ADDRESS.search(line):
            address = found[0]
            break
    drain = threading.Thread(target=lambda: [None for _ in lines])
    drain.start()
    try:
        assert address, "".join(told)
        yield address
    finally:
        process.terminate()
        process.wait(30)
        drain.join()
        process.stderr.close()


class Screen:
    """One page of Chromium, and what it did that it must not do: foreign requests, dialogs, errors of scripts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.foreign, self.faults = list[str](), list[str]()
        page.context.on(
            "request", lambda one: None if OURS.match(one.url) else self.foreign.append(one.url)
        )
        page.on(
            "websocket", lambda one: None if OURS.match(one.url) else self.foreign.append(one.url)
        )
        page.on("dialog", self._refuse)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _refuse(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def run_all(self) -> None:
        """Runs every cell of the notebook that is open, and waits for the board."""
        self.begin()
        self.drawn()

    def begin(self) -> None:
        """Runs every cell of the notebook that is open, once its kernel is there."""
        page = self.page
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=120_000)
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=120_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()

    def drawn(self) -> None:
        """Waits until table and charts stand."""
        self.page.locator(".smartinst-table tr[data-plan-id]").first.wait_for(timeout=120_000)
        self.page.locator(".smartinst-charts svg.marks").first.wait_for(timeout=60_000)

    def total(self) -> int:
        """So many plans pass, as the table says."""
        return int(
            self.page.locator(".smartinst-message[data-total]").get_attribute("data-total") or -1
        )

    def becomes(self, total: int | str) -> None:
        """Waits until so many plans pass (`< 60`: fewer than that)."""
        compared = total if isinstance(total, str) else f"== {total}"
        self.page.wait_for_function(
            f"document.querySelector('.smartinst-message[data-total]').dataset.total {compared}"
        )

    def find(self, transaction: str) -> None:
        """Filters by the code of a transaction."""
        box = self.page.locator(".smartinst-filter-transaction input")
        box.fill(transaction)
        box.press("Enter")
        self.becomes(1)

    def open_plan(self, plan_id: str) -> None:
        """Opens a plan of the table and waits for its page."""
        self.page.locator(
            f".smartinst-table tr[data-plan-id='{plan_id}'] .smartinst-open-button"
        ).click()
        self.page.locator(f".smartinst-plan[data-plan='{plan_id}']").wait_for(timeout=20_000)

    def shot(self, name: str) -> None:
        """A picture for whoever looks, where SMARTINST_SHOTS says."""
        if folder := os.environ.get("SMARTINST_SHOTS"):
            self.page.wait_for_timeout(1000)
            self.page.screenshot(path=f"{folder}/{name}.png")


@contextmanager
def screen(address: str, width: int = 1400, height: int = 1000) -> Iterator[Screen]:
    """An address in Debian's Chromium, which finds no name and no other machine."""
    path = shutil.which("chromium")
    assert path, "Debian's chromium is missing; run: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", OFFLINE])
        made = Screen(browser.new_context(viewport={"width": width, "height": height}).new_page())
        made.page.goto(address, timeout=120_000)  # Voilà runs the notebook before its page is whole
        yield made
        browser.close()
