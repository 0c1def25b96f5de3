"""CPU seconds per part of a report of sample plans (chart pictures, PDF, page), and peak memory.

    python tests/bench/compile.py                        1,000 plans, three rounds
    python tests/bench/compile.py --plans 50000 --rounds 1

The notebook is executed once in a kernel, like `smartinst run` does; then the parts run in this
process, one after the other. First calls (imports, Vega's scripts) are listed separately, since a
process pays for them once; then the charts are drawn by the warm engine, as in a forked process.
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


def executed_notebook(folder: Path, plans: int) -> Path:
    """An executed notebook of sample plans."""
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
    (path,) = (folder / "out").rglob("*.ipynb")
    return path


def costs(notebook: Path, rounds: int) -> tuple[Costs, Costs]:
    """CPU seconds of first calls, and of the best round of each part."""
    first_calls: Costs = {}
    best_round: Costs = {}
    clock = time.process_time()
    from smartinst.drawing.vega.engine import ENGINE
    from smartinst.drawing.vega.warm_up import warm_up
    from smartinst.pages.pdf.weasyprint_import import import_weasyprint

    import_weasyprint()
    first_calls["imports (WeasyPrint, Polars, Altair)"] = time.process_time() - clock

    def part(name: str, function: Callable[[], T], into: Costs = best_round) -> T:
        gc.collect()
        start = time.process_time()
        result = function()
        into[name] = min(into.get(name, float("inf")), time.process_time() - start)
        return result

    part("Vega loaded", ENGINE.load, first_calls)
    part("sample charts, four rounds", lambda: warm_up(4), first_calls)
    for _ in range(rounds):
        _round(notebook, part)
    return first_calls, best_round


def _round(notebook: Path, part: Callable[[str, Callable[[], Any]], Any]) -> None:
    """Measures every part of one report with `part`."""
    from smartinst.drawing import chart_images
    from smartinst.pages.html.page import render_page
    from smartinst.pages.pdf import render
    from smartinst.pages.pdf.weasyprint_import import import_weasyprint

    weasyprint = import_weasyprint()
    edition = part("read", lambda: edition_at(notebook))
    specs = [block.spec for block in edition.report.blocks if getattr(block, "spec", None)]
    part(
        f"pictures ({len(specs)} charts)", lambda: [chart_images.chart_svg(spec) for spec in specs]
    )
    sheet = part("print HTML, charts drawn", lambda: render.print_sheet(edition))
    gc.disable()
    document = part("parse, layout", lambda: render.lay_out_sheet(weasyprint, sheet))
    part("write", lambda: render.pdf_bytes(document, sheet.images.values()))
    gc.enable()
    part("page", lambda: render_page(edition))


def cost_lines(costs_by_part: Costs) -> str:
    return "\n".join(f"  {name:<40} {seconds:6.2f} s" for name, seconds in costs_by_part.items())


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser: Any = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plans", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        notebook = executed_notebook(Path(folder), arguments.plans)
        say(
            f"{arguments.plans:,} plans: ingested and executed in "
            f"{time.monotonic() - start:.0f} s (wall)"
        )
        say(f"executed notebook {notebook.stat().st_size / 1e6:.1f} MB")
        first_calls, best_round = costs(notebook, arguments.rounds)
    say(f"once a process:\n{cost_lines(first_calls)}\nevery report, CPU:\n{cost_lines(best_round)}")
    say(f"  {'sum':<40} {sum(best_round.values()):6.2f} s")
    own_memory, kernel = (
        resource.getrusage(processes).ru_maxrss / 1024
        for processes in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    say(f"largest memory: {own_memory:.0f} MB here, {kernel:.0f} MB in the kernel")


if __name__ == "__main__":
    main()
