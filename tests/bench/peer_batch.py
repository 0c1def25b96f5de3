"""The peers of `make bench-reports`: the same figures by Papermill, nbconvert and Chromium.

    python -m tests.bench.peer_batch command-line SELLERS     papermill, then nbconvert --to webpdf,
                                                              as commands, two sellers at a time
    python -m tests.bench.peer_batch shared-browser SELLERS   Papermill and nbconvert called in two
                                                              processes, one Chromium for all pages

The current folder has in/<seller>/; PDFs are written to peer/<way>/. `command-line` needs
PLAYWRIGHT_BROWSERS_PATH, since nbconvert names no browser.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

NOTEBOOK: Final = Path(__file__).with_name("peer_report.ipynb")
AT_A_TIME: Final = 2
START_SECONDS: Final = 30
BROWSER: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
"""Without name resolution, scripts that nbconvert's page takes from a network fail at once."""


def by_command_line(seller: str) -> None:
    """One report as an analyst makes it in a terminal."""
    folder = Path("peer/command-line")
    executed = str(folder / f"{seller}.ipynb")
    scripts = Path(sys.executable).parent
    papermill = [str(scripts / "papermill"), "--no-progress-bar", str(NOTEBOOK), executed]
    convert = [str(scripts / "jupyter"), "nbconvert", "--to", "webpdf", "--no-input", executed]
    subprocess.run([*papermill, "-p", "folder", f"in/{seller}"], check=True)
    subprocess.run([*convert, "--WebPDFExporter.disable_sandbox=True"], check=True)


@cache
def browser_thread() -> ThreadPoolExecutor:
    """The thread that talks to the browser: Papermill needs the event loop of the main thread."""
    return ThreadPoolExecutor(1)


@cache
def browser(address: str) -> Any:
    """Playwright's connection to the shared Chromium."""
    from playwright.sync_api import sync_playwright

    return sync_playwright().start().chromium.connect_over_cdp(address)


def print_page(address: str, page_file: Path, target: Path) -> None:
    """Prints a page to PDF in a new tab of the shared Chromium."""
    page = browser(address).contexts[0].new_page()
    page.emulate_media(media="print")
    page.goto(page_file.absolute().as_uri(), wait_until="load")
    page.pdf(path=target, print_background=True)
    page.close()


def by_shared_browser(seller: str, address: str) -> None:
    """One report in this process, which makes many; only the kernel is new."""
    import papermill
    from nbconvert import HTMLExporter

    folder = Path("peer/shared-browser")
    executed = papermill.execute_notebook(
        NOTEBOOK,
        None,
        {"folder": f"in/{seller}"},
        progress_bar=False,
        request_save_on_cell_execute=False,
    )
    exporter = HTMLExporter(template_name="webpdf", exclude_input=True)
    text, _ = exporter.from_notebook_node(executed)
    page_file = folder / f"{seller}.html"
    page_file.write_text(text, encoding="utf-8")
    target = folder / f"{seller}.pdf"
    browser_thread().submit(print_page, address, page_file, target).result()


@contextmanager
def shared_chromium() -> Iterator[str]:
    """The address of a Chromium that runs until the block ends."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        port_file = Path(profile) / "DevToolsActivePort"
        command = ["chromium", *BROWSER, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not (port_file.is_file() and port_file.read_text()):
            assert process.poll() is None, "Chromium ended"
            assert time.monotonic() < deadline, "Chromium does not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port_file.read_text().split()[0]}"
        process.terminate()
        process.wait()


def main(way: str, sellers: list[str]) -> None:
    (Path("peer") / way).mkdir(parents=True, exist_ok=True)
    if way == "command-line":
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            list(threads.map(by_command_line, sellers))
        return
    with (
        shared_chromium() as address,
        ProcessPoolExecutor(AT_A_TIME, get_context("spawn")) as processes,
    ):
        list(processes.map(by_shared_browser, sellers, [address] * len(sellers)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].split(","))
