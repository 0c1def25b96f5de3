"""Warms the engine before processes are forked, so that none of them compiles Vega's functions.

V8 compiles a function when it is first called, and again when it has run often. The charts of a
sample seller take 0.5 s of CPU in a new process, 0.3 s after one round of them, and 0.23 s after
four.
"""

from __future__ import annotations

import json
from typing import Final

from smartinst.drawing.vega.engine import ENGINE
from smartinst.shipped import TEMPLATES

SPECS: Final = TEMPLATES / "charts" / "warm-up.json"
"""Specs of all charts of the book; `python -m tests.support.warm_up_specs` writes them."""


def warm_up(rounds: int) -> None:
    """Loads the engine, and draws the sample charts so many times."""
    ENGINE.load()
    if not ENGINE.is_embedded:  # vl-convert would start threads
        return
    specs = json.loads(SPECS.read_text(encoding="utf-8"))
    for _ in range(rounds):
        for spec in specs:
            ENGINE.svg(spec)
