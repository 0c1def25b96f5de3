"""Folders of the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
TESTS: Final = ROOT / "tests"
GOLDEN: Final = TESTS / "golden"
HOTMART_SAMPLES: Final = TESTS / "hotmart_samples"
