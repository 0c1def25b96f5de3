"""Golden files: what a component looked like when somebody last looked at it and agreed."""

from __future__ import annotations

import os

from tests.support.paths import GOLDEN

FOLDER = GOLDEN


def agrees(name: str, text: str) -> None:
    """Holds when the text is that of the golden file; SMARTINST_GOLDEN=write writes it anew."""
    path = FOLDER / name
    if os.environ.get("SMARTINST_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), (
        f"{name} differs; look at it, then SMARTINST_GOLDEN=write pytest"
    )
