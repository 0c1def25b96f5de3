"""JupyterLab in Chromium: token, widgets, a filter, a clicked bar, a plan's page, and a refund on a test platform."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

FOOT = 222
"""Below the first chart's top: title and plot, to where its bars stand."""
OURS = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:")

FOOT = 222
"""How far below the first chart's top its bars' foot is, in pixels: title, then the plot's height."""


class FakePlatform(BaseHTTPRequestHandler):
    """Gives a token, and says yes to every write, which it remembers."""

    written: list[tuple[str, str]] = []  # noqa: RUF012 - one for the whole test

    def _answer(self, document: object) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self._answer({"access_token": "t", "expires_in": 3600})

    def do_PUT(self) -> None:
        self.written.append(("PUT", self.path))
        self._answer({})

    def log_message(self, *_words: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def platform() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakePlatform)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def lab(workspace: Path, platform: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `smartinst lab` with its token; the platform's addresses and credentials in its environment."""
    (workspace / "notebooks").mkdir(exist_ok=True)  # an analyst's own: the dashboard comes beside them
    names = {f"SMARTINST_HOTMART_ACME_{name}": "dGVzdA==" for name in ("CLIENT_ID", "CLIENT_SECRET", "BASIC")}
    own = {"SMARTINST_HOTMART_API": platform, "SMARTINST_HOTMART_AUTH": platform}
    own |= {"JUPYTER_CONFIG_DIR": str(tmp_path_factory.mktemp("jupyter"))}
    command = [str(Path(sys.executable).parent / "smartinst"), "lab", "--port", "0", "--no-browser", "--allow-root"]
    process = subprocess.Popen(
        command, cwd=workspace, env=os.environ | names | own, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    said = iter(process.stderr.readline, "")
    address = next(found[0] for line in said if (found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", line)))
    drain = threading.Thread(target=lambda: [None for _ in said])
    drain.start()
    yield address
    process.terminate()
    process.wait(30)
    drain.join()
    process.stderr.close()


@pytest.fixture
def page(lab: str) -> Iterator[tuple[Page, list[str]]]:
    path = shutil.which("chromium")
    assert path, "Debian's chromium is missing; run: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page, foreign = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page(), list[str]()
        page.on("request", lambda request: None if OURS.match(request.url) else foreign.append(request.url))
        page.goto(lab)
        yield page, foreign
        browser.close()


def shot(page: Page, name: str) -> None:
    """A picture for whoever looks, where SMARTINST_SHOTS says."""
    if folder := os.environ.get("SMARTINST_SHOTS"):
        page.wait_for_timeout(1000)
        page.screenshot(path=f"{folder}/{name}.png")


def plans_shown(page: Page) -> int:
    return int(page.locator(".smartinst-said").get_attribute("data-total") or -1)


def test_the_screen_is_filtered_clicked_opened_and_acted_on(page: tuple[Page, list[str]]) -> None:
    screen, foreign = page
    screen.get_by_text("board.notes()").wait_for(timeout=240_000)
    screen.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(timeout=240_000)
    screen.get_by_role("menuitem", name="Run", exact=True).click()
    screen.get_by_text("Run All Cells", exact=True).click()
    screen.locator(".smartinst-grid tr[data-plan-id]").first.wait_for(timeout=240_000)
    bars = screen.locator(".smartinst-charts svg path[aria-roledescription=bar], .smartinst-charts canvas")
    bars.first.wait_for(timeout=30_000)
    shot(screen, "1-panel")
    everything = plans_shown(screen)

    screen.locator(".smartinst-filter-status select").select_option(index=0)
    screen.wait_for_function(f"document.querySelector('.smartinst-said').dataset.total < {everything}")
    filtered = plans_shown(screen)
    assert 0 < filtered < everything
    assert screen.locator(".smartinst-count").get_attribute("data-count") == str(filtered)

    screen.locator(".smartinst-charts").scroll_into_view_if_needed()
    shot(screen, "2-charts")
    chart = screen.locator(".smartinst-charts canvas, .smartinst-charts svg.marks").first
    box = chart.bounding_box()
    assert box
    found = False
    for x in range(60, int(box["width"]) - 20, 8):  # along the foot of the bars
        screen.mouse.click(box["x"] + x, box["y"] + FOOT)
        screen.wait_for_timeout(150)
        if screen.locator(".smartinst-chip").count():
            found = True
            break
    assert found
    screen.wait_for_function(f"document.querySelector('.smartinst-said').dataset.total < {filtered}")
    shot(screen, "3-clicked")
    screen.locator(".smartinst-chip").first.click()
    screen.wait_for_function(f"document.querySelector('.smartinst-said').dataset.total == {filtered}")

    screen.locator(".smartinst-grid").scroll_into_view_if_needed()
    screen.locator(".smartinst-grid tr[data-plan-id] input").first.check()
    shot(screen, "4-table")
    paid = screen.locator(".smartinst-grid tr[data-plan-id]", has_text="Em andamento")
    plan = paid.first.get_attribute("data-plan-id")
    paid.first.locator(".smartinst-open").click()
    screen.locator(f".smartinst-plan[data-plan='{plan}']").wait_for(timeout=20_000)
    screen.locator(".smartinst-refund").click()
    screen.locator(".smartinst-proposal li").first.wait_for()
    screen.locator(".smartinst-confirm input").fill(str(plan))
    shot(screen, "5-refund")
    assert FakePlatform.written == []
    screen.locator("button.smartinst-send:enabled").click()
    screen.locator(".smartinst-done").wait_for(timeout=20_000)
    shot(screen, "6-done")
    row = screen.locator(f".smartinst-grid tr[data-plan-id='{plan}']", has_text="Reembolsar comprador: feito")
    row.wait_for(state="attached", timeout=20_000)
    row.scroll_into_view_if_needed()
    shot(screen, "7-table")
    assert FakePlatform.written
    assert all(method == "PUT" and path.endswith("/refund") for method, path in FakePlatform.written)
    assert foreign == []
