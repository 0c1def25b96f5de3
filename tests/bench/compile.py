"""CPU seconds of making a report of sample plans, by part: chart pictures, PDF, page; and the largest memory.

    python tests/bench/compile.py                        1,000 plans, three rounds
    python tests/bench/compile.py --plans 50000 --rounds 1

The notebook is executed once in a kernel, as `smartinst run` does; then each part runs in this process, one after the
other. First calls (imports, vl-convert's own start) stand apart: a process pays them once, however many reports it makes.
The best round counts.
"""

from __future__ import annotations

import argparse
import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

from smartinst import sample
from tests.support.executed import edition_at

AS_OF: Final = date(2026, 11, 22)
SELLER: Final = """home = "."
[[seller]]
id = "acme"
name = "Acme Cursos"
email = "owner@acme.example"
locale = "pt-BR"
timezone = "America/Sao_Paulo"
"""

T = TypeVar("T")
Costs = dict[str, float]


def executed(folder: Path, plans: int) -> Path:
    """The executed notebook of so many sample plans."""
    (folder / "smartinst.toml").write_text(SELLER, encoding="utf-8")
    sample.write_sample(folder / "in", "acme", plans, as_of=AS_OF)
    command = str(Path(sys.executable).parent / "smartinst")
    run = [
        "run",
        "seller",
        "--seller",
        "acme",
        "--as-of",
        AS_OF.isoformat(),
        "--to",
        "ipynb",
        "--out",
        "out",
    ]
    for words in (["ingest", "in", "--seller", "acme"], run):
        subprocess.run([command, *words], cwd=folder, check=True, capture_output=True)
    (found,) = (folder / "out").rglob("*.ipynb")
    return found


def costs(notebook: Path, rounds: int) -> tuple[Costs, Costs]:
    """CPU seconds of first calls, and of each part in its best round."""
    first: Costs = {}
    best: Costs = {}
    clock = time.process_time()
    from smartinst.drawing import chart_images
    from smartinst.pages.pdf import render

    render.import_weasyprint()
    first["imports (WeasyPrint, Polars, Altair)"] = time.process_time() - clock

    def part(name: str, made: Callable[[], T], into: Costs = best) -> T:
        gc.collect()
        started = time.process_time()
        result = made()
        into[name] = min(into.get(name, float("inf")), time.process_time() - started)
        return result

    tiny = {
        "data": {"values": [{"a": 1}]},
        "mark": "bar",
        "encoding": {"x": {"field": "a", "type": "quantitative"}},
    }
    part("vl-convert's first picture", lambda: chart_images.chart_svg(tiny), first)
    for _ in range(rounds):
        _round(notebook, part)
    return first, best


def _round(notebook: Path, part: Callable[[str, Callable[[], Any]], Any]) -> None:
    """Every part of one report, each in the hands of `part`."""
    from smartinst.drawing import chart_images
    from smartinst.pages.html.page import render_page
    from smartinst.pages.pdf import render

    weasyprint = render.import_weasyprint()
    edition = part("read", lambda: edition_at(notebook))
    specs = [one.spec for one in edition.report.blocks if getattr(one, "spec", None)]
    part(f"pictures ({len(specs)} charts)", lambda: [chart_images.chart_svg(one) for one in specs])
    sheet = part("print HTML, charts drawn", lambda: render.print_sheet(edition))
    gc.disable()
    document = part("parse, layout", lambda: render.lay_out_sheet(weasyprint, sheet))
    part("write", lambda: render.pdf_bytes(document, sheet.images.values()))
    gc.enable()
    part("page", lambda: render_page(edition))


def told(named: Costs) -> str:
    return "\n".join(f"  {name:<40} {seconds:6.2f} s" for name, seconds in named.items())


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    asked: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--plans", type=int, default=1_000)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        notebook = executed(Path(folder), given.plans)
        say(
            f"{given.plans:,} plans: ingested and executed in {time.monotonic() - started:.0f} s (wall)"
        )
        say(f"executed notebook {notebook.stat().st_size / 1e6:.1f} MB")
        first, best = costs(notebook, given.rounds)
    say(f"once a process:\n{told(first)}\nevery report, CPU:\n{told(best)}")
    say(f"  {'sum':<40} {sum(best.values()):6.2f} s")
    here, kernel = (
        resource.getrusage(one).ru_maxrss / 1024
        for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    say(f"largest memory: {here:.0f} MB here, {kernel:.0f} MB in the kernel")


if __name__ == "__main__":
    main()
