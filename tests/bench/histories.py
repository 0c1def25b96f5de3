"""The reconciliation of many generated histories, and counts of what they contained.

    python -m tests.bench.histories 10000

See tests/analytics/test_histories.py; a failure prints the seeds of the smallest set of histories.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> None:
    os.environ["SMARTINST_HISTORIES"] = sys.argv[1] if len(sys.argv) > 1 else "10000"
    from tests.analytics import test_histories  # reads the number of histories

    started = time.monotonic()
    test_histories.test_every_accepted_payment_is_in_a_figure_or_a_note()
    for name, count in sorted(test_histories.GENERATED.items()):
        print(f"{count:>10,}  {name}")  # noqa: T201
    print(f"{time.monotonic() - started:,.0f} seconds")  # noqa: T201


if __name__ == "__main__":
    main()
