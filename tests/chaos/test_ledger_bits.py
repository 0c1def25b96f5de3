"""Random changed bits in every kind of file of a ledger: none changes a figure silently.

`SMARTINST_CHAOS_FLIPS` is the number of tries (100 times SIZE by default).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from tests.chaos import SIZE
from tests.support.damaged_ledgers import flip_bits, write_ledger

FLIPS: Final = int(os.environ.get("SMARTINST_CHAOS_FLIPS", 100 * SIZE))


def test_no_changed_bit_changes_a_figure_silently(tmp_path: Path) -> None:
    write_ledger(tmp_path)
    outcomes = flip_bits(tmp_path, FLIPS, seed=FLIPS)
    sys.stdout.write(f"{dict(sorted(outcomes.items()))}\n")
    assert outcomes.total() == FLIPS
    assert not {name: count for name, count in outcomes.items() if name.endswith("silent")}
    assert outcomes["data reported"] > 0
