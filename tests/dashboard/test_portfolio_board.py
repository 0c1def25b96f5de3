"""The live board of all sellers without a browser: refreshes, and the board of a clicked seller."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ipywidgets.widgets.widget import _instances  # type: ignore[import-untyped]

from smartinst.dashboard import portfolio_board as portfolio_module
from smartinst.dashboard.portfolio_board import LivePortfolio, explore_sellers
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.errors import InputError
from smartinst.i18n.locales import Locale
from smartinst.ledger.ledger import Ledger
from smartinst.report import portfolio as portfolio_report
from smartinst.report.portfolio import Portfolio
from smartinst.settings import load_settings
from tests.report.test_portfolio import ROWS, portfolio
from tests.support.workspace import smartinst

SELLER = "acme"
LATE = [("acme", "EUR", 900, 90, 90), ("loft", "EUR", 100, 0, 0)]
PAID = [("acme", "EUR", 0, 0, 0), ("loft", "EUR", 0, 0, 0)]


@pytest.fixture
def board(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> LivePortfolio:
    """All sellers of the workspace, in English; PAR30 is displayed even of these small sellers."""
    monkeypatch.chdir(workspace)
    monkeypatch.setattr(portfolio_report, "SMALL_PORTFOLIO", 1)
    portfolio_board = explore_sellers(locale="en")
    assert isinstance(portfolio_board, LivePortfolio)
    return portfolio_board


def board_over(workspace: Path, *portfolios: Portfolio) -> LivePortfolio:
    """A live portfolio that reads the next of these portfolios at each refresh."""
    reads: Iterator[Portfolio] = iter(portfolios)
    return LivePortfolio(lambda: next(reads), load_settings(workspace))


def chart_widget(board: LivePortfolio) -> Any:
    """The bars, or the sentence in their place."""
    (widget,) = board.par30_chart.widget.children[-1].children
    return widget


def chart_spec(board: LivePortfolio) -> dict[str, Any]:
    """The spec of the bars; empty if there is a sentence instead."""
    spec: dict[str, Any] = getattr(chart_widget(board), "spec", {})
    return spec


def chart_rows(board: LivePortfolio) -> list[dict[str, Any]]:
    spec = chart_spec(board)
    rows: list[dict[str, Any]] = spec["datasets"][spec["data"]["name"]]
    return rows


def chart_sentence(board: LivePortfolio) -> str:
    return str(getattr(chart_widget(board), "value", ""))


def click(board: LivePortfolio, seller_id: str) -> None:
    """Sends what the browser sends for a clicked bar."""
    bars = chart_widget(board)
    selection = {"vlPoint": {"or": [{"seller_id": seller_id}]}, "seller_id": [seller_id]}
    bars._vl_selections = {"marks": {"value": selection, "store": []}}


def test_a_seller_opened_in_the_portfolio_has_its_own_language_and_the_same_figures(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    where = {"status": ["In progress", "In progress with issues"]}
    board = explore_sellers(where=where, locale="en")
    assert isinstance(board, LivePortfolio)
    page: Any = board.balance_table.page
    seller_id = page["rows"][0]["id"]
    assert seller_id == board.portfolio.frame["seller_id"][0]
    board.balance_table.open_row = seller_id
    heading, cards = (part.children[0] for part in board.board_box.children[:2])
    key_figures = cards.children[1].value
    seller = load_settings(workspace).find(seller_id)
    assert Locale(seller.locale).date(board.portfolio.as_of, "long") in heading.children[0].value
    rows = board.portfolio.frame.filter(pl.col("seller_id") == seller_id)
    assert f'data-count="{rows["plans"].sum()}"' in key_figures
    for row in rows.iter_rows(named=True):
        amount = f'data-currency="{row["currency"]}" data-minor="{row["overdue_minor"]}"'
        assert f'data-figure="overdue_minor" {amount}' in key_figures
    assert 'data-figure="outstanding_minor"' in board.cover_html.value
    static = explore_sellers(where=where, locale="en", live=False)
    assert isinstance(static, Portfolio)


def test_refreshing_a_board_refreshes_the_tables_above_it(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    monkeypatch.setattr(portfolio_report, "SMALL_PORTFOLIO", 1)
    current = explore_sellers(locale="en", live=False)
    assert isinstance(current, Portfolio)
    earlier = explore_sellers(current.as_of.replace(day=1).isoformat(), locale="en", live=False)
    assert isinstance(earlier, Portfolio)
    board = board_over(workspace, earlier, current)
    cover = board.cover_html
    seller_id = board.portfolio.frame["seller_id"][0]
    board.open(seller_id)
    former = (cover.value, board.status_table.page["rows"])
    former_bars = chart_rows(board)
    board._refresh()
    new_board = explore_sellers(locale="en")
    assert isinstance(new_board, LivePortfolio)
    assert (cover.value, board.status_table.page["rows"]) == (
        new_board.cover_html.value,
        new_board.status_table.page["rows"],
    )
    assert cover.value != former[0]
    assert board.status_table.page["rows"] != former[1]
    assert chart_rows(board) == chart_rows(new_board) != former_bars
    assert board.balance_table.page["rows"] == new_board.balance_table.page["rows"]
    assert board.seller_id == seller_id
    assert not board.outdated_notice.value


def test_a_sentence_replaces_missing_bars_at_any_width(workspace: Path) -> None:
    board = board_over(
        workspace,
        portfolio("en", *LATE),
        portfolio("en", *PAID),
        portfolio("en", *LATE),
        portfolio("en"),
    )
    assert len(chart_rows(board)) == 2
    board._refresh()
    assert "No seller has enough live plans for a share." in chart_sentence(board)
    board.par30_chart._container_width.width = 500
    assert "No seller has enough live plans for a share." in chart_sentence(board)
    board._refresh()
    assert [row["par30"] for row in chart_rows(board)] == [0.1, 0.0]
    assert chart_spec(board)["width"] == 500
    board._refresh()
    assert "No plans match." in chart_sentence(board)


def test_each_refresh_fills_and_empties_the_parts(
    workspace: Path,
) -> None:
    full, empty = portfolio("en", *ROWS), portfolio("en")
    empty.names.update(full.names)  # type: ignore[attr-defined]
    board = board_over(workspace, empty, full, empty)
    notes = board.notes()
    assert board.status_table.total == 0
    assert "Loft" in notes.value
    assert notes.layout.display == ""
    board._refresh()
    assert [row["cells"][0] for row in board.status_table.page["rows"]] == ["Loft", "Acme"]
    assert (notes.value, notes.layout.display) == ("", "none")
    assert chart_rows(board)
    board._refresh()
    assert board.status_table.total == 0
    assert "Loft" in board.notes().value


def test_outdated_tables_say_so_until_they_are_read_again(
    board: LivePortfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = board.portfolio.frame["seller_id"].unique(maintain_order=True)[:2]
    board.balance_table.open_row = first
    read = board._read

    def refuse() -> Portfolio:
        raise InputError("the ledger cannot be read")

    monkeypatch.setattr(board, "_read", refuse)
    board._refresh()
    assert "Run the notebook again" in board.outdated_notice.value
    assert board.outdated_notice in board.board().children
    board.balance_table.open_row = second
    assert "Run the notebook again" in board.outdated_notice.value
    monkeypatch.setattr(board, "_read", read)
    board._refresh()
    assert board.outdated_notice.value == ""


def test_if_a_seller_cannot_be_opened_no_other_board_remains(
    board: LivePortfolio, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = board.portfolio.frame["seller_id"].unique(maintain_order=True)[:2]
    board.balance_table.open_row = first

    def refuse(*_: object, **__: object) -> LiveBoard:
        raise InputError("the ledger <cannot> be read")

    monkeypatch.setattr(portfolio_module, "open_seller_board", refuse)
    board.balance_table.open_row = second
    (message,) = board.board_box.children
    assert "the ledger &lt;cannot&gt; be read" in message.value
    assert (
        board.seller_id,
        board.balance_table.open_row,
        chart_spec(board)["params"][0].get("value"),
    ) == (
        "",
        "",
        None,
    )
    monkeypatch.undo()
    monkeypatch.chdir(workspace)
    board.balance_table.open_row = second  # the same row again
    assert board.seller_id == second
    assert len(board.board_box.children) > 1


def test_the_bars_of_the_open_seller_are_highlighted(
    board: LivePortfolio,
) -> None:
    first, second = board.portfolio.frame["seller_id"].unique(maintain_order=True)[:2]
    assert "value" not in chart_spec(board)["params"][0]
    board.balance_table.open_row = first
    assert chart_spec(board)["params"][0]["value"] == [{"seller_id": first}]
    click(board, second)
    assert (board.seller_id, board.balance_table.open_row, board.status_table.open_row) == (
        second,
        second,
        second,
    )
    board.par30_chart._container_width.width = 444
    assert chart_spec(board)["params"][0]["value"] == [{"seller_id": second}]
    board.status_table.open_row = first
    assert (board.seller_id, board.balance_table.open_row) == (first, first)
    assert chart_spec(board)["params"][0]["value"] == [{"seller_id": first}]
    assert board.scroll_target.turn == 3  # scrolled into view


def test_every_seller_has_the_last_day_of_its_data(board: LivePortfolio, workspace: Path) -> None:
    settings = load_settings(workspace)
    ledger = Ledger(settings.ledger)
    days = ledger.data_through(settings.seller)
    for seller in settings.seller:
        assert days.get(seller.id) == ledger.data_quality(seller).data_through_date
    assert board.portfolio.as_of == max(days.values())
    page: Any = board.balance_table.page
    for row in page["rows"]:
        assert row["cells"][5] == Locale("en").date(days[row["id"]])
    stale = Portfolio(
        board.portfolio.as_of,
        board.portfolio.frame,
        board.locale,
        {},
        board.portfolio.names,
        "Portfolio",
        "portfolio",
        {SELLER: date(2020, 2, 29)},
    )
    rows = stale.sellers().bundle["application/vnd.smartinst.table+json"]["rows"]
    assert {row[1] for row in rows if row[0] == settings.find(SELLER).name} == {"2020-02-29"}
    assert {row[1] for row in rows if row[0] != settings.find(SELLER).name} == {None}


def test_the_portfolio_is_ordered_by_any_column(board: LivePortfolio) -> None:
    for descending in (True, False):
        board.balance_table.order = {"column": "par30", "descending": descending}
        page: Any = board.balance_table.page
        shares = [float(row["cells"][2].rstrip("%")) for row in page["rows"] if row["cells"][2]]
        assert shares == sorted(shares, reverse=descending)
        assert len(set(shares)) > 1


def test_the_notes_name_the_sellers_without_plans(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    board = explore_sellers(where={"buyer": "no such person"}, locale="en")
    assert isinstance(board, LivePortfolio)
    assert all(seller.name in board.notes().value for seller in load_settings(workspace).seller)


def test_the_portfolio_is_one_run_over_all_sellers_ordered_by_par30(
    workspace: Path, tmp_path: Path
) -> None:
    process = smartinst(
        workspace, "run", "portfolio", "--to", "html,xlsx", "--out", str(tmp_path), "--json"
    )
    (outcome,) = json.loads(process.stdout)
    assert outcome["seller_id"] == "all"
    cells = json.loads(Path(outcome["artifacts"]["ipynb"]).read_text(encoding="utf-8"))["cells"]
    bundles = [
        output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output
    ]
    tables = [
        value
        for data in bundles
        for value in data.values()
        if isinstance(value, dict) and "rows" in value
    ]
    rows = next(table["rows"] for table in tables if table["name"] == "sellers")
    assert len({row[0] for row in rows}) == 3
    assert not [data for data in bundles if "application/vnd.jupyter.widget-view+json" in data]
    shares = [
        max((r[7][0] / r[7][1] for r in rows if r[0] == name and r[7]), default=0)
        for name in dict.fromkeys(r[0] for r in rows)
    ]
    assert shares == sorted(shares, reverse=True)
    wrong_usage = smartinst(workspace, "run", "portfolio", "--seller", SELLER)
    assert wrong_usage.returncode == 2


def test_a_board_of_the_portfolio_keeps_its_day_after_a_refresh(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    current = explore_sellers(locale="en", live=False)
    assert isinstance(current, Portfolio)
    later = explore_sellers(
        (current.as_of + timedelta(days=20)).isoformat(), locale="en", live=False
    )
    assert isinstance(later, Portfolio)
    portfolio_board = board_over(workspace, later, later)  # another seller has newer data
    portfolio_board.balance_table.open_row = SELLER
    board = portfolio_board._seller_board
    assert board is not None
    heading = board.heading.value
    board.apply_filters({"billing_type": "SMART_RECOVERY"})
    assert board.book.as_of == later.as_of
    board.apply_filters({})
    board.refresh()
    assert board.book.as_of == later.as_of
    assert board.heading.value == heading


def test_opening_another_seller_closes_the_widgets_of_the_former_one(
    board: LivePortfolio,
) -> None:
    first, second, *_ = board.portfolio.frame["seller_id"].unique(maintain_order=True)
    board.balance_table.open_row = first
    board.balance_table.open_row = second
    widget_count = len(_instances)
    for _ in range(2):
        board.balance_table.open_row = first
        board.balance_table.open_row = second
    assert len(_instances) <= widget_count + 20
