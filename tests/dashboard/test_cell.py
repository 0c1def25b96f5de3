"""A live board's first cell: start button, progress, errors, and what is text."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Page

from smartinst.analytics.sales import Sales
from smartinst.analytics.snapshot import Snapshot
from smartinst.dashboard.api import explore
from smartinst.dashboard.cell import LIVE_VARIABLE
from smartinst.dashboard.seller_board import LiveBoard
from tests.support.jupyterlab import open_screen, run_server
from tests.support.workspace import AS_OF, SELLERS, configuration, ingest_folder, smartinst

PREFIX = "The dashboard cannot be shown: "
CELLS = {
    "import": "from smartinst.dashboard import explore, explore_sellers",
    "unknown": 'board = explore("nobody", locale="en")\nboard.filters()',
    "later": "board.charts()",
    "filter": 'explore("acme", where={"status": ["Lost"]}, locale="en").filters()',
    "portfolio": 'explore_sellers(where={"status": ["Lost"]}, locale="en").cover()',
    "report": 'explore("nobody", live=False)',
    "board": 'board = explore("acme", locale="en")\nboard.filters()',
    "second_name": 'first = board\nexplore("loft")',
    "other": 'board = explore("loft")\nfirst.plan_table.comm is not None',
    "closed": "former = first.plan_table\nfirst = None",
    "comms": "former.comm is None, board.plan_table.comm is None",
    "empty": 'explore("nube").filters()',
}

RUN = 'from smartinst.dashboard import explore\nexplore("nobody", as_of, where).filters()'


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The outputs of each cell, all run in one kernel; nube has no sales."""
    from smartinst import sample

    place = tmp_path_factory.mktemp("place")
    (place / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    for seller_id in ("acme", "loft"):
        sample.write_sample(place / "in" / seller_id, seller_id, 20, as_of=AS_OF, seed=5)
        ingest_folder(place, f"in/{seller_id}", seller_id)
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(place)}},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LIVE_VARIABLE, "1")
        client.execute()
    return {cell["id"]: cell["outputs"] for cell in notebook.cells}


def texts(outputs: list[dict[str, Any]]) -> str:
    return " ".join(
        output["data"].get("text/html", output["data"].get("text/plain", ""))
        for output in outputs
        if output.get("data")
    )


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("unknown", "seller &#39;nobody&#39; is not configured"),
        ("filter", "filter status"),
        ("portfolio", "filter status"),
    ],
)
def test_a_live_cell_displays_why_there_is_no_board(
    outputs: dict[str, list[dict[str, Any]]], cell: str, reason: str
) -> None:
    assert not [output for output in outputs[cell] if output["output_type"] == "error"]
    assert f"{PREFIX}{reason}" in texts(outputs[cell])


def test_a_run_without_a_board_fails(workspace: Path) -> None:
    folder = workspace / "notebooks"
    folder.mkdir(exist_ok=True)
    notebook = nbformat.v4.new_notebook()
    parameters = 'as_of: str = ""\nwhere: dict = {}\nseller: str = ""\nlocale: str = ""'
    notebook.cells = [nbformat.v4.new_code_cell(parameters), nbformat.v4.new_code_cell(RUN)]
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    notebook.cells[0].metadata.tags = ["parameters"]
    (folder / "mine.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    process = smartinst(
        workspace, "run", "notebooks/mine.ipynb", "--seller", "acme", "--to", "html"
    )
    (folder / "mine.ipynb").unlink()
    assert process.returncode == 1
    assert "seller 'nobody' is not in this run" in process.stderr


def test_the_reason_is_in_the_sellers_language(
    outputs: dict[str, list[dict[str, Any]]],
) -> None:
    assert "No se puede mostrar el panel: seller nube: the ledger has no data yet" in texts(
        outputs["empty"]
    )


def test_the_cells_below_are_empty_then(outputs: dict[str, list[dict[str, Any]]]) -> None:
    assert outputs["later"] == []


def test_a_static_board_still_raises_errors(outputs: dict[str, list[dict[str, Any]]]) -> None:
    assert [output["output_type"] for output in outputs["report"]] == ["error"]


def test_the_loading_message_is_removed(
    outputs: dict[str, list[dict[str, Any]]],
) -> None:
    message, board = outputs["board"]
    assert message["data"] == {}
    assert "application/vnd.jupyter.widget-view+json" in board["data"]


def test_a_board_is_closed_when_its_last_variable_is_rebound(
    outputs: dict[str, list[dict[str, Any]]],
) -> None:
    assert texts(outputs["other"]) == "True"
    assert texts(outputs["comms"]) == "(True, False)"


def test_a_billing_type_is_read_once_and_the_previous_week_never(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    days: list[date] = []
    snapshot = Sales.snapshot_as_of

    def record_day(sales: Sales, day: date) -> Snapshot:
        days.append(day)
        return snapshot(sales, day)

    monkeypatch.setattr(Sales, "snapshot_as_of", record_day)
    board = explore("acme", locale="en")
    assert isinstance(board, LiveBoard)
    board.notes()
    assert days == [board.book.as_of]
    plans = board.plans
    for billing_type in ("SMART_RECOVERY", "SMART_INSTALLMENT", "SMART_RECOVERY", ""):
        board.apply_filters({"billing_type": billing_type} if billing_type else {})
    assert board.plans.equals(plans)
    assert len(days) == 3
    board.refresh()
    assert len(days) == 4
    assert board.book.headline().bundle["text/plain"]
    assert len(days) == 5


def test_the_button_starts_the_board_and_a_saved_board_has_a_notice(
    tmp_path: Path, workspace: Path
) -> None:
    (tmp_path / "smartinst.toml").write_text(
        configuration(SELLERS).replace('"var"', f'"{workspace / "var"}"')
    )
    copy = tmp_path / "notebooks" / "live" / "explore.ipynb"
    with run_server("lab", tmp_path, {}) as address:
        with open_screen(address) as screen:
            page = screen.page
            start = page.locator(".jp-Notebook button[data-commandlinker-command]")
            start.wait_for(timeout=120_000)
            page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=120_000)
            start.click()
            screen.wait_for_board()
            page.get_by_role("menuitem", name="File", exact=True).click()
            page.get_by_text("Save Notebook", exact=True).click()
            page.wait_for_function(
                "!document.title.startsWith('*') && !document.querySelector('.jp-mod-dirty')"
            )
            text = wait_for_output(copy, page)
            assert (screen.foreign_requests, screen.errors) == ([], [])
        assert "@" not in text
        assert "widget-view" not in text
        with open_screen(f"{address}&reset") as screen:
            screen.page.get_by_text("Execute o notebook de novo para ver o painel.").wait_for(
                timeout=120_000
            )
            screen.save_picture("reopened")
            assert screen.page.get_by_text("Error displaying widget").count() == 0


def wait_for_output(copy: Path, page: Page) -> str:
    """The text of a notebook once it has outputs."""
    for _ in range(1000):
        text = copy.read_text(encoding="utf-8")
        if any(cell.get("outputs") for cell in json.loads(text)["cells"]):
            return text
        page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError("the notebook was saved without outputs")
