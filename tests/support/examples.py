"""Number of generated examples of a property test: all, or a tenth in `make test-fast`."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import settings

SHARE: Final = float(os.environ.get("SMARTINST_TEST_SHARE", "1"))
STEP: Final = round(1 / SHARE)
"""Distance of the cases in a test that goes through all of them."""


def share_of(count: int) -> int:
    return max(round(count * SHARE), 1)


def examples(count: int) -> settings:
    """Settings of a property test that runs so many examples, without a time limit."""
    return settings(max_examples=share_of(count), deadline=None)
