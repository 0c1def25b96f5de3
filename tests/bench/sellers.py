"""CPU of commands for one seller, beside the number of configured sellers.

    python -m tests.bench.sellers                        10, 1,000 and 10,000 sellers
    python -m tests.bench.sellers --counts 10,100000 --rounds 5

The commands take turns over the numbers of sellers; the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from smartinst import sample
from tests.bench.measuring import measure
from tests.support.workspace import COMMAND, ingest_folder

AS_OF: Final = date(2026, 11, 22)
BEFORE: Final = "2026-11-23T09:00:00Z"
DUE: Final = "2026-11-23T10:05:00Z"
"""Monday, five minutes after seven in São Paulo; in Madrid the period is too old by then."""

REPORT: Final = """title = "Smart Installments"
notebook = "seller.ipynb"
formats = ["pdf"]
[schedule]
cron = "0 7 * * MON"
missed = "none"
"""
RUN: Final = ("run", "seller", "--to", "pdf", "--as-of", AS_OF.isoformat())
COMMANDS: Final = {
    "plans of a seller": ("plans", "--seller", "s00000", "--as-of", AS_OF.isoformat()),
    "a report": (*RUN, "--seller", "s00000"),
    "four reports": (
        *RUN,
        *(word for number in range(4) for word in ("--seller", f"s{number:05d}")),
    ),
    "a tick with nothing due": ("schedule", "tick", "--now", BEFORE),
    "a tick with one report due": ("schedule", "tick", "--now", DUE),
}


def write_workspace(workspace: Path, count: int) -> None:
    """Writes a configuration of many sellers, the sales of four, and a weekly report."""
    lines = ['home = "var"']
    for number in range(count):
        zone = "Europe/Madrid" if number else "America/Sao_Paulo"
        seller = f"s{number:05d}"
        lines += ["[[seller]]", f'id = "{seller}"', f'name = "Seller {number}"']
        lines += [f'email = "owner@{seller}.example"', 'locale = "es"', f'timezone = "{zone}"']
    (workspace / "smartinst.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for number in range(4):
        name = f"in/{number}"
        sample.write_sample(workspace / name, f"s{number:05d}", 300, as_of=AS_OF, seed=number)
        ingest_folder(workspace, name, f"s{number:05d}")


def cpu_seconds(workspace: Path, words: tuple[str, ...]) -> float:
    """CPU of one command, started with an empty run history."""
    (workspace / "var" / "smartinst.db").unlink(missing_ok=True)
    reports = workspace / "reports"
    if words[0] == "schedule":
        reports.mkdir(exist_ok=True)
        (reports / "weekly.toml").write_text(REPORT, encoding="utf-8")
    elif reports.exists():
        (reports / "weekly.toml").unlink()
        reports.rmdir()
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
    }
    cost = measure([str(COMMAND), *words], workspace, inherited)
    pdfs = list(workspace.glob("var/runs/weekly/*/*/*/*.pdf"))
    assert len(pdfs) == (DUE in words), pdfs
    shutil.rmtree(workspace / "var" / "runs", ignore_errors=True)
    return cost.cpu


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counts", default="10,1000,10000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="commands whose name contains this")
    arguments = parser.parse_args()
    counts = [int(count) for count in arguments.counts.split(",")]
    with TemporaryDirectory() as place:
        for count in counts:
            (Path(place) / str(count)).mkdir()
            write_workspace(Path(place) / str(count), count)
        say(f"{'CPU seconds':<28}" + "".join(f"{count:>9,}" for count in counts) + "  sellers")
        for name, words in COMMANDS.items():
            if arguments.only not in name:
                continue
            seconds: dict[int, list[float]] = {count: [] for count in counts}
            for _ in range(arguments.rounds):
                for count in counts:
                    seconds[count].append(cpu_seconds(Path(place) / str(count), words))
            say(f"{name:<28}" + "".join(f"{median(seconds[count]):9.2f}" for count in counts))


if __name__ == "__main__":
    main()
