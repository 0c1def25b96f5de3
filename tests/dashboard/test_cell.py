"""The live dashboard at first sight: its button, why it cannot be shown, what it reads, what is saved of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from smartinst.analytics.sales import Rows, Sales
from smartinst.dashboard.api import explore
from smartinst.dashboard.cell import LIVE_VARIABLE
from smartinst.dashboard.seller_board import LiveBoard
from tests.support.jupyterlab import live, screen
from tests.support.workspace import AS_OF, SELLERS, configuration, ingest_folder, smartinst

SAID = "The dashboard cannot be shown: "
CELLS = {
    "import": "from smartinst.dashboard import explore, explore_sellers",
    "unknown": 'board = explore("nobody", locale="en")\nboard.filters()',
    "later": "board.charts()",
    "filter": 'explore("acme", where={"status": ["Lost"]}, locale="en").filters()',
    "portfolio": 'explore_sellers(where={"status": ["Lost"]}, locale="en").cover()',
    "report": 'explore("nobody", live=False)',
    "shown": 'board = explore("acme", locale="en")\nboard.filters()',
    "kept": 'first = board\nexplore("loft")',
    "other": 'board = explore("loft")\nfirst.plan_table.comm is not None',
    "closed": "former = first.plan_table\nfirst = None",
    "looked": "former.comm is None, board.plan_table.comm is None",
    "empty": 'explore("nube").filters()',
}

RUN = 'from smartinst.dashboard import explore\nexplore("nobody", as_of, where).filters()'


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What each cell gave, run one after the other in one kernel; nube has sold nothing yet."""
    from smartinst import sample

    place = tmp_path_factory.mktemp("place")
    (place / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    for seller_id in ("acme", "loft"):
        sample.write_sample(place / "in" / seller_id, seller_id, 20, as_of=AS_OF, seed=5)
        ingest_folder(place, f"in/{seller_id}", seller_id)
    made = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    made.cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]  # type: ignore[no-untyped-call]
    client = NotebookClient(
        made, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(place)}}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LIVE_VARIABLE, "1")
        client.execute()
    return {cell["id"]: cell["outputs"] for cell in made.cells}


def texts(shown: list[dict[str, Any]]) -> str:
    return " ".join(
        one["data"].get("text/html", one["data"].get("text/plain", ""))
        for one in shown
        if one.get("data")
    )


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("unknown", "seller &#39;nobody&#39; is not configured"),
        ("filter", "filter status"),
        ("portfolio", "filter status"),
    ],
)
def test_a_live_cell_says_in_one_sentence_why_there_is_no_board(
    outputs: dict[str, list[dict[str, Any]]], cell: str, why: str
) -> None:
    assert not [one for one in outputs[cell] if one["output_type"] == "error"]
    assert f"{SAID}{why}" in texts(outputs[cell])


def test_a_run_fails_where_a_live_cell_has_no_board(workspace: Path) -> None:
    folder = workspace / "notebooks"
    folder.mkdir(exist_ok=True)
    made = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    told = 'as_of: str = ""\nwhere: dict = {}\nseller: str = ""\nlocale: str = ""'
    made.cells = [nbformat.v4.new_code_cell(told), nbformat.v4.new_code_cell(RUN)]  # type: ignore[no-untyped-call]
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made.cells[0].metadata.tags = ["parameters"]
    (folder / "mine.ipynb").write_text(nbformat.writes(made), encoding="utf-8")  # type: ignore[no-untyped-call]
    done = smartinst(workspace, "run", "notebooks/mine.ipynb", "--seller", "acme", "--to", "html")
    (folder / "mine.ipynb").unlink()
    assert done.returncode == 1
    assert "seller 'nobody' is not configured" in done.stderr


def test_without_sales_it_is_said_in_the_sellers_language(
    outputs: dict[str, list[dict[str, Any]]],
) -> None:
    assert "No se puede mostrar el panel: seller nube: the ledger holds nothing yet" in texts(
        outputs["empty"]
    )


def test_the_cells_below_show_nothing_then(outputs: dict[str, list[dict[str, Any]]]) -> None:
    assert outputs["later"] == []


def test_a_report_that_cannot_be_made_still_fails(outputs: dict[str, list[dict[str, Any]]]) -> None:
    assert [one["output_type"] for one in outputs["report"]] == ["error"]


def test_nothing_is_left_of_the_word_that_it_reads(
    outputs: dict[str, list[dict[str, Any]]],
) -> None:
    reading, board = outputs["shown"]
    assert reading["data"] == {}
    assert "application/vnd.jupyter.widget-view+json" in board["data"]


def test_a_board_is_put_away_once_no_name_stands_for_it(
    outputs: dict[str, list[dict[str, Any]]],
) -> None:
    assert texts(outputs["other"]) == "True"
    assert texts(outputs["looked"]) == "(True, False)"


def test_a_billing_type_is_read_once_and_the_week_before_never(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    computed: list[date] = []
    rows = Sales.rows

    def counted(sales: Sales, day: date) -> Rows:
        computed.append(day)
        return rows(sales, day)

    monkeypatch.setattr(Sales, "rows", counted)
    board = explore("acme", locale="en")
    assert isinstance(board, LiveBoard)
    board.notes()
    assert computed == [board.book.as_of]
    plans = board.plans
    for billing_type in ("SMART_RECOVERY", "SMART_INSTALLMENT", "SMART_RECOVERY", ""):
        board.apply_filters({"billing_type": billing_type} if billing_type else {})
    assert board.plans.equals(plans)
    assert len(computed) == 3
    board.refresh()
    assert len(computed) == 4
    assert board.book.headline().bundle["text/plain"]
    assert len(computed) == 5


def test_it_starts_by_its_button_and_reads_well_when_it_is_opened_again(
    tmp_path: Path, workspace: Path
) -> None:
    (tmp_path / "smartinst.toml").write_text(
        configuration(SELLERS).replace('"var"', f'"{workspace / "var"}"')
    )
    laid = tmp_path / "notebooks" / "live" / "explore.ipynb"
    with live("lab", tmp_path, {}) as address:
        with screen(address) as shown:
            page = shown.page
            start = page.locator(".jp-Notebook button[data-commandlinker-command]")
            start.wait_for(timeout=120_000)
            page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=120_000)
            start.click()
            shown.drawn()
            page.get_by_role("menuitem", name="File", exact=True).click()
            page.get_by_text("Save Notebook", exact=True).click()
            page.wait_for_function(
                "!document.title.startsWith('*') && !document.querySelector('.jp-mod-dirty')"
            )
            saved = wait_for_sentence(laid, page)
            assert (shown.foreign, shown.faults) == ([], [])
        assert "@" not in saved
        assert "widget-view" not in saved
        with screen(f"{address}&reset") as shown:
            shown.page.get_by_text("Execute o notebook de novo para ver o painel.").wait_for(
                timeout=120_000
            )
            shown.shot("reopened")
            assert shown.page.get_by_text("Error displaying widget").count() == 0


def wait_for_sentence(laid: Path, page: Any) -> str:
    """What stands in the file once it is saved."""
    for _ in range(100):
        text = laid.read_text(encoding="utf-8")
        if any(cell.get("outputs") for cell in json.loads(text)["cells"]):
            return text
        page.wait_for_timeout(100)
    raise AssertionError("the notebook was never saved")
