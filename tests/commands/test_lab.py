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
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of two sellers, none of them of the demo, without notebooks/."""
    zones = {"nova": ("en", "America/Bogota"), "outra": ("pt-BR", "America/Sao_Paulo")}
    (tmp_path / "smartinst.toml").write_text(configuration(zones), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SMARTINST_CONFIG", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter-data"))
    return tmp_path


def become(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[list[str], str]:
    """The command that a command becomes, and the configuration that its kernels are given."""
    command, given, _ = became(monkeypatch, *words)
    return command, given


def became(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[list[str], str, str]:
    """The same, and what was said on stderr."""
    commands: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _path, command: commands.append(command))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH", "SMARTINST_CONFIG", "SMARTINST_HOME"):
            patch.setenv(name, "")  # what the command sets is taken back
            patch.delenv(name)
        for name, _, value in (word.partition("=") for word in words if "=" in word):
            patch.setenv(name, value)
        done = CliRunner().invoke(cli, [word for word in words if "=" not in word])
        given = os.environ.get("SMARTINST_CONFIG", "")
    assert done.exit_code == 0, done.output
    return commands[0], given, done.stderr


def cells(path: Path) -> list[str]:
    return [
        "".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]


def change(path: Path, at: int, source: str, *, laid: bool = False) -> None:
    """Other words in a cell; `laid`: as if they had been shipped so, and laid."""
    made = json.loads(path.read_text(encoding="utf-8"))
    made["cells"][at]["source"] = source
    path.write_text(json.dumps(made), encoding="utf-8")
    if laid:
        made["metadata"]["smartinst"]["laid"] = notebook_hash(read_notebook(path))
        path.write_text(json.dumps(made), encoding="utf-8")


def restamp(path: Path, ours: dict[str, str] | None) -> None:
    """Other metadata of ours in a copy, or none."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"].pop("smartinst", None)
    if ours is not None:
        notebook["metadata"]["smartinst"] = ours
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_lab_opens_copies_in_the_workspace_and_never_the_packages_folder(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, given = become(monkeypatch, "lab", "--no-browser")
    assert f"--ServerApp.root_dir={own / 'notebooks'}" in command
    assert given == str(own / "smartinst.toml")
    assert "--LabApp.default_url=/lab/tree/live/explore.ipynb" in command
    for name in ("explore.ipynb", "portfolio.ipynb"):
        laid = own / "notebooks" / "live" / name
        start, *rest = cells(laid)
        assert rest == cells(SHIPPED / name)
        assert "Open the dashboard</button> or by the menu: **Run → Run All Cells**" in start
        laid.write_text("an analyst's own", encoding="utf-8")
    become(monkeypatch, "lab", "--no-browser")
    assert (own / "notebooks" / "live" / "explore.ipynb").read_text(
        encoding="utf-8"
    ) == "an analyst's own"
    assert (own / "notebooks" / "live" / "portfolio.ipynb").read_text(
        encoding="utf-8"
    ) == "an analyst's own"


def test_lab_opens_a_dashboard_of_the_workspaces_own_and_no_copy_becomes_a_scheduled_report(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "lab", "--no-browser")
    portfolio = find_definition("portfolio", load_settings(own))
    assert notebook_path(portfolio, load_settings(own)) == SHIPPED / "portfolio.ipynb"
    (own / "notebooks" / "explore.ipynb").write_bytes((SHIPPED / "explore.ipynb").read_bytes())
    command, _ = become(monkeypatch, "lab", "--no-browser")
    assert "--LabApp.default_url=/lab/tree/explore.ipynb" in command


def test_the_shipped_notebook_itself_is_never_opened(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "notebooks").mkdir()
    (own / "notebooks" / "explore.ipynb").symlink_to(SHIPPED / "explore.ipynb")
    command, _ = become(monkeypatch, "lab")
    assert "--LabApp.default_url=/lab/tree/live/explore.ipynb" in command


def test_a_copy_that_nobody_changed_is_renewed_and_a_changed_one_stays(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "lab")
    explored, portfolio = (
        own / "notebooks" / "live" / name for name in ("explore.ipynb", "portfolio.ipynb")
    )
    assert became(monkeypatch, "lab")[2] == ""
    change(explored, -1, "board.of_an_older_version()", laid=True)
    ran = json.loads(explored.read_text(encoding="utf-8"))
    ran["cells"][1] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "ran"}],
    }
    explored.write_text(json.dumps(ran), encoding="utf-8")
    change(portfolio, -1, "board.of_an_older_version()", laid=True)
    change(portfolio, 1, "mine = 1")
    _, _, told = became(monkeypatch, "lab")
    assert cells(explored)[1:] == cells(SHIPPED / "explore.ipynb")
    assert cells(portfolio)[-1] == "board.of_an_older_version()"
    assert f"{explored} is renewed" in told
    assert f"{portfolio} was changed and stays; a newer dashboard is shipped" in told


def test_notes_below_the_button_and_tags_are_changes_too(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "lab")
    explored, portfolio = (
        own / "notebooks" / "live" / name for name in ("explore.ipynb", "portfolio.ipynb")
    )
    for place in (explored, portfolio):
        change(place, -1, "board.of_an_older_version()", laid=True)
    noted = json.loads(explored.read_text(encoding="utf-8"))
    noted["cells"][0]["source"] = [*noted["cells"][0]["source"], "\n\nTo ask on Monday"]
    explored.write_text(json.dumps(noted), encoding="utf-8")
    tagged = json.loads(portfolio.read_text(encoding="utf-8"))
    tagged["cells"][2]["metadata"]["tags"] = ["mine"]
    portfolio.write_text(json.dumps(tagged), encoding="utf-8")
    told = became(monkeypatch, "lab")[2]
    assert "To ask on Monday" in cells(explored)[0]
    assert json.loads(portfolio.read_text(encoding="utf-8"))["cells"][2]["metadata"]["tags"] == [
        "mine"
    ]
    assert told.count("was changed and stays") == 2


def test_notes_in_a_copy_whose_metadata_were_stripped_stay_and_no_newer_dashboard_is_claimed(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "lab")
    noted, changed = (
        own / "notebooks" / "live" / name for name in ("explore.ipynb", "portfolio.ipynb")
    )
    change(noted, 0, "To ask on Monday")
    change(changed, -1, "their_own()")
    for place in (noted, changed):
        restamp(place, None)
    said = became(monkeypatch, "lab")[2]
    assert cells(noted)[0] == "To ask on Monday"
    assert str(noted) not in said
    assert f"{changed} was changed and stays" in said
    assert "newer" not in said


def test_a_tag_of_the_users_own_on_the_start_cell_is_a_change(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(monkeypatch, "lab")
    place = own / "notebooks" / "live" / "explore.ipynb"
    change(place, -1, "board.of_an_older_version()", laid=True)
    tagged = json.loads(place.read_text(encoding="utf-8"))
    tagged["cells"][0]["metadata"]["tags"].append("mine")
    place.write_text(json.dumps(tagged), encoding="utf-8")
    assert f"{place} was changed and stays" in became(monkeypatch, "lab")[2]
    assert "mine" in json.loads(place.read_text(encoding="utf-8"))["cells"][0]["metadata"]["tags"]


def test_of_a_saved_dashboard_the_widgets_are_left_out_where_no_settings_can_be_read(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own)
    (own / "smartinst.toml").write_text("[[seller", encoding="utf-8")
    shown = {
        "output_type": "display_data",
        "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "Ana"},
    }
    cell = {
        "cell_type": "code",
        "source": "from smartinst.dashboard import explore",
        "outputs": [shown],
    }
    without_widgets(
        model={"type": "notebook", "content": {"cells": [cell], "metadata": {"widgets": {}}}}
    )
    (left,) = cell["outputs"]
    assert left["data"]["text/plain"] == "Run the notebook again to see the dashboard."  # type: ignore[index]


def test_serve_shows_a_copy_once_it_is_changed(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    become(monkeypatch, "lab")
    copy = own / "notebooks" / "live" / "explore.ipynb"
    assert str(SHIPPED / "explore.ipynb") in become(monkeypatch, "serve")[0]
    change(copy, 1, 'seller: str = "outra"')
    command, _ = become(monkeypatch, "serve")
    assert str(copy) in command
    page = next(word for word in command if word.startswith("--VoilaConfiguration.resources="))
    assert "'Outra Cursos · Smart Installments'" in page
    assert "'pt-BR'" in page


@pytest.mark.usefixtures("own")
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
def test_a_dashboard_is_saved_without_its_widgets_and_no_other_notebook(
    source: str, texts: list[str]
) -> None:
    view = {
        "text/plain": "Grid: ana@example.com",
        "application/vnd.jupyter.widget-view+json": {"model_id": "1"},
    }
    shown = [
        {"output_type": "execute_result", "data": data, "metadata": {}}
        for data in (view, {}, {"text/plain": "7"})
    ]
    cell: dict[str, Any] = {"cell_type": "code", "source": source, "outputs": shown}
    content = {"cells": [cell], "metadata": {"widgets": {"state": "ana@example.com"}}}
    without_widgets(model={"type": "notebook", "content": content}, path="x", contents_manager=None)
    assert [one["data"]["text/plain"] for one in cell["outputs"] if one["data"]] == texts
    assert ("ana@example.com" in json.dumps(content)) is (source == "import ipywidgets")


def test_a_configuration_named_from_here_is_found_by_kernels_that_start_elsewhere(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "smartinst.toml").rename(own / "sellers.toml")
    _, given = become(monkeypatch, "lab", "SMARTINST_CONFIG=sellers.toml")
    assert given == str(own / "sellers.toml")


def test_serve_shows_the_seller_that_is_asked_for(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    sample.write_sample(own / "in", "nova", 5, as_of=AS_OF, seed=5)
    ingest_folder(own, "in", "nova")
    board = explore("")
    assert isinstance(board, LiveBoard)
    assert board.book.seller.id == "nova"
