"""Compares the reports of both engines: every output of each notebook, the page, the PDF's text.

python -m tests.bench.engine_parity                  24 sellers of 300 plans
python -m tests.bench.engine_parity --sellers 3
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from smartinst.pages.reading.notebook_file import read_document
from tests.bench.reports import AS_OF, write_workspace
from tests.support.workspace import smartinst

ENGINES: Final = ("auto", "kernel")
WORDS: Final = ("run", "seller", "--all-sellers", "--to", "pdf,html", "--as-of", AS_OF.isoformat())


def make_reports(workspace: Path, engine: str) -> None:
    """Runs the report of every seller with an engine, into a folder of its name."""
    process = smartinst(
        workspace, *WORDS, "--out", str(workspace / engine), SMARTINST_ENGINE=engine
    )
    assert process.returncode == 0, process.stderr


def outputs_of(path: Path) -> list[Any]:
    """The outputs of a notebook's cells, with their execution counts."""
    return [
        (cell.get("execution_count"), cell.get("outputs", []))
        for cell in read_document(path)["cells"]
    ]


def pdf_text(path: Path) -> str:
    """The text of a PDF, as it is laid out."""
    return subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True
    ).stdout


def differences(workspace: Path, seller: str) -> Iterator[str]:
    """What differs between the reports of a seller; counts what is equal in `EQUAL`."""
    stem = f"{seller}/seller-{AS_OF.isoformat()}/seller-{seller}-{AS_OF.isoformat()}"
    first, second = (workspace / engine / stem for engine in ENGINES)
    pairs = zip(
        outputs_of(first.with_suffix(".ipynb")),
        outputs_of(second.with_suffix(".ipynb")),
        strict=True,
    )
    for number, (own, kernel) in enumerate(pairs):
        if own == kernel:
            EQUAL["cells"] += 1
            EQUAL["MIME types"] += sum(len(output.get("data", {})) for output in own[1])
        else:
            yield f"{seller}: cell {number}"
    if first.with_suffix(".html").read_bytes() == second.with_suffix(".html").read_bytes():
        EQUAL["pages"] += 1
    else:
        yield f"{seller}: page"
    if pdf_text(first.with_suffix(".pdf")) == pdf_text(second.with_suffix(".pdf")):
        EQUAL["PDF texts"] += 1
    else:
        yield f"{seller}: text of the PDF"


EQUAL: Final = Counter[str]()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sellers", type=int, default=24)
    parser.add_argument("--plans", type=int, default=300)
    arguments = parser.parse_args()
    with TemporaryDirectory() as place:
        workspace = Path(place)
        sellers = write_workspace(workspace, arguments.sellers, arguments.plans)
        for engine in ENGINES:
            make_reports(workspace, engine)
        lines = [line for seller in sellers for line in differences(workspace, seller)]
    equal = ", ".join(f"{count} {name}" for name, count in EQUAL.items())
    sys.stdout.write("\n".join([*lines, f"equal: {equal}; different: {len(lines)}\n"]))
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
