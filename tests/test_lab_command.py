"""`smartinst lab` and `serve` before they become a server: which notebook is opened, where it lies, and for whom."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from smartinst import sample
from smartinst.cli import cli
from smartinst.explore.board import LiveBoard, explore
from smartinst.operations.definitions import find, notebook_path
from smartinst.settings import PROJECT, load
from tests.conftest import AS_OF, configuration, smartinst

SHIPPED = PROJECT / "notebooks"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of two sellers, none of them of the demo, without notebooks/."""
    zones = {"nova": ("en", "America/Bogota"), "outra": ("pt-BR", "America/Sao_Paulo")}
    (tmp_path / "smartinst.toml").write_text(configuration(zones), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMARTINST_CONFIG", raising=False)
    return tmp_path


def become(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[list[str], str]:
    """The command that a command becomes, and the configuration that its kernels are given."""
    became: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _path, command: became.append(command))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH", "SMARTINST_CONFIG", "SMARTINST_HOME"):
            patch.setenv(name, "")  # what the command sets is taken back
            patch.delenv(name)
        for name, _, value in (word.partition("=") for word in words if "=" in word):
            patch.setenv(name, value)
        done = CliRunner().invoke(cli, [word for word in words if "=" not in word])
        given = os.environ.get("SMARTINST_CONFIG", "")
    assert done.exit_code == 0, done.output
    return became[0], given


def test_lab_opens_copies_in_the_workspace_and_never_the_packages_folder(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, given = become(monkeypatch, "lab", "--no-browser")
    assert f"--ServerApp.root_dir={own / 'notebooks'}" in command
    assert given == str(own / "smartinst.toml")
    assert "--LabApp.default_url=/lab/tree/live/explore.ipynb" in command
    for name in ("explore.ipynb", "portfolio.ipynb"):
        laid = own / "notebooks" / "live" / name
        assert laid.read_bytes() == (SHIPPED / name).read_bytes()
        laid.write_text("an analyst's own", encoding="utf-8")
    become(monkeypatch, "lab", "--no-browser")
    assert (own / "notebooks" / "live" / "explore.ipynb").read_text(encoding="utf-8") == "an analyst's own"
    assert (own / "notebooks" / "live" / "portfolio.ipynb").read_text(encoding="utf-8") == "an analyst's own"


def test_lab_opens_a_dashboard_of_the_workspaces_own_and_no_copy_becomes_a_scheduled_report(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "lab", "--no-browser")
    portfolio = find("portfolio", load(own))
    assert notebook_path(portfolio, load(own)) == SHIPPED / "portfolio.ipynb"
    (own / "notebooks" / "explore.ipynb").write_bytes((SHIPPED / "explore.ipynb").read_bytes())
    command, _ = become(monkeypatch, "lab", "--no-browser")
    assert "--LabApp.default_url=/lab/tree/explore.ipynb" in command


def test_a_configuration_named_from_here_is_found_by_kernels_that_start_elsewhere(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "smartinst.toml").rename(own / "sellers.toml")
    _, given = become(monkeypatch, "lab", "SMARTINST_CONFIG=sellers.toml")
    assert given == str(own / "sellers.toml")


def test_serve_shows_the_seller_that_is_asked_for(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, _ = become(monkeypatch, "serve", "--seller", "outra")
    served = next(Path(word) for word in command if word.endswith(".ipynb"))
    assert served.is_relative_to(own)
    given: dict[str, Any] = {}
    for cell in json.loads(served.read_text(encoding="utf-8"))["cells"]:
        if {"parameters", "injected-parameters"} & set(cell["metadata"].get("tags", [])):
            exec("".join(cell["source"]), given)
    assert given["seller"] == "outra"
    assert given["live"] is True
    refused = smartinst(own, "serve", "--seller", "acme")
    assert refused.returncode == 1
    assert "configured: nova, outra" in refused.stderr


def test_the_dashboard_opens_for_the_first_configured_seller(own: Path) -> None:
    sample.write(own / "in", "nova", 5, as_of=AS_OF, seed=5)
    assert smartinst(own, "ingest", "in", "--seller", "nova").returncode == 0
    board = explore("")
    assert isinstance(board, LiveBoard)
    assert board.book.seller.id == "nova"
