"""The `smartinst` command as its users call it, and the configuration of a workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

AS_OF = date(2026, 10, 31)
COMMAND = Path(sys.executable).with_name("smartinst")

SELLERS = {
    "acme": ("pt-BR", "America/Sao_Paulo"),
    "nube": ("es", "Europe/Madrid"),
    "loft": ("en", "America/New_York"),
}


def configuration(sellers: dict[str, tuple[str, str]]) -> str:
    lines = ['home = "var"']
    for seller_id, (locale, zone) in sellers.items():
        lines += ["", "[[seller]]", f'id = "{seller_id}"', f'name = "{seller_id.title()} Cursos"']
        lines += [
            f'email = "{seller_id}@example.com"',
            f'locale = "{locale}"',
            f'timezone = "{zone}"',
        ]
    return "\n".join(lines) + "\n"


def smartinst(workspace: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`smartinst WORDS` in a workspace, with these variables and not the settings of whoever runs the tests."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
    } | variables
    return subprocess.run(
        [COMMAND, *words], cwd=workspace, env=env, capture_output=True, text=True, check=False
    )
