"""A workspace with sample sales, made once; the command as its users call it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from smartinst import sample
from tests.postgres import database, postgres, postgres_server

__all__ = ["database", "postgres", "postgres_server"]

AS_OF = date(2026, 10, 31)
COMMAND = Path(sys.executable).with_name("smartinst")

SELLERS = {"acme": ("pt-BR", "America/Sao_Paulo"), "nube": ("es", "Europe/Madrid"), "loft": ("en", "America/New_York")}


def configuration(sellers: dict[str, tuple[str, str]]) -> str:
    lines = ['home = "var"']
    for seller_id, (locale, zone) in sellers.items():
        lines += ["", "[[seller]]", f'id = "{seller_id}"', f'name = "{seller_id.title()} Cursos"']
        lines += [f'email = "{seller_id}@example.com"', f'locale = "{locale}"', f'timezone = "{zone}"']
    return "\n".join(lines) + "\n"


def smartinst(workspace: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`smartinst WORDS` in a workspace, with these variables and not the settings of whoever runs the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")} | variables
    return subprocess.run([COMMAND, *words], cwd=workspace, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the three demo sellers, 60 plans each, ingested."""
    place = tmp_path_factory.mktemp("workspace")
    (place / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    for seller_id in SELLERS:
        sample.write(place / "in" / seller_id, seller_id, 60, as_of=AS_OF, seed=5)
        done = smartinst(place, "ingest", f"in/{seller_id}", "--seller", seller_id, "--json")
        assert done.returncode == 0, done.stderr
    return place
