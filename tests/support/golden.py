"""Golden files: reviewed copies of rendered components."""

from __future__ import annotations

import os

from tests.support.paths import GOLDEN


def assert_matches_golden(name: str, text: str) -> None:
    """Compares text with its golden file; SMARTINST_GOLDEN=write writes the file instead."""
    path = GOLDEN / name
    if os.environ.get("SMARTINST_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), (
        f"{name} differs; review the change, then run SMARTINST_GOLDEN=write pytest"
    )
