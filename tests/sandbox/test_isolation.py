"""What a hostile run gets, with and without bubblewrap, as root and as another user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.sandbox.hostile_run import SECRET
from tests.sandbox.users import WITHOUT_NAMESPACES, as_user, each_user
from tests.support.paths import ROOT

NEEDED: Final = {"read a notebook", "write its folder", "start a program", "use Polars"}
"""What every run can do."""
LANDLOCK_GAPS: Final = {"udp", "unix socket"}
"""What Landlock does not forbid; the folder of the socket stays unreadable."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A workspace and its surroundings that every user can reach, full of secrets."""
    folder = Path(tempfile.mkdtemp(prefix="smartinst-hostile-"))
    folder.chmod(0o755)
    for name in (
        *("workspace/var/ledger/plans.parquet", "workspace/var/smartinst.db"),
        *("workspace/smartinst.toml", "workspace/.env", "secrets/mail", "other/diary"),
        "workspace/var/runs/.work/2/facts.parquet",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(SECRET, encoding="ascii")
    (folder / "workspace/notebooks").mkdir()
    (folder / "workspace/notebooks/own.ipynb").write_text("{}", encoding="ascii")
    yield folder
    shutil.rmtree(folder)


def what_it_gets(
    folder: Path, user: int, other_python: list[Path], prefix: tuple[str, ...] = (), **options: Any
) -> tuple[dict[str, Any], dict[str, str]]:
    """The isolation, and the result of each attempt of a run that `user` starts."""
    python, *packages = other_python if user else [Path(sys.executable)]
    work = folder / "workspace/var/runs/.work"
    shutil.rmtree(work / "1", ignore_errors=True)
    (work / "1").mkdir()
    (folder / "workspace/var/database.socket").unlink(missing_ok=True)
    prefix = (*as_user(user, folder), *prefix)
    readable = [folder / "workspace/notebooks", ROOT / "tests", *packages]
    defaults = {"has_sandbox": True, "is_confined": True, "readable": list(map(str, readable))}
    completed = subprocess.run(
        [
            *prefix,
            python,
            *("-m", "tests.sandbox.hostile_run", "parent", folder),
            json.dumps(defaults | options),
        ],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    document = json.loads(completed.stdout)
    return document["isolation"], document["attempts"]


def granted(attempts: dict[str, str]) -> set[str]:
    """The attempts that got something; an environment counts if it has what was not listed."""
    assert not [name for name, result in attempts.items() if SECRET in result], attempts
    return {name for name, result in attempts.items() if result.startswith("got: ")} - {
        "every environment"
    }


@each_user
def test_a_run_in_the_sandbox_gets_nothing_but_its_own(
    folder: Path, other_python: list[Path], user: int
) -> None:
    isolation, attempts = what_it_gets(folder, user, other_python)
    assert isolation == {
        "has_private_folder": True,
        "has_private_network": True,
        "has_file_rules": True,
    }
    assert granted(attempts) == NEEDED


@each_user
def test_without_bubblewrap_a_run_gets_nothing_but_its_own(
    folder: Path, other_python: list[Path], user: int
) -> None:
    isolation, attempts = what_it_gets(folder, user, other_python, has_sandbox=False)
    assert isolation["has_file_rules"]
    assert granted(attempts) == NEEDED | {"unix socket"}


@each_user
def test_without_namespaces_a_run_gets_no_file_but_its_own(
    folder: Path, other_python: list[Path], user: int
) -> None:
    isolation, attempts = what_it_gets(
        folder, user, other_python, WITHOUT_NAMESPACES, has_sandbox=False
    )
    assert not isolation["has_private_folder"]
    assert not isolation["has_private_network"]
    assert granted(attempts) == NEEDED | LANDLOCK_GAPS


@each_user
def test_an_unconfined_run_reads_files_but_no_process_and_no_other_run(
    folder: Path, other_python: list[Path], user: int
) -> None:
    isolation, attempts = what_it_gets(
        folder, user, other_python, has_sandbox=False, is_confined=False
    )
    assert isolation["has_private_folder"]
    files = {"ledger", "database", "configuration", "dotenv", "secret file", "home of another"}
    assert {name for name, result in attempts.items() if SECRET in result} == files


@each_user
def test_capabilities_and_namespaces_are_not_needed_to_protect_processes(
    folder: Path, other_python: list[Path], user: int
) -> None:
    isolation, attempts = what_it_gets(
        folder, user, other_python, WITHOUT_NAMESPACES, has_sandbox=False, is_confined=False
    )
    assert not isolation["has_private_folder"]
    assert "got: " not in attempts["capabilities"]
    of_processes = [name for name in attempts if name.endswith((" of parent", " of pool"))]
    assert len(of_processes) == 6
    assert not [
        name for name in (*of_processes, "trace parent", "trace pool") if "got: " in attempts[name]
    ]
