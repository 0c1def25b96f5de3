"""A notebook that tries to get at everything, run by the command; and secrets in outputs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from smartinst import sample
from smartinst.pages.reading.notebook_file import read_document
from tests.sandbox.users import WITHOUT_NAMESPACES, as_user, each_user
from tests.support.notebooks import parameterized, save
from tests.support.paths import ROOT
from tests.support.workspace import AS_OF, SELLERS, configuration, ingest_folder

SECRET: Final = "a-password-of-the-mail-server"
MARKER: Final = "a-marker-in-the-files-of-others"
OWN: Final = {"own plans", "own variables", "environments", "command lines", "memory"}
"""What a run may get: the last three contain nothing of others, which is checked."""
SANDBOXES: Final = {"bubblewrap": (), "without bubblewrap": WITHOUT_NAMESPACES}
CELL: Final = (
    (ROOT / "tests/sandbox/hostile_cell.py")
    .read_text(encoding="utf-8")
    .replace("from __future__ import annotations", "")
)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A workspace of two sellers that every user can reach, and files beside it."""
    place = Path(tempfile.mkdtemp(prefix="smartinst-notebook-"))
    place.chmod(0o755)
    workspace = place / "workspace"
    workspace.mkdir()
    sellers = {name: SELLERS[name] for name in ("acme", "nube")}
    (workspace / "smartinst.toml").write_text(configuration(sellers), encoding="utf-8")
    for seller_id in sellers:
        sample.write_sample(workspace / "in" / seller_id, seller_id, 12, as_of=AS_OF, seed=5)
        ingest_folder(workspace, f"in/{seller_id}", seller_id)
    for name in ("workspace/.env", "other/diary", "workspace/var/runs/seller/nube/report.html"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(MARKER, encoding="ascii")
    (place / "password").write_text(f"{SECRET}-of-a-file", encoding="ascii")
    yield place
    shutil.rmtree(place)


def targets(place: Path, tcp: int, udp: int) -> dict[str, Any]:
    """What the notebook goes for; it is told every address, which it would have to guess."""
    workspace = place / "workspace"
    database = workspace / "var/smartinst.db"
    database.write_text(MARKER, encoding="ascii")
    return {
        "marker": SECRET[:-1],  # the whole secret must not be in the notebook
        "tcp": tcp,
        "udp": udp,
        "package": str(ROOT / "smartinst/__init__.py"),
        "notebook": str(workspace / "notebooks/hostile.ipynb"),
        "files": {
            "configuration": str(workspace / "smartinst.toml"),
            "dotenv": str(workspace / ".env"),
            "database": str(database),
            "secret file": str(place / "password"),
            "diary of another user": str(place / "other/diary"),
            "report of another seller": str(workspace / "var/runs/seller/nube/report.html"),
        },
        "folders": {"ledger": str(workspace / "var/ledger"), "payloads": str(workspace / "in")},
    }


def run(
    place: Path,
    source: str,
    user: int,
    other_python: list[Path],
    prefix: tuple[str, ...],
    engine: str,
) -> subprocess.CompletedProcess[str]:
    """Runs a notebook with the command, which has secrets in its environment."""
    workspace = place / "workspace"
    python, *packages = other_python if user else [Path(sys.executable)]
    settings = f"readable = {json.dumps(list(map(str, packages)))}\n"
    text = configuration({name: SELLERS[name] for name in ("acme", "nube")})
    (workspace / "smartinst.toml").write_text(f"# {MARKER}\n{settings}{text}", encoding="utf-8")
    save(workspace / "notebooks/hostile.ipynb", parameterized(source))
    command = [*as_user(user, place), *prefix, str(python), "-m", "smartinst.start"]
    words = ["run", "notebooks/hostile.ipynb", "--seller", "acme", "--to", "ipynb"]
    options = ["--as-of", AS_OF.isoformat(), "--out", str(place / "out")]
    return subprocess.run(
        [*command, *words, *options],
        cwd=workspace,
        env={
            "PATH": os.environ["PATH"],
            "SMARTINST_ENGINE": engine,
            "SMARTINST_MAIL_PASSWORD": SECRET,
            "SMARTINST_PDF_PASSWORD_NUBE_FILE": str(place / "password"),
            "AWS_SECRET_ACCESS_KEY": f"{SECRET}-of-aws",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@each_user
@pytest.mark.parametrize("engine", ["auto", "kernel"])
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_hostile_notebook_gets_the_plans_of_its_seller_and_nothing_else(
    place: Path, other_python: list[Path], user: int, engine: str, sandbox: str
) -> None:
    shutil.rmtree(place / "out", ignore_errors=True)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
    ):
        udp.bind(("127.0.0.1", 0))
        goals = targets(place, tcp.getsockname()[1], udp.getsockname()[1])
        source = f"TARGETS = {goals!r}\n{CELL}"
        completed = run(place, source, user, other_python, SANDBOXES[sandbox], engine)
    assert completed.returncode == 0, completed.stderr
    (executed,) = (place / "out").rglob("*.ipynb")
    printed = read_document(executed)["cells"][-1]["outputs"][0]["text"]
    results: dict[str, str] = json.loads("".join(printed).strip()[::-1])
    assert not [name for name, result in results.items() if SECRET in result or MARKER in result]
    assert results["memory"] == "got: b''"
    granted = {name for name, result in results.items() if result.startswith("got: ")}
    network = {"tcp", "udp"} if sandbox == "without bubblewrap" else set()
    empty = {name for name in granted if results[name] == "got: []"}
    assert granted - empty == OWN | network, {name: results[name] for name in granted}
    assert int(results["own plans"].removeprefix("got: ")) > 0


def test_a_secret_in_an_output_stops_the_run(place: Path, other_python: list[Path]) -> None:
    shutil.rmtree(place / "out", ignore_errors=True)
    completed = run(place, f"print({SECRET!r})", os.geteuid(), other_python, (), "auto")
    assert completed.returncode == 1
    assert "SMARTINST_MAIL_PASSWORD" in completed.stderr
    assert SECRET not in completed.stdout + completed.stderr
    assert not list(place.glob("out/**/*.ipynb"))
