"""How long the board takes in the browser with a large table: what the person at the screen waits for.

.venv/bin/python -m tests.bench.lab [PLANS]      default 20,000; prints milliseconds, medians of several
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from smartinst.commands.options import say
from tests.bench.explore import settle
from tests.support.jupyterlab import Screen, open_screen, run_server

BOARD = """from dataclasses import replace
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.report.book import open_book
from tests.bench.explore import enlarged

book = open_book("acme")
charges = -(-{plans} * book.charges.height // book.plans.height)
board = LiveBoard(replace(book, rows=enlarged(book.rows, charges)), {{}})
board.filters()"""
CELLS = (
    BOARD,
    "board.keys()",
    "board.charts()",
    "board.table()",
    "board.plan()",
)
CHANGED = """() => { const seen = window.seen = {}; for (const [name, path] of Object.entries(
  {keys: '.smartinst-key-figures', charts: '.smartinst-charts', table: '.smartinst-table'})) {
  const place = name === 'keys' ? document.querySelector(path).parentElement : document.querySelector(path);
  new MutationObserver(() => { seen[name] = performance.now(); }).observe(place, {childList: true, subtree: true}); } }"""
"""Notes when each part of the board was last drawn."""


def milliseconds(screen: Screen, act: Callable[[], object], part: str, times: int = 5) -> float:
    """From an act to the last drawing of a part, the median; a second of quiet ends it."""
    taken = []
    for _ in range(times):
        begun = float(
            screen.page.evaluate(
                "() => { window.seen && (window.seen.begun = 1); return performance.now(); }"
            )
        )
        act()
        screen.page.wait_for_function(f"begun => window.seen['{part}'] > begun", arg=begun)
        screen.page.wait_for_timeout(1000)
        taken.append(float(screen.page.evaluate(f"window.seen['{part}']")) - begun)
    return median(taken)


def main(plans: int) -> None:
    """Prints one line for each thing that a person does."""
    with TemporaryDirectory() as place:
        workspace = Path(place)
        settle(workspace)
        folder = workspace / "notebooks" / "live"  # where the copies of the dashboards are laid
        folder.mkdir(parents=True)
        (folder / "many.ipynb").write_text(notebook(plans), encoding="utf-8")
        with (
            run_server("lab", workspace, {"PYTHONPATH": str(Path.cwd())}) as address,
            open_screen(address.replace("explore.ipynb", "many.ipynb")) as screen,
        ):
            screen.run_notebook()
            measure(screen)


def notebook(plans: int) -> str:
    """A notebook of the board over so many plans."""
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"c{at}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for at, source in enumerate(one.format(plans=plans) for one in CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def measure(screen: Screen) -> None:
    """Filter, sort, scroll, open."""
    page = screen.page
    page.wait_for_timeout(5000)
    page.evaluate(CHANGED)
    say(f"{screen.plan_count():,} plans in the table")
    box = page.locator(".smartinst-checkboxes input[value='In progress']")
    for part in ("keys", "table", "charts"):
        say(f"filter change to redrawn {part}: {milliseconds(screen, box.click, part):.0f} ms")
    plan_count = page.locator(".smartinst-table th button").nth(3)
    say(f"sort by a column: {milliseconds(screen, plan_count.click, 'table'):.0f} ms")
    places = iter(range(1, 100))

    def scroll() -> None:
        page.evaluate(
            f"document.querySelector('.smartinst-viewport').scrollTop = {next(places) * 17_000}"
        )

    say(f"jump in the table: {milliseconds(screen, scroll, 'table'):.0f} ms")
    say(f"fps while scrolling: {page.evaluate(FRAMES):.0f}")


FRAMES = """() => new Promise(done => { const view = document.querySelector('.smartinst-viewport'); let frames = 0;
  const begun = performance.now();
  const step = () => { view.scrollTop += 40; frames += 1;
    if (performance.now() - begun < 2000) requestAnimationFrame(step); else done(frames / 2); };
  requestAnimationFrame(step); })"""
"""Frames a second over two seconds of steady scrolling."""


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
