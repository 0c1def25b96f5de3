"""Reports a minute and CPU of a report, beside Papermill and nbconvert with the same figures.

    python -m tests.bench.reports                                  24 sellers of 300 plans, PDF only
    python -m tests.bench.reports --ways smartinst,kernel --rounds 3
    python -m tests.bench.reports --ways smartinst,no-sandbox
    python -m tests.bench.reports --ways smartinst,weekly          the two pages that are mailed

Each way makes the reports of all sellers, two at a time; the ways take turns in each round, and the
median of the rounds counts. CPU, memory: tests/bench/measuring.py.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from smartinst import sample
from smartinst.settings import _variables
from tests.bench.measuring import Cost, measure
from tests.support.workspace import COMMAND, configuration, ingest_folder

AS_OF: Final = date(2026, 11, 22)
PLACES: Final = (
    ("pt-BR", "America/Sao_Paulo"),
    ("es", "Europe/Madrid"),
    ("en", "America/New_York"),
)
MEGABYTE: Final = 1 << 20


@dataclass(frozen=True)
class Way:
    """One way to make the reports: its command's words, its variables, what it needs."""

    words: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    programs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The programs, modules and settings that are not there."""
        return [
            *(name for name in self.programs if shutil.which(name) is None),
            *(name for name in self.modules if find_spec(name) is None),
            *(f"setting {name}" for name in self.variables if name not in _variables()),
        ]


OPTIONS: Final = ("--all-sellers", "--to", "pdf", "--jobs", "2", "--as-of", AS_OF.isoformat())
RUN: Final = (str(COMMAND), "run", "seller", *OPTIONS)
WEEKLY: Final = (str(COMMAND), "run", "seller-weekly", *OPTIONS)
PEER: Final = (sys.executable, "-m", "tests.bench.peer_batch")
MODULES: Final = ("playwright", "papermill", "nbconvert")
WAYS: Final = {
    "smartinst": Way(RUN),
    "weekly": Way(WEEKLY),
    "kernel": Way(RUN, {"SMARTINST_ENGINE": "kernel"}),
    "no-sandbox": Way(RUN, {"SMARTINST_SANDBOX": "off"}),
    "command-line": Way((*PEER, "command-line"), {}, ("chromium",), MODULES),
    "shared-browser": Way((*PEER, "shared-browser"), {}, ("chromium",), MODULES),
}
DEFAULT: Final = "smartinst,command-line,shared-browser"


def write_workspace(workspace: Path, count: int, plans: int) -> list[str]:
    """Writes a configuration and ingests the sales of each seller; the sellers' ids."""
    places = {f"s{number:02d}": PLACES[number % len(PLACES)] for number in range(count)}
    (workspace / "smartinst.toml").write_text(configuration(places), encoding="utf-8")
    profiles = list(sample.PROFILES.values())
    for number, seller in enumerate(places):
        profile = profiles[number % len(profiles)]
        pages = workspace / "in" / seller
        sample.write_sample(pages, seller, plans, as_of=AS_OF, seed=number + 1, profile=profile)
        ingest_folder(workspace, f"in/{seller}", seller)
    return list(places)


@contextmanager
def browsers_folder() -> Iterator[str]:
    """A folder in which Playwright finds Debian's Chromium under the names that it expects.

    Empty if Playwright is not installed: no peer is measured then.
    """
    if find_spec("playwright") is None:
        yield ""
        return
    from playwright.sync_api import Error, sync_playwright

    with TemporaryDirectory() as folder:
        os.environ["PLAYWRIGHT_BROWSERS_PATH"] = folder
        with sync_playwright() as playwright:
            message = ""
            try:
                playwright.chromium.launch()
            except Error as error:
                message = error.message
            expected = re.findall(r"exist at (\S+)", message)
            for path in (*expected, playwright.chromium.executable_path):
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).symlink_to(shutil.which("chromium") or "chromium")
        yield folder


def environment(way: Way, browsers: str) -> dict[str, str]:
    """This environment without settings of smartinst, with the variables of a way."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
    }
    root = str(Path(__file__).parents[2])
    return inherited | way.variables | {"PYTHONPATH": root, "PLAYWRIGHT_BROWSERS_PATH": browsers}


def measure_way(name: str, workspace: Path, sellers: list[str], browsers: str) -> Cost:
    """The cost of all reports made in one way; fails unless each seller has one new PDF."""
    way = WAYS[name]
    is_peer = way.words[: len(PEER)] == PEER
    folder = workspace / (f"peer/{name}" if is_peer else "var/runs")
    shutil.rmtree(folder, ignore_errors=True)
    words = (*way.words, ",".join(sellers)) if is_peer else way.words
    cost = measure(words, workspace, environment(way, browsers))
    pdfs = [path for path in folder.rglob("*.pdf") if path.read_bytes()[:5] == b"%PDF-"]
    assert len(pdfs) == len(sellers), f"{name}: {len(pdfs)} PDFs of {len(sellers)}"
    return cost


def describe(name: str, cost: Cost, count: int) -> str:
    """One line of the figures of a way in a round."""
    unread = f", memory of {cost.unread} samples unread" if cost.unread else ""
    return (
        f"{name:<15} {count * 60 / cost.wall:6.1f} reports a minute  {cost.cpu / count:5.2f} s of "
        f"CPU each ({cost.cpu_source})  {cost.peak / MEGABYTE:6.0f} MB at most, "
        f"{cost.largest / MEGABYTE:.0f} MB the largest process  "
        f"load {cost.load[0]:.1f} to {cost.load[1]:.1f}{unread}"
    )


def ratio_lines(costs: dict[str, list[Cost]]) -> Iterator[str]:
    """The first way compared with each of the others, round by round."""
    first, *others = costs
    for name in others:
        pairs = list(zip(costs[first], costs[name], strict=True))
        speed = median(other.wall / own.wall for own, other in pairs)
        cpu = median(other.cpu / own.cpu for own, other in pairs)
        yield f"{first} / {name}: reports a minute {speed:.2f}x, CPU of a report {cpu:.2f}x less"


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def available(names: list[str]) -> list[str]:
    """The ways that can be measured here; the others are named with what is missing."""
    for name in names:
        if missing := WAYS[name].missing:
            say(f"{name}: not measured, because these are missing: {', '.join(missing)}")
    return [name for name in names if not WAYS[name].missing]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sellers", type=int, default=24)
    parser.add_argument("--plans", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--ways", default=DEFAULT, help=f"of {', '.join(WAYS)}")
    arguments = parser.parse_args()
    names = available(arguments.ways.split(","))
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    with TemporaryDirectory() as place, browsers_folder() as browsers:
        sellers = write_workspace(Path(place), arguments.sellers, arguments.plans)
        for number in range(arguments.rounds):
            say(f"round {number + 1} of {arguments.rounds}: {len(sellers)} sellers")
            for name in names:
                costs[name].append(measure_way(name, Path(place), sellers, browsers))
                say(describe(name, costs[name][-1], len(sellers)))
    for line in ratio_lines(costs):
        say(line)


if __name__ == "__main__":
    main()
