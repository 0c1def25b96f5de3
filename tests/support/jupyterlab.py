"""`smartinst lab` and `serve` as processes, displayed in a Chromium that reaches only loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Dialog, Page, WebSocket, sync_playwright

from tests.support.workspace import COMMAND

LOCAL_ADDRESS = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
MESSAGE_ID = re.compile(rb'"msg_id": ?"([^"]+)"')
IDLE = re.compile(rb'"execution_state": ?"idle"')
QUIET_FRAMES = 12
"""Frames in which a redrawn chart would have reported a selection."""
SETTLED_SECONDS = 60
TOKEN_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*token=\w+")


@contextmanager
def run_server(command: str, workspace: Path, environment: dict[str, str]) -> Iterator[str]:
    """Runs `smartinst lab` or `serve` in a workspace and yields its address with the token.

    The caller's own settings of smartinst and Jupyter are not used.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SMARTINST_", "JUPYTER"))
    }
    jupyter = {
        "JUPYTER_CONFIG_DIR": str(workspace / "jupyter"),
        "JUPYTER_DATA_DIR": str(workspace / "jupyter-data"),
    }
    options = ["--allow-root"] if command == "lab" else []
    process = subprocess.Popen(
        [str(COMMAND), command, "--port", "0", "--no-browser", *options],
        cwd=workspace,
        env=inherited | jupyter | environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    lines, log = iter(process.stderr.readline, ""), list[str]()
    address = None
    for line in lines:
        log.append(line)
        if match := TOKEN_ADDRESS.search(line):
            address = match[0]
            break
    drain = threading.Thread(target=lambda: [None for _ in lines])
    drain.start()
    try:
        assert address, "".join(log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:  # Jupyter waits for ever for an export that it cut off
            process.kill()
            process.wait()
        drain.join()
        process.stderr.close()


class Screen:
    """A page in Chromium; records forbidden events: foreign requests, dialogs and script errors."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.foreign_requests, self.errors = list[str](), list[str]()
        page.context.on("request", lambda request: self._check_address(request.url))
        self._unanswered = set[bytes]()
        page.on("websocket", self._follow)
        page.on("dialog", self._dismiss)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _check_address(self, address: str) -> None:
        if not LOCAL_ADDRESS.match(address):
            self.foreign_requests.append(address)

    def _follow(self, socket: WebSocket) -> None:
        """Records the messages to the kernel that have no reply yet."""
        self._check_address(socket.url)
        socket.on("framesent", self._note_request)
        socket.on("framereceived", self._note_answer)

    def _note_request(self, frame: str | bytes) -> None:
        if match := MESSAGE_ID.search(_as_bytes(frame)):
            self._unanswered.add(match[1])

    def _note_answer(self, frame: str | bytes) -> None:
        content = _as_bytes(frame)
        if IDLE.search(content):
            self._unanswered -= set(MESSAGE_ID.findall(content))

    def _dismiss(self, dialog: Dialog) -> None:
        self.errors.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def show_all_filters(self) -> None:
        """Shows the filters that are not always visible."""
        if not self.page.locator(".smartinst-filter-transaction input").is_visible():
            self.page.locator(".smartinst-more-filters").click()

    def run_notebook(self) -> None:
        """Runs all cells of the open notebook and waits for the board."""
        self.start_notebook()
        self.wait_for_board()

    def start_notebook(self) -> None:
        """Runs all cells of the open notebook as soon as its kernel is idle."""
        page = self.page
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=120_000)
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=120_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()

    def wait_for_board(self) -> None:
        """Waits until table and charts are drawn."""
        self.page.locator(".smartinst-main-table tr[data-plan-id]").first.wait_for(timeout=120_000)
        self.page.locator(".smartinst-charts svg.marks").first.wait_for(timeout=60_000)

    def wait_until_settled(self) -> None:
        """Waits until the kernel has answered every message and redrawn charts send no others."""
        deadline, quiet_frames = time.monotonic() + SETTLED_SECONDS, 0
        while quiet_frames < QUIET_FRAMES:
            assert time.monotonic() < deadline, "the kernel has not answered"
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
            quiet_frames = 0 if self._unanswered else quiet_frames + 1

    def plan_count(self) -> int:
        """The number of selected plans according to the table."""
        status = self.page.locator(".smartinst-main-table [data-total]")
        return int(status.get_attribute("data-total") or -1)

    def wait_for_plan_count(self, count: int | str) -> None:
        """Waits for a number of selected plans (`< 60`: for a smaller one)."""
        comparison = count if isinstance(count, str) else f"== {count}"
        status = "document.querySelector('.smartinst-main-table [data-total]')"
        self.page.wait_for_function(f"{status}.dataset.total {comparison}")

    def filter_by_transaction(self, transaction: str) -> None:
        """Filters by the code of a transaction and waits for its one plan."""
        self.show_all_filters()
        text = self.page.locator(".smartinst-filter-transaction input")
        text.fill(transaction)
        text.press("Enter")
        self.wait_for_plan_count(1)

    def open_plan(self, plan_id: str) -> None:
        """Opens a plan of the table and waits for its page."""
        row = self.page.locator(f".smartinst-main-table tr[data-plan-id='{plan_id}']")
        row.locator(".smartinst-open-button").click()
        self.page.locator(f".smartinst-plan[data-plan='{plan_id}']").wait_for(timeout=20_000)

    def save_picture(self, name: str) -> None:
        """Saves a screenshot in the folder SMARTINST_SHOTS, if the variable is set."""
        if folder := os.environ.get("SMARTINST_SHOTS"):
            self.wait_until_settled()
            self.page.screenshot(path=f"{folder}/{name}.png")


def _as_bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


@contextmanager
def open_screen(address: str, width: int = 1400, height: int = 1000) -> Iterator[Screen]:
    """An address in Debian's Chromium, which resolves no names and reaches no other machine."""
    path = shutil.which("chromium")
    assert path, "Debian's chromium is missing; run: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", OFFLINE])
        context = browser.new_context(viewport={"width": width, "height": height})
        screen = Screen(context.new_page())
        screen.page.goto(address, timeout=120_000)  # Voilà runs the notebook before it answers
        yield screen
        browser.close()
