"""What reading a ledger costs with its checks and without: CPU seconds of new processes, by turns.

`python -m tests.bench.ledger_checks --plans 3000 --rounds 5`. Without checks, the SHA-256 that each
file is compared with is taken as right; all else is the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from smartinst.ledger.ledger import Ledger
from tests.support.hotmart_payloads import item
from tests.support.ingested import ingest_documents

CHILD: Final = """
import sys, time
from smartinst.ledger.files import checks, seals, table_versions
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.files.storage import LocalFolder
from tests.support.hotmart_payloads import ACME
from tests.support.ingested import frames
if sys.argv[2] == "without":
    checks.check_log = lambda *_: None
    checks.check_version = lambda *_: None
    table_versions.check_log = table_versions.check_version = lambda *_: None
    LocalFolder.checked_source = lambda self, name, sha256: (self.path / name, True)
start, cpu = time.perf_counter(), time.process_time()
frames(Ledger(sys.argv[1]).read(ACME))
print(time.perf_counter() - start, time.process_time() - cpu)
"""


def seconds(root: Path, mode: str) -> tuple[float, float]:
    """Wall and CPU seconds of one read of a seller in a new process."""
    words = [sys.executable, "-c", CHILD, str(root), mode]
    output = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    wall, cpu = output.split()
    return float(wall), float(cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for part in range(10):
            numbers = range(part, arguments.plans, 10)
            items = [item(k, plan=20000000 + number) for number in numbers for k in (1, 2, 3, 4)]
            ingest_documents(Ledger(folder), items)
        modes = ("with", "without")
        times: dict[str, list[tuple[float, float]]] = {mode: [] for mode in modes}
        for _ in range(arguments.rounds):
            for mode in modes:
                times[mode].append(seconds(Path(folder), mode))
        for mode in modes:
            walls, cpus = zip(*times[mode], strict=True)
            sys.stdout.write(
                f"{mode:8} checks: wall {min(walls):.3f} s (median {median(walls):.3f}), "
                f"CPU {min(cpus):.3f} s (median {median(cpus):.3f})\n"
            )


if __name__ == "__main__":
    main()
