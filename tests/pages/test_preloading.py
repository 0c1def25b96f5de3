"""A process that prepared the compilers forks processes that compile at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from smartinst.pages.pdf.render import render_pdf
from smartinst.report.book import Book
from tests.support.executed import edition_at, write_executed

PROGRAM = """
import os, sys, time
from pathlib import Path
from smartinst.pages.preloading import preload_compilers

preload_compilers()
tasks = Path("/proc/self/task").iterdir()
print({(task / "comm").read_text().strip() for task in tasks if task.name != str(os.getpid())})
sys.stdout.flush()
for number in range(3):
    if not (child := os.fork()):
        from smartinst.pages.compiler import edition_of
        from smartinst.pages.pdf.render import render_pdf
        from smartinst.pages.reading.report import read_report
        edition = edition_of(read_report(Path(sys.argv[1])))
        Path(sys.argv[2], f"{number}.pdf").write_bytes(render_pdf(edition, strict=True))
        os._exit(0)
    deadline = time.monotonic() + 60
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        assert time.monotonic() < deadline, "the child hangs"
        time.sleep(0.05)
    assert ended[1] == 0, ended
"""
IDLE_THREADS = {"jemalloc_bg_thd", "polars-ooc-clea"}
"""Those of Polars, from its import on, which are no danger to a forked process."""


def test_it_starts_no_thread_and_forked_processes_compile_the_same_pdf(
    hostile_book: Book, tmp_path: Path
) -> None:
    executed = write_executed(tmp_path / "seller.ipynb", hostile_book)
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, executed, tmp_path],
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert set(eval(process.stdout.splitlines()[0])) <= IDLE_THREADS
    assert process.stderr == ""
    pdf = render_pdf(edition_at(executed), strict=True)
    assert [(tmp_path / f"{number}.pdf").read_bytes() == pdf for number in range(3)] == [True] * 3
