"""Whether runs are in bubblewrap: what the command and doctor say of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from smartinst.errors import ConfigurationError
from smartinst.sandbox import state
from smartinst.sandbox.linux import landlock_version
from smartinst.sandbox.paths import program_paths, read_only_paths, readable_paths
from smartinst.sandbox.state import SandboxState, sandbox_state
from smartinst.settings import Settings, load_settings
from tests.sandbox.users import WITHOUT_NAMESPACES
from tests.support.notebooks import parameterized, save
from tests.support.workspace import SELLERS, configuration

UNAVAILABLE: Final = SandboxState(False, "bubblewrap is not installed", state.INSTALL)


@pytest.fixture
def without_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "find_program", lambda: None)
    monkeypatch.setattr(state, "probe", state.probe.__wrapped__)
    state._warn_once.cache_clear()


@pytest.mark.usefixtures("without_bubblewrap")
def test_without_bubblewrap_auto_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    assert [sandbox_state(Settings()) for _ in range(2)] == [UNAVAILABLE] * 2
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "apt-get install -y bubblewrap" in record.getMessage()


@pytest.mark.usefixtures("without_bubblewrap")
def test_without_bubblewrap_nothing_runs_if_it_is_required() -> None:
    with pytest.raises(ConfigurationError, match=r"required.*remedy: apt-get install"):
        sandbox_state(Settings(sandbox="required"))


@pytest.mark.usefixtures("without_bubblewrap")
def test_off_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert sandbox_state(Settings(sandbox="off")) == SandboxState(is_in_force=False)
    assert not caplog.records


def doctor(folder: Path, mode: str, *prefix: str) -> str:
    """The line of `smartinst doctor` on the sandbox."""
    completed = subprocess.run(
        [*prefix, sys.executable, "-m", "smartinst.start", "doctor"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "SMARTINST_SANDBOX": mode},
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = (line for line in completed.stdout.splitlines() if " sandbox: " in line)
    return line


def test_doctor_says_what_a_run_reaches(tmp_path: Path) -> None:
    assert doctor(tmp_path, "auto") == (
        "ok    sandbox: bubblewrap: a run reaches no file except its own, and no network"
    )
    assert doctor(tmp_path, "off") == (
        "ok    sandbox: off: a run reaches all files of its user, the network; "
        'remedy: sandbox = "auto" in smartinst.toml'
    )


def test_doctor_names_what_permits_user_namespaces(tmp_path: Path) -> None:
    assert landlock_version() > 0
    line = doctor(tmp_path, "auto", *WITHOUT_NAMESPACES)
    assert line.startswith("ok    sandbox: bubblewrap does not start: ")
    assert line.endswith(
        ": a run reaches folders of other runs, the network; "
        "remedy: sysctl -w user.max_user_namespaces=10000"
    )
    assert doctor(tmp_path, "required", *WITHOUT_NAMESPACES).startswith("FAIL  sandbox: ")


def test_a_run_without_a_required_sandbox_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    save(tmp_path / "notebooks/own.ipynb", parameterized("print(1)"))
    words = ["run", "notebooks/own.ipynb", "--seller", "acme"]
    completed = subprocess.run(
        [*WITHOUT_NAMESPACES, sys.executable, "-m", "smartinst.start", *words],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "SMARTINST_SANDBOX": "required"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 1
    (line,) = completed.stderr.splitlines()
    assert line.startswith('smartinst: sandbox = "required", but bubblewrap does not start: ')


@pytest.mark.parametrize(
    ("readable", "private"),
    [(".", "var"), ("var", "var"), ("var/runs", "var"), ("secrets", "secrets/mail")],
)
def test_a_readable_folder_with_data_or_secrets_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readable: str, private: str
) -> None:
    monkeypatch.setenv("SMARTINST_MAIL_PASSWORD_FILE", str(tmp_path / "secrets/mail"))
    text = f'readable = ["{readable}"]\n{configuration(SELLERS)}'
    (tmp_path / "smartinst.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"{tmp_path / private}\\b"):
        readable_paths(load_settings(tmp_path, {}))


def test_a_readable_folder_beside_the_data_is_added(tmp_path: Path) -> None:
    text = f'readable = ["reference"]\n{configuration(SELLERS)}'
    (tmp_path / "smartinst.toml").write_text(text, encoding="utf-8")
    assert tmp_path / "reference" in readable_paths(load_settings(tmp_path, {}))


def test_what_a_run_may_read_follows_a_link_that_changes(tmp_path: Path) -> None:
    link = tmp_path / "templates"
    for release in ("first", "second"):
        (tmp_path / release).mkdir()
        link.unlink(missing_ok=True)
        link.symlink_to(release)
        paths = read_only_paths([link])
        assert {tmp_path / release, *program_paths()} <= set(paths)
    assert tmp_path / "first" not in paths
