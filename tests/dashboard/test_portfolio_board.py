"""All sellers live, without a browser: every part is renewed, a clicked seller's board stands below."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ipywidgets.widgets.widget import _instances  # type: ignore[import-untyped]

from smartinst.dashboard import portfolio_board
from smartinst.dashboard.portfolio_board import LivePortfolio, explore_sellers
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.errors import InputError
from smartinst.i18n.locales import Locale
from smartinst.ledger.ledger import Ledger
from smartinst.report.portfolio import Portfolio
from smartinst.settings import load_settings
from tests.report.test_portfolio import ROWS, portfolio
from tests.support.workspace import smartinst

SELLER = "acme"
LATE = [("acme", "EUR", 900, 90, 90), ("loft", "EUR", 100, 0, 0)]
PAID = [("acme", "EUR", 0, 0, 0), ("loft", "EUR", 0, 0, 0)]


@pytest.fixture
def shown(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> LivePortfolio:
    """All sellers of the workspace, in English."""
    monkeypatch.chdir(workspace)
    made = explore_sellers(locale="en")
    assert isinstance(made, LivePortfolio)
    return made


def read_in_turn(workspace: Path, *made: Portfolio) -> LivePortfolio:
    """A live portfolio that finds one after the other, with every update one more."""
    turns: Iterator[Portfolio] = iter(made)
    return LivePortfolio(lambda: next(turns), load_settings(workspace))


def drawn(shown: LivePortfolio) -> Any:
    """The bars, or the sentence that stands in their place."""
    (made,) = shown.par30_chart.widget.children[-1].children
    return made


def chart_of(shown: LivePortfolio) -> dict[str, Any]:
    """The spec of the bars; empty where a sentence stands instead."""
    spec: dict[str, Any] = getattr(drawn(shown), "spec", {})
    return spec


def bars_of(shown: LivePortfolio) -> list[dict[str, Any]]:
    spec = chart_of(shown)
    found: list[dict[str, Any]] = spec["datasets"][spec["data"]["name"]]
    return found


def said_in_chart(shown: LivePortfolio) -> str:
    return str(getattr(drawn(shown), "value", ""))


def click(shown: LivePortfolio, seller_id: str) -> None:
    """What the browser tells of a clicked bar."""
    bars = drawn(shown)
    told = {"vlPoint": {"or": [{"seller_id": seller_id}]}, "seller_id": [seller_id]}
    bars._vl_selections = {"marks": {"value": told, "store": []}}


def test_a_seller_opened_in_the_portfolio_has_its_own_language_and_the_same_figures(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    where = {"status": ["In progress", "In progress with issues"]}
    shown = explore_sellers(where=where, locale="en")
    assert isinstance(shown, LivePortfolio)
    page: Any = shown.balance_table.page
    worst = page["rows"][0]["id"]
    assert worst == shown.portfolio.frame["seller_id"][0]
    shown.balance_table.open_row = worst
    heading, counted = shown.board_box.children[0], shown.board_box.children[1].value
    seller = load_settings(workspace).find(worst)
    assert (
        Locale(seller.locale).date(shown.portfolio.as_of, "long")
        in heading.children[0].children[0].value
    )
    rows = shown.portfolio.frame.filter(pl.col("seller_id") == worst)
    assert f'data-count="{rows["plans"].sum()}"' in counted
    for one in rows.iter_rows(named=True):
        assert (
            f'data-figure="overdue_minor" data-currency="{one["currency"]}" data-minor="{one["overdue_minor"]}"'
            in counted
        )
    assert 'data-figure="outstanding_minor"' in shown.cover_html.value
    static = explore_sellers(where=where, locale="en", live=False)
    assert isinstance(static, Portfolio)


def test_an_updated_board_renews_what_stands_above_it(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    now = explore_sellers(locale="en", live=False)
    assert isinstance(now, Portfolio)
    before = explore_sellers(now.as_of.replace(day=1).isoformat(), locale="en", live=False)
    assert isinstance(before, Portfolio)
    made = read_in_turn(workspace, before, now)
    cover = made.cover_html
    first = made.portfolio.frame["seller_id"][0]
    made.open(first)
    old = (cover.value, made.status_table.page["rows"])
    old_bars = bars_of(made)
    made._refresh()
    fresh = explore_sellers(locale="en")
    assert isinstance(fresh, LivePortfolio)
    assert (cover.value, made.status_table.page["rows"]) == (
        fresh.cover_html.value,
        fresh.status_table.page["rows"],
    )
    assert cover.value != old[0]
    assert made.status_table.page["rows"] != old[1]
    assert bars_of(made) == bars_of(fresh) != old_bars
    assert made.balance_table.page["rows"] == fresh.balance_table.page["rows"]
    assert made.seller_id == first
    assert not made.outdated_notice.value


def test_bars_give_way_to_a_sentence_and_come_back_at_any_width(workspace: Path) -> None:
    made = read_in_turn(
        workspace,
        portfolio("en", *LATE),
        portfolio("en", *PAID),
        portfolio("en", *LATE),
        portfolio("en"),
    )
    assert len(bars_of(made)) == 2
    made._refresh()
    assert "No seller has a live balance here." in said_in_chart(made)
    made.par30_chart._container_width.width = 500
    assert "No seller has a live balance here." in said_in_chart(made)
    made._refresh()
    assert [one["par30"] for one in bars_of(made)] == [0.1, 0.0]
    assert chart_of(made)["width"] == 500
    made._refresh()
    assert "No plans match." in said_in_chart(made)


def test_what_was_empty_at_first_is_filled_by_an_update_and_emptied_by_the_next(
    workspace: Path,
) -> None:
    full, none = portfolio("en", *ROWS), portfolio("en")
    none.names.update(full.names)  # type: ignore[attr-defined]
    made = read_in_turn(workspace, none, full, none)
    unseen = made.notes()
    assert made.status_table.total == 0
    assert "Loft" in unseen.value
    assert unseen.layout.display == ""
    made._refresh()
    assert [row["cells"][0] for row in made.status_table.page["rows"]] == ["Loft", "Acme"]
    assert (unseen.value, unseen.layout.display) == ("", "none")
    assert bars_of(made)
    made._refresh()
    assert made.status_table.total == 0
    assert "Loft" in made.notes().value


def test_a_list_that_is_out_of_date_says_so_until_it_is_read_again_whoever_is_opened(
    shown: LivePortfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = shown.portfolio.frame["seller_id"].unique(maintain_order=True)[:2]
    shown.balance_table.open_row = first
    read = shown._read

    def refused() -> Portfolio:
        raise InputError("the ledger cannot be read")

    monkeypatch.setattr(shown, "_read", refused)
    shown._refresh()
    assert "run the notebook again" in shown.outdated_notice.value
    assert shown.outdated_notice in shown.board().children
    shown.balance_table.open_row = second
    assert "run the notebook again" in shown.outdated_notice.value
    monkeypatch.setattr(shown, "_read", read)
    shown._refresh()
    assert shown.outdated_notice.value == ""


def test_a_seller_that_cannot_be_opened_leaves_no_board_of_another(
    shown: LivePortfolio, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = shown.portfolio.frame["seller_id"].unique(maintain_order=True)[:2]
    shown.balance_table.open_row = first

    def refuse(*_: object, **__: object) -> LiveBoard:
        raise InputError("the ledger <cannot> be read")

    monkeypatch.setattr(portfolio_board, "open_seller_board", refuse)
    shown.balance_table.open_row = second
    (said,) = shown.board_box.children
    assert "the ledger &lt;cannot&gt; be read" in said.value
    assert (
        shown.seller_id,
        shown.balance_table.open_row,
        chart_of(shown)["params"][0].get("value"),
    ) == (
        "",
        "",
        None,
    )
    monkeypatch.undo()
    monkeypatch.chdir(workspace)
    shown.balance_table.open_row = second  # the same row again
    assert shown.seller_id == second
    assert len(shown.board_box.children) > 1


def test_the_bars_of_the_seller_that_is_open_are_marked_wherever_it_was_opened(
    shown: LivePortfolio,
) -> None:
    first, second = shown.portfolio.frame["seller_id"].unique(maintain_order=True)[:2]
    assert "value" not in chart_of(shown)["params"][0]
    shown.balance_table.open_row = first
    assert chart_of(shown)["params"][0]["value"] == [{"seller_id": first}]
    click(shown, second)
    assert (shown.seller_id, shown.balance_table.open_row, shown.status_table.open_row) == (
        second,
        second,
        second,
    )
    shown.par30_chart._container_width.width = 444
    assert chart_of(shown)["params"][0]["value"] == [{"seller_id": second}]
    shown.status_table.open_row = first
    assert (shown.seller_id, shown.balance_table.open_row) == (first, first)
    assert chart_of(shown)["params"][0]["value"] == [{"seller_id": first}]
    assert shown.scroll_target.turn == 3  # the board comes into view


def test_every_seller_tells_through_which_day_its_data_reach(
    shown: LivePortfolio, workspace: Path
) -> None:
    settings = load_settings(workspace)
    ledger = Ledger(settings.ledger)
    days = ledger.data_through(settings.seller)
    for seller in settings.seller:
        assert days.get(seller.id) == ledger.data_quality(seller).data_through_date
    assert shown.portfolio.as_of == max(days.values())
    page: Any = shown.balance_table.page
    for row in page["rows"]:
        assert row["cells"][5] == Locale("en").date(days[row["id"]])
    stale = Portfolio(
        shown.portfolio.as_of,
        shown.portfolio.frame,
        shown.locale,
        {},
        shown.portfolio.names,
        "Portfolio",
        "portfolio",
        {SELLER: date(2020, 2, 29)},
    )
    rows = stale.sellers().bundle["application/vnd.smartinst.table+json"]["rows"]
    assert {row[1] for row in rows if row[0] == settings.find(SELLER).name} == {"2020-02-29"}
    assert {row[1] for row in rows if row[0] != settings.find(SELLER).name} == {None}


def test_the_portfolio_is_ordered_by_any_column(shown: LivePortfolio) -> None:
    for descending in (True, False):
        shown.balance_table.order = {"column": "par30", "descending": descending}
        page: Any = shown.balance_table.page
        shares = [float(one["cells"][2].rstrip("%")) for one in page["rows"] if one["cells"][2]]
        assert shares == sorted(shares, reverse=descending)
        assert len(set(shares)) > 1


def test_the_portfolio_names_the_sellers_that_it_has_not(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    made = explore_sellers(where={"buyer": "no such person"}, locale="en")
    assert isinstance(made, LivePortfolio)
    assert all(one.name in made.notes().value for one in load_settings(workspace).seller)


def test_the_portfolio_is_one_run_over_every_seller_the_worst_first(
    workspace: Path, tmp_path: Path
) -> None:
    done = smartinst(
        workspace, "run", "portfolio", "--to", "html,xlsx", "--out", str(tmp_path), "--json"
    )
    (outcome,) = json.loads(done.stdout)
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
    rows = next(one["rows"] for one in tables if one["name"] == "sellers")
    assert len({row[0] for row in rows}) == 3
    assert not [data for data in bundles if "application/vnd.jupyter.widget-view+json" in data]
    worst = [
        max((r[7][0] / r[7][1] for r in rows if r[0] == name and r[7]), default=0)
        for name in dict.fromkeys(r[0] for r in rows)
    ]
    assert worst == sorted(worst, reverse=True)
    refused = smartinst(workspace, "run", "portfolio", "--seller", SELLER)
    assert refused.returncode == 2


def test_a_board_of_the_portfolio_stays_at_its_day_when_it_is_read_again(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    made = explore_sellers(locale="en", live=False)
    assert isinstance(made, Portfolio)
    later = explore_sellers((made.as_of + timedelta(days=20)).isoformat(), locale="en", live=False)
    assert isinstance(later, Portfolio)
    shown = read_in_turn(workspace, later, later)  # another seller's data reach further
    shown.balance_table.open_row = SELLER
    board = shown._seller_board
    assert board is not None
    heading = board.heading.value
    board.apply_filters({"billing_type": "SMART_RECOVERY"})
    assert board.book.as_of == later.as_of
    board.apply_filters({})
    board.refresh()
    assert board.book.as_of == later.as_of
    assert board.heading.value == heading


def test_the_widgets_of_a_seller_are_given_back_when_another_is_opened(
    shown: LivePortfolio,
) -> None:
    first, second, *_ = shown.portfolio.frame["seller_id"].unique(maintain_order=True)
    shown.balance_table.open_row = first
    shown.balance_table.open_row = second
    held = len(_instances)
    for _ in range(2):
        shown.balance_table.open_row = first
        shown.balance_table.open_row = second
    assert len(_instances) <= held + 20
