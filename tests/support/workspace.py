"""Workspaces: configuration, ingested sales, and the `smartinst` command run in them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import load_settings

AS_OF: Final = date(2026, 10, 31)
COMMAND: Final = Path(sys.executable).with_name("smartinst")

SELLERS: Final = {
    "acme": ("pt-BR", "America/Sao_Paulo"),
    "nube": ("es", "Europe/Madrid"),
    "loft": ("en", "America/New_York"),
}
"""Seller → locale and time zone."""


def configuration(sellers: dict[str, tuple[str, str]]) -> str:
    """The text of a smartinst.toml with these sellers."""
    lines = ['home = "var"']
    for seller_id, (locale, timezone) in sellers.items():
        lines += [
            "",
            "[[seller]]",
            f'id = "{seller_id}"',
            f'name = "{seller_id.title()} Cursos"',
            f'email = "{seller_id}@example.com"',
            f'locale = "{locale}"',
            f'timezone = "{timezone}"',
        ]
    return "\n".join(lines) + "\n"


def ingest_folder(workspace: Path, name: str, seller_id: str) -> None:
    """Ingests a folder of a workspace in this process, as `smartinst ingest NAME --seller ID`."""
    settings = load_settings(workspace, {})
    summary = ingest(
        [workspace / name],
        settings.find(seller_id),
        Ledger(settings.ledger),
        datetime.now(UTC),
        settings.limits,
    )
    assert not summary.unreadable, summary.document()


def smartinst(workspace: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs `smartinst WORDS` in a workspace, with only `variables` as SMARTINST_* variables."""
    return subprocess.run(
        [COMMAND, *words],
        cwd=workspace,
        env=environment_without_smartinst() | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def environment_without_smartinst() -> dict[str, str]:
    """The variables of this process that are not smartinst's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")}
