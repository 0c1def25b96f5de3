"""`smartinst lab` and `serve` before they start a server: notebook, options and copies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from smartinst import sample
from smartinst.cli import cli
from smartinst.dashboard.api import explore
from smartinst.dashboard.lab.copies import notebook_hash
from smartinst.dashboard.lab.saving import without_widgets
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.pages.reading.notebook_file import read_notebook
from smartinst.runs.definitions import find_definition, notebook_path
from smartinst.settings import load_settings
from tests.support.paths import ROOT
from tests.support.workspace import AS_OF, configuration, ingest_folder, smartinst

SHIPPED = ROOT / "notebooks"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of two sellers without notebooks/."""
    zones = {"nova": ("en", "America/Bogota"), "outra": ("pt-BR", "America/Sao_Paulo")}
    (tmp_path / "smartinst.toml").write_text(configuration(zones), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMARTINST_CONFIG", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter-data"))
    return tmp_path


def run_command(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[list[str], str]:
    """The server's command line, and the configuration of its kernels."""
    command, config, _ = run_with_messages(monkeypatch, *words)
    return command, config


def run_with_messages(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[list[str], str, str]:
    """The same, and the messages on stderr."""
    commands: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _path, command: commands.append(command))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH", "SMARTINST_CONFIG", "SMARTINST_HOME"):
            patch.setenv(name, "")  # undone after the command
            patch.delenv(name)
        for name, _, value in (word.partition("=") for word in words if "=" in word):
            patch.setenv(name, value)
        result = CliRunner().invoke(cli, [word for word in words if "=" not in word])
        config = os.environ.get("SMARTINST_CONFIG", "")
    assert result.exit_code == 0, result.output
    return commands[0], config, result.stderr


def cells(path: Path) -> list[str]:
    return [
        "".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]


def change(path: Path, index: int, source: str, *, is_installed: bool = False) -> None:
    """Changes the source of a cell; `is_installed`: as if it had been installed so."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][index]["source"] = source
    path.write_text(json.dumps(notebook), encoding="utf-8")
    if is_installed:
        notebook["metadata"]["smartinst"]["laid"] = notebook_hash(read_notebook(path))
        path.write_text(json.dumps(notebook), encoding="utf-8")


def remove_metadata(path: Path) -> None:
    """Removes the metadata of smartinst from a copy."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"].pop("smartinst", None)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_lab_opens_copies_in_the_workspace(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, config = run_command(monkeypatch, "lab", "--no-browser")
    assert f"--ServerApp.root_dir={workspace / 'notebooks'}" in command
    assert config == str(workspace / "smartinst.toml")
    assert "--LabApp.default_url=/lab/tree/live/explore.ipynb" in command
    for name in ("explore.ipynb", "portfolio.ipynb"):
        copy = workspace / "notebooks" / "live" / name
        start, *others = cells(copy)
        assert others == cells(SHIPPED / name)
        assert "Open the dashboard</button> or use the menu: **Run → Run All Cells**" in start
        copy.write_text("an analyst's own", encoding="utf-8")
    run_command(monkeypatch, "lab", "--no-browser")
    assert (workspace / "notebooks" / "live" / "explore.ipynb").read_text(
        encoding="utf-8"
    ) == "an analyst's own"
    assert (workspace / "notebooks" / "live" / "portfolio.ipynb").read_text(
        encoding="utf-8"
    ) == "an analyst's own"


def test_lab_opens_the_workspaces_own_dashboard_and_runs_use_no_copies(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_command(monkeypatch, "lab", "--no-browser")
    portfolio = find_definition("portfolio", load_settings(workspace))
    assert notebook_path(portfolio, load_settings(workspace)) == SHIPPED / "portfolio.ipynb"
    (workspace / "notebooks" / "explore.ipynb").write_bytes(
        (SHIPPED / "explore.ipynb").read_bytes()
    )
    command, _ = run_command(monkeypatch, "lab", "--no-browser")
    assert "--LabApp.default_url=/lab/tree/explore.ipynb" in command


def test_the_shipped_notebook_itself_is_never_opened(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "notebooks").mkdir()
    (workspace / "notebooks" / "explore.ipynb").symlink_to(SHIPPED / "explore.ipynb")
    command, _ = run_command(monkeypatch, "lab")
    assert "--LabApp.default_url=/lab/tree/live/explore.ipynb" in command


def test_an_unchanged_copy_is_renewed_and_a_changed_one_stays(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_command(monkeypatch, "lab")
    explored, portfolio = (
        workspace / "notebooks" / "live" / name for name in ("explore.ipynb", "portfolio.ipynb")
    )
    assert run_with_messages(monkeypatch, "lab")[2] == ""
    change(explored, -1, "board.earlier_part()", is_installed=True)
    ran = json.loads(explored.read_text(encoding="utf-8"))
    ran["cells"][1] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "ran"}],
    }
    explored.write_text(json.dumps(ran), encoding="utf-8")
    change(portfolio, -1, "board.earlier_part()", is_installed=True)
    change(portfolio, 1, "mine = 1")
    _, _, messages = run_with_messages(monkeypatch, "lab")
    assert cells(explored)[1:] == cells(SHIPPED / "explore.ipynb")
    assert cells(portfolio)[-1] == "board.earlier_part()"
    assert f"{explored} was updated" in messages
    assert f"{portfolio} was changed and is kept; to get the newer" in messages


def test_notes_below_the_button_and_tags_are_changes_too(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_command(monkeypatch, "lab")
    explored, portfolio = (
        workspace / "notebooks" / "live" / name for name in ("explore.ipynb", "portfolio.ipynb")
    )
    for place in (explored, portfolio):
        change(place, -1, "board.earlier_part()", is_installed=True)
    notebook = json.loads(explored.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] = [*notebook["cells"][0]["source"], "\n\nTo ask on Monday"]
    explored.write_text(json.dumps(notebook), encoding="utf-8")
    tagged = json.loads(portfolio.read_text(encoding="utf-8"))
    tagged["cells"][2]["metadata"]["tags"] = ["mine"]
    portfolio.write_text(json.dumps(tagged), encoding="utf-8")
    messages = run_with_messages(monkeypatch, "lab")[2]
    assert "To ask on Monday" in cells(explored)[0]
    assert json.loads(portfolio.read_text(encoding="utf-8"))["cells"][2]["metadata"]["tags"] == [
        "mine"
    ]
    assert messages.count("was changed and is kept") == 2


def test_a_copy_without_metadata_stays(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_command(monkeypatch, "lab")
    with_note, changed_copy = (
        workspace / "notebooks" / "live" / name for name in ("explore.ipynb", "portfolio.ipynb")
    )
    change(with_note, 0, "To ask on Monday")
    change(changed_copy, -1, "their_own()")
    for place in (with_note, changed_copy):
        remove_metadata(place)
    messages = run_with_messages(monkeypatch, "lab")[2]
    assert cells(with_note)[0] == "To ask on Monday"
    assert str(with_note) not in messages
    assert f"{changed_copy} was changed and is kept" in messages
    assert "newer" not in messages


def test_another_tag_on_the_start_cell_is_a_change(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_command(monkeypatch, "lab")
    place = workspace / "notebooks" / "live" / "explore.ipynb"
    change(place, -1, "board.earlier_part()", is_installed=True)
    tagged = json.loads(place.read_text(encoding="utf-8"))
    tagged["cells"][0]["metadata"]["tags"].append("mine")
    place.write_text(json.dumps(tagged), encoding="utf-8")
    assert f"{place} was changed and is kept" in run_with_messages(monkeypatch, "lab")[2]
    assert "mine" in json.loads(place.read_text(encoding="utf-8"))["cells"][0]["metadata"]["tags"]


def test_a_dashboard_is_saved_without_widgets_even_without_settings(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    (workspace / "smartinst.toml").write_text("[[seller", encoding="utf-8")
    output = {
        "output_type": "display_data",
        "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Ana"},
    }
    cell = {
        "cell_type": "code",
        "source": "from smartinst.dashboard import explore",
        "outputs": [output],
    }
    without_widgets(
        model={"type": "notebook", "content": {"cells": [cell], "metadata": {"widgets": {}}}}
    )
    (notice,) = cell["outputs"]
    assert notice["data"]["text/plain"] == "Run the notebook again to see the dashboard."  # type: ignore[index]


def test_serve_uses_a_changed_copy(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_command(monkeypatch, "lab")
    copy = workspace / "notebooks" / "live" / "explore.ipynb"
    assert str(SHIPPED / "explore.ipynb") in run_command(monkeypatch, "serve")[0]
    change(copy, 1, 'seller: str = "outra"')
    command, _ = run_command(monkeypatch, "serve")
    assert str(copy) in command
    page = next(word for word in command if word.startswith("--VoilaConfiguration.resources="))
    assert "'Outra Cursos · Smart Installments'" in page
    assert "'pt-BR'" in page


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("source", "texts"),
    [
        (
            "from smartinst.dashboard import explore",
            ["7", "Run the notebook again to see the dashboard."],
        ),
        ("import ipywidgets", ["Grid: ana@example.com", "7"]),
    ],
    ids=["dashboard", "own"],
)
def test_only_dashboards_are_saved_without_widgets(source: str, texts: list[str]) -> None:
    view = {
        "text/plain": "Grid: ana@example.com",
        "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
    }
    outputs = [
        {"output_type": "execute_result", "data": data, "metadata": {}}
        for data in (view, {}, {"text/plain": "7"})
    ]
    cell: dict[str, Any] = {"cell_type": "code", "source": source, "outputs": outputs}
    content = {"cells": [cell], "metadata": {"widgets": {"state": "ana@example.com"}}}
    without_widgets(model={"type": "notebook", "content": content}, path="x", contents_manager=None)
    assert [output["data"]["text/plain"] for output in cell["outputs"] if output["data"]] == texts
    assert ("ana@example.com" in json.dumps(content)) is (source == "import ipywidgets")


def test_kernels_find_a_configuration_given_by_a_relative_path(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace / "smartinst.toml").rename(workspace / "sellers.toml")
    _, config = run_command(monkeypatch, "lab", "SMARTINST_CONFIG=sellers.toml")
    assert config == str(workspace / "sellers.toml")


def test_serve_uses_the_requested_seller(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, _ = run_command(monkeypatch, "serve", "--seller", "outra")
    served = next(Path(word) for word in command if word.endswith(".ipynb"))
    assert served.is_relative_to(workspace)
    variables: dict[str, Any] = {}
    for cell in json.loads(served.read_text(encoding="utf-8"))["cells"]:
        if {"parameters", "injected-parameters"} & set(cell["metadata"].get("tags", [])):
            exec("".join(cell["source"]), variables)
    assert variables["seller"] == "outra"
    assert variables["live"] is True
    refused = smartinst(workspace, "serve", "--seller", "acme")
    assert refused.returncode == 1
    assert "configured: nova, outra" in refused.stderr


def test_the_dashboard_opens_for_the_first_configured_seller(workspace: Path) -> None:
    sample.write_sample(workspace / "in", "nova", 5, as_of=AS_OF, seed=5)
    ingest_folder(workspace, "in", "nova")
    board = explore("")
    assert isinstance(board, LiveBoard)
    assert board.book.seller.id == "nova"
