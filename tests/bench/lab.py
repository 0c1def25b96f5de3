"""Time from an action of a user of the live board to the browser's redraw, with a large table.

.venv/bin/python -m tests.bench.lab [PLANS]      default 20,000
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from smartinst.commands.options import say
from tests.bench.explore import create_workspace
from tests.support.jupyterlab import Screen, open_screen, run_server

BOARD = """from dataclasses import replace
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.report.book import open_book
from tests.bench.explore import enlarge

book = open_book("acme")
charges = -(-{plans} * book.charges.height // book.plans.height)
board = LiveBoard(replace(book, rows=enlarge(book.rows, charges)), {{}})
board.filters()"""
CELLS = (
    BOARD,
    "board.keys()",
    "board.charts()",
    "board.table()",
    "board.plan()",
)
OBSERVE = """() => {
  const times = window.redrawTimes = {};
  const table = document.querySelector('.smartinst-main-table');
  const charts = document.querySelector('.smartinst-charts');
  const keys = document.querySelector('.smartinst-key-figures').parentElement;
  for (const [name, element] of Object.entries({ keys, charts, table })) {
    const observer = new MutationObserver(() => { times[name] = performance.now(); });
    observer.observe(element, { childList: true, subtree: true });
  }
}"""
"""Records when each part of the board was last redrawn."""


def milliseconds(screen: Screen, action: Callable[[], object], part: str, times: int = 5) -> float:
    """The median time from an action to a part's last redraw, within a second of the former."""
    durations = []
    for _ in range(times):
        start = float(screen.page.evaluate("performance.now()"))
        action()
        screen.page.wait_for_function(f"start => window.redrawTimes['{part}'] > start", arg=start)
        screen.page.wait_for_timeout(1000)
        durations.append(float(screen.page.evaluate(f"window.redrawTimes['{part}']")) - start)
    return median(durations)


def main(plans: int) -> None:
    """Prints one line for each action."""
    with TemporaryDirectory() as temporary:
        workspace = Path(temporary)
        create_workspace(workspace)
        folder = workspace / "notebooks" / "live"  # the folder of the copies
        folder.mkdir(parents=True)
        (folder / "many.ipynb").write_text(notebook(plans), encoding="utf-8")
        with (
            run_server("lab", workspace, {"PYTHONPATH": str(Path.cwd())}) as address,
            open_screen(address.replace("explore.ipynb", "many.ipynb")) as screen,
        ):
            screen.run_notebook()
            measure(screen)


def notebook(plans: int) -> str:
    """A notebook with the board of so many plans."""
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for index, source in enumerate(cell.format(plans=plans) for cell in CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def measure(screen: Screen) -> None:
    """Filters, sorts and scrolls."""
    page = screen.page
    page.wait_for_timeout(5000)
    page.evaluate(OBSERVE)
    say(f"{screen.plan_count():,} plans in the table")
    checkbox = page.locator(".smartinst-checkboxes input[value='In progress']")
    for part in ("keys", "table", "charts"):
        say(f"filter change to redrawn {part}: {milliseconds(screen, checkbox.click, part):.0f} ms")
    sort_button = page.locator(".smartinst-main-table th button").nth(3)
    say(f"sort by a column: {milliseconds(screen, sort_button.click, 'table'):.0f} ms")
    positions = iter(range(1, 100))

    def scroll() -> None:
        page.evaluate(
            f"document.querySelector('.smartinst-viewport').scrollTop = {next(positions) * 17_000}"
        )

    say(f"jump in the table: {milliseconds(screen, scroll, 'table'):.0f} ms")
    say(f"fps while scrolling: {page.evaluate(FRAMES):.0f}")


FRAMES = """() => new Promise(resolve => {
  const viewport = document.querySelector('.smartinst-viewport');
  let frames = 0;
  const start = performance.now();
  const step = () => { viewport.scrollTop += 40; frames += 1;
    if (performance.now() - start < 2000) requestAnimationFrame(step); else resolve(frames / 2); };
  requestAnimationFrame(step); })"""
"""Frames per second during two seconds of scrolling."""


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
