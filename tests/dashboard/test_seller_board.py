"""The explore board without a browser: its figures are the commands', its marks are linked, its actions ask first."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from smartinst.analytics.figures import BY_NAME
from smartinst.analytics.filters import FILTERS, check_filters
from smartinst.analytics.metrics import plan_details
from smartinst.cli import cli
from smartinst.dashboard import book_reader, seller_board, theme
from smartinst.dashboard.api import Board, explore
from smartinst.dashboard.plan.charge_states import STATES
from smartinst.dashboard.plan.timeline import time_line
from smartinst.dashboard.selection import Selection
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.dashboard.widgets.selectable_chart import selectable_chart
from smartinst.errors import InputError, LedgerError
from smartinst.facts import PLAN_STATUSES
from smartinst.facts import STATES as FACT_STATES
from tests.pages.test_page_filters import wheres
from tests.support.workspace import smartinst

SELLER = "acme"


@pytest.fixture(scope="module")
def opened(workspace: Path) -> LiveBoard:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        made = explore(SELLER, locale="en")
    assert isinstance(made, LiveBoard)
    return made


@pytest.fixture
def board(opened: LiveBoard, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> LiveBoard:
    """The board with nothing set and nothing clicked."""
    monkeypatch.chdir(workspace)
    for chart in list(opened.selection.chart_selections):
        opened.selection.select_marks(chart, [])
    opened.filter_panel.show({})
    return opened


def test_the_panel_has_every_filter_and_offers_what_occurs(board: LiveBoard) -> None:
    assert list(board.filter_panel.controls) == [one.name for one in FILTERS]
    offered = {value for _, value in board.filter_panel.controls["country"].widget.options} - {""}
    assert offered == set(board.book.rows["plans"]["country"].drop_nulls().to_list())


@pytest.mark.parametrize(
    ("where", "options"),
    [
        ({}, []),
        ({"status": ["In progress with issues"]}, ["--status", "In progress with issues"]),
        (
            {"issued": [2, 4], "payment_method": "CREDIT_CARD"},
            ["--issued", "2:4", "--payment-method", "CREDIT_CARD"],
        ),
        (
            {"from": "2026-05-01", "date_field": "paid", "buyer": "a"},
            ["--from", "2026-05-01", "--date-field", "paid", "--buyer", "a"],
        ),
    ],
)
def test_the_same_filters_give_the_figures_of_the_command_and_of_the_report(
    board: LiveBoard, workspace: Path, where: dict[str, Any], options: list[str]
) -> None:
    board.filter_panel.show(where)
    day = board.book.as_of.isoformat()
    told = smartinst(
        workspace, "plans", "--seller", SELLER, "--as-of", day, *options, "--format", "json"
    )
    plans = json.loads(told.stdout)
    assert board.plan_table.total == len(plans) > 0
    assert set(board.selection.selected_plans()["plan_id"]) == {one["plan_id"] for one in plans}
    report = explore(SELLER, day, where, locale="en", live=False)
    assert isinstance(report, Board)
    for figure in ("revenue", "net", "aging", "overdue_by_product", "status_by_installments"):
        assert board.selection.fold(figure).equals(BY_NAME[figure].fold(report.book.rows)), figure
    for name in ("collected_minor", "overdue_minor"):
        for row in board.selection.fold("revenue").iter_rows(named=True):
            assert row[name] == sum(
                one[name] for one in plans if one["currency"] == row["currency"]
            )
            assert (
                f'data-figure="{name}" data-currency="{row["currency"]}" data-minor="{row[name]}"'
                in (board.key_figures.value)
            )


def as_options(where: dict[str, Any]) -> list[str]:
    """A notebook's `where` as options of the command line."""
    flags = {one.name: one.flag for one in FILTERS}
    options: list[str] = []
    for name, value in where.items():
        values = value if name == "status" else [value]
        if name in ("issued", "installments"):
            values = [":".join(str(one) for one in value if one is not None)]
        options += [word for one in values for word in (flags[name], str(one))]
    return options


def is_meant(where: dict[str, Any]) -> bool:
    """Whether the filters can be meant: random bounds may be the wrong way round."""
    try:
        return check_filters(where) is not None
    except InputError:
        return False


def test_any_filters_give_the_figures_of_the_command_and_of_the_report(board: LiveBoard) -> None:
    day = board.book.as_of.isoformat()
    everything = plan_details(board.book.rows, lambda _: None)
    seen = set()
    for where in filter(is_meant, wheres(everything)):
        board.filter_panel.show(where)
        asked = ["--seller", SELLER, "--as-of", day, *as_options(where)]
        plans = json.loads(CliRunner().invoke(cli, ["plans", *asked, "--format", "json"]).stdout)
        metrics = json.loads(CliRunner().invoke(cli, ["metrics", *asked, "--json"]).stdout)
        assert {one["plan_id"] for one in plans} == set(board.plans["plan_id"]), where
        told = [
            [one[name] for name in ("currency", "plans", "collected_minor", "overdue_minor")]
            for one in metrics["revenue"]
        ]
        folded = board.selection.fold("revenue").select(
            "currency", "plans", "collected_minor", "overdue_minor"
        )
        assert folded.sort("currency").rows() == [tuple(row) for row in told], where
        report = explore(SELLER, day, where, locale="en", live=False)
        for figure in ("revenue", "net", "aging", "overdue_by_product", "status_by_installments"):
            assert board.selection.fold(figure).equals(BY_NAME[figure].fold(report.book.rows)), (
                figure,
                where,
            )
        seen.add(len(plans))
    assert len(seen) > 8  # the filters do filter


@pytest.mark.parametrize(
    "where", [{"country": "AQ"}, {"currency": "XAU"}, {"issued": [40, None]}, {"issued": [30, 50]}]
)
def test_a_filter_that_no_plan_passes_is_a_filter(board: LiveBoard, where: dict[str, Any]) -> None:
    board.filter_panel.show(where)
    assert board.plan_table.total == 0
    board.filter_panel.show({})
    assert board.plan_table.total == board.selection.plans.height


@pytest.mark.usefixtures("board")
def test_filters_that_cannot_be_meant_are_refused_before_anything_is_read() -> None:
    wrong: list[dict[str, Any]] = [{"colour": "red"}, {"from": "yesterday"}, {"issued": [10, 9]}]
    for where in wrong:
        with pytest.raises(InputError):
            explore(SELLER, where=where)


def test_a_clicked_mark_filters_everything_but_its_own_chart(board: LiveBoard) -> None:
    before = board.selection.fold("aging", "aging")
    bucket = before["bucket"][0]
    board.select_marks("aging", [{"bucket": bucket}])
    overdue = board.book.rows["charges"].filter(pl.col("is_overdue") & (pl.col("bucket") == bucket))
    assert board.plan_table.total == overdue["plan_id"].n_unique()
    assert board.selection.fold("aging", "aging").equals(before)
    assert (
        board.selection.fold("status_by_installments", "status_by_installments")["plans"].sum()
        == board.plan_table.total
    )
    board.deselect_marks("aging")
    assert board.plan_table.total == board.selection.plans.height


def test_marks_of_several_charts_hold_together(board: LiveBoard) -> None:
    country = largest_country(board)
    board.select_marks("plans_by_country", [{"country": country}])
    board.select_marks("status_by_installments", [{"installments": 12.0, "status": "In progress"}])
    selected_plans = board.selection.selected_plans()
    assert selected_plans.height == board.plan_table.total > 0
    assert selected_plans.select(
        "country", "installments", pl.col("status").cast(pl.String)
    ).unique().rows() == [(country, 12, "In progress")]


def largest_country(board: LiveBoard) -> str:
    """The country with the most plans."""
    rows = board.selection.fold("plans_by_country").drop_nulls("country")
    return str(rows.sort("plans", descending=True)["country"][0])


def marked_in(board: LiveBoard, chart: str) -> Any:
    """The marks that a chart's spec carries: what the browser shows, and tells, once it has drawn it."""
    parameters = board.linked_charts.widgets[chart].spec["params"]
    return next(item.get("value") for item in parameters if item["name"] == "marks")


def test_a_clicked_mark_stays_when_its_own_chart_is_drawn_again(board: LiveBoard) -> None:
    country, status = (
        {"country": largest_country(board)},
        {"installments": 12, "status": "Completed"},
    )
    board.select_marks("plans_by_country", [country])
    assert marked_in(board, "plans_by_country") is None  # the browser drew it itself
    board.filter_panel.show({"installments": [1, 12]})
    assert marked_in(board, "plans_by_country") == [country]
    board.select_marks("status_by_installments", [status])
    assert marked_in(board, "plans_by_country") == [country]
    board.filter_panel.show({"installments": [2, 12]})
    assert [marked_in(board, one) for one in ("plans_by_country", "status_by_installments")] == [
        [country],
        [status],
    ]
    board.deselect_marks("plans_by_country")
    assert [marked_in(board, one) for one in ("plans_by_country", "status_by_installments")] == [
        None,
        [status],
    ]


def test_marks_stay_when_the_ledger_is_read_again_but_for_those_that_no_plan_has(
    board: LiveBoard,
) -> None:
    country = {"country": largest_country(board)}
    board.select_marks("plans_by_country", [country, {"country": "AQ"}])
    selected_plans = board.plan_table.total
    board.refresh()
    assert board.selection.chart_selections == {"plans_by_country": [country]}
    assert marked_in(board, "plans_by_country") == [country]
    assert board.plan_table.total == selected_plans
    assert len(board.mark_chips.widget.children) == 1


def test_cleared_filters_let_go_of_the_marks_as_well(board: LiveBoard) -> None:
    country = {"country": largest_country(board)}
    board.select_marks("plans_by_country", [country])
    board.filter_panel.show({"status": ["Completed"]})
    board.filter_panel.clear_button.click()
    assert (
        board.selection.chart_selections,
        board.filter_panel.where(),
        board.mark_chips.widget.children,
    ) == ({}, {}, ())
    assert marked_in(board, "plans_by_country") is None
    assert board.plan_table.total == board.selection.plans.height


def test_marks_are_chosen_from_a_list_as_well(board: LiveBoard) -> None:
    listed = board.linked_charts.mark_lists["aging"].widget
    most = (
        board.selection.fold("aging", "aging")
        .group_by("bucket", maintain_order=True)
        .agg(pl.col("overdue_charges").sum())
    )
    assert listed.options[0][0] == f"{most['bucket'][0]}: {most['overdue_charges'][0]}"
    listed.index = (0,)
    assert board.selection.chart_selections["aging"] == [{"bucket": most["bucket"][0]}]
    assert marked_in(board, "aging") == [{"bucket": most["bucket"][0]}]
    charges = board.book.rows["charges"].filter(
        pl.col("is_overdue") & (pl.col("bucket") == most["bucket"][0])
    )
    assert board.plan_table.total == charges["plan_id"].n_unique()
    board.deselect_marks("aging")
    assert listed.index == ()
    board.select_marks("aging", [{"bucket": most["bucket"][0]}])
    assert listed.index == (0,)
    names = [
        label for label, _ in board.linked_charts.mark_lists["overdue_by_product"].widget.options
    ]
    assert names
    assert all(label.rpartition(":")[0] in set(board.selection.plans["product"]) for label in names)


def test_a_refused_filter_leaves_what_is_shown_also_when_the_ledger_is_read_again(
    board: LiveBoard,
) -> None:
    board.filter_panel.show({"status": ["Refunded"]})
    shown = board.plan_table.total
    assert 0 < shown < board.selection.plans.height
    board.apply_filters({"status": ["Refunded"], "from": "2026-12-01", "to": "2026-01-01"})
    assert "expected from not after to" in board.filter_panel.message.value
    board.apply_filters(
        {"billing_type": "SMART_RECOVERY", "from": "2026-12-01", "to": "2026-01-01"}
    )
    board.refresh()
    assert (board.plan_table.total, board.plans.height, board.selection.where) == (
        shown,
        shown,
        {"status": ["Refunded"]},
    )
    board.select_marks("plans_by_country", [{"country": largest_country(board)}])
    assert board.plan_table.total <= shown


def test_a_ledger_that_cannot_be_read_leaves_the_board_and_its_panel_as_they_were(
    board: LiveBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise LedgerError("ledger table plans: <torn>")

    monkeypatch.setattr(book_reader, "open_book", refuse)
    selected_plans = board.plan_table.total
    board.filter_panel.controls["billing_type"].widget.value = "BILLET_INSTALLMENT"
    assert "&lt;torn&gt;" in board.filter_panel.message.value
    assert (board.filter_panel.where(), board.plan_table.total, board.book.where) == (
        {},
        selected_plans,
        {},
    )


def test_the_log_of_actions_is_read_again_with_the_ledger_and_with_every_plan(
    board: LiveBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[str]()

    def history(_settings: object, seller: Any) -> list[dict[str, Any]]:
        read.append(seller.id)
        return []

    monkeypatch.setattr(seller_board, "logged_calls", history)
    board.open(board.selection.plans["plan_id"][0])
    assert len(read) == 1
    board.refresh()
    assert len(read) == 2


def test_a_plan_of_another_billing_type_is_put_away(board: LiveBoard) -> None:
    board.open(board.selection.plans["plan_id"][0])
    board.filter_panel.show({"billing_type": "SMART_RECOVERY"})
    assert (board.open_plan_id, board.plan_table.open_row, board.actions._preview) == ("", "", None)
    assert len(board.plan_page.widget.children) == 1
    board.filter_panel.show({})
    board.open(board.selection.plans["plan_id"][1])
    assert len(board.plan_page.widget.children) > 1


def page_rows(board: LiveBoard) -> list[dict[str, Any]]:
    """The rows that the table holds just now."""
    page: Any = board.plan_table.page
    return list(page["rows"])


def test_the_table_brings_only_the_rows_asked_for_in_the_order_asked_for(board: LiveBoard) -> None:
    board.plan_table.order = {"column": "days_past_due", "descending": True}
    board.plan_table.row_range = {"start": 5, "count": 7}
    most = board.selection.plans.sort("days_past_due", "plan_id", descending=[True, False])[
        "plan_id"
    ][5:12].to_list()
    assert [one["id"] for one in page_rows(board)] == most
    board.plan_table.show(pl.concat([board.selection.plans] * 5), 300)
    board.plan_table.row_range = {"start": 0, "count": 10**9}
    assert len(page_rows(board)) == 200


def test_the_table_is_ordered_by_what_its_reader_sees(board: LiveBoard) -> None:
    names = ["Zoe", "alba", "\u00c1lvaro", "Bruno"]
    plans = board.selection.plans.head(4).with_columns(
        pl.Series("buyer", names),
        pl.Series("country", ["DE", "AT", "ES", None]),
        pl.Series("currency", ["KWD", "EUR", "KWD", "EUR"]),
        pl.Series("overdue_minor", [61_082, 39_975, 1_000, 50_000]),
    )

    def ordered(column: str, *, descending: bool = False) -> list[str]:
        board.plan_table.order = {"column": column, "descending": descending}
        board.plan_table.show(plans, 4)
        name_of = dict(zip(plans["plan_id"], names, strict=True))
        return [name_of[one["id"]] for one in page_rows(board)]

    board.plan_table.row_range = {"start": 0, "count": 40}
    assert ordered("buyer") == ["alba", "\u00c1lvaro", "Bruno", "Zoe"]
    assert ordered("country") == [
        "alba",
        "Zoe",
        "\u00c1lvaro",
        "Bruno",
    ]  # Austria, Germany, Spain, unknown
    assert ordered("country", descending=True) == ["\u00c1lvaro", "Zoe", "alba", "Bruno"]
    assert ordered("overdue_minor", descending=True) == [
        "Bruno",
        "alba",
        "Zoe",
        "\u00c1lvaro",
    ]  # each currency by itself
    board.plan_table.order = {"column": "", "descending": False}


def test_a_click_on_a_row_opens_it_whatever_was_opened_by_code(board: LiveBoard) -> None:
    clicked, other = board.plans["plan_id"][:2]
    board.plan_table.open_row = clicked
    board.plan(other)
    assert (board.open_plan_id, board.plan_table.open_row) == (other, other)
    board.plan_table.open_row = clicked
    assert board.open_plan_id == clicked
    assert clicked in board.plan_page.head.value


def test_the_end_of_a_slider_is_no_bound(board: LiveBoard) -> None:
    slider = board.filter_panel.controls["installments"].widget
    slider.value = (3, slider.max)
    assert board.selection.where == {"installments": [3, None]}
    slider.value = (3, slider.max - 1)
    assert board.selection.where == {"installments": [3, slider.max - 1]}


def test_a_chart_that_shows_ten_countries_of_more_says_so(board: LiveBoard) -> None:
    everywhere = ["AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AR", "AT", "AU"]

    def title(countries: list[str]) -> str:
        rows = board.book.rows | {
            "plans": board.book.rows["plans"]
            .head(len(countries))
            .with_columns(country=pl.Series(countries))
        }
        return str(
            selectable_chart(
                "plans_by_country", Selection(board.book.as_of, rows), board.locale, 400
            ).title
        )

    assert "the ten with the most" in title(everywhere)
    assert title(everywhere[:10]) == "Plans by country"


def test_a_filter_that_cannot_be_meant_is_told_and_changes_nothing(board: LiveBoard) -> None:
    board.apply_filters({"from": "2026-05-02", "to": "2026-05-01"})
    assert "from not after to" in board.filter_panel.message.value
    assert board.plan_table.total == board.selection.plans.height


def test_every_state_of_a_charge_and_of_an_attempt_has_a_name_and_a_place_on_the_time_line(
    board: LiveBoard,
) -> None:
    rows, day = board.book.rows, board.book.as_of
    states = (
        set(rows["charges"]["state"].cast(pl.String))
        | set(rows["attempts"]["state"])
        | {*FACT_STATES, "disputed"}
    )
    assert states <= set(STATES)
    plan = rows["plans"].filter(pl.col("to_receive_minor") > 0).row(0, named=True)
    drawn = time_line(rows, plan["plan_id"], day, board.locale).to_dict()
    dots = next(layer for layer in drawn["layer"] if layer["mark"]["type"] == "point")
    points = next(values for values in drawn["datasets"].values() if "number" in values[0])
    charges = rows["charges"].filter(pl.col("plan_id") == plan["plan_id"])
    assert {one["number"] for one in points} == set(charges["number"])
    assert {one["state"] for one in points} == set(dots["encoding"]["color"]["scale"]["domain"])


def test_what_is_ticked_in_the_table_is_a_frame_to_go_on_with(board: LiveBoard) -> None:
    some = board.plans["plan_id"][3:5].to_list()
    board.plan_table.selected = some
    assert board.selected["plan_id"].to_list() == some
    board.filter_panel.show({"status": ["Refunded"]})
    assert board.selected.height == 0


def test_an_empty_chart_gives_way_to_a_sentence(board: LiveBoard) -> None:
    board.filter_panel.show({"status": ["Completed"]})
    assert board.linked_charts.widgets["aging"].layout.display == "none"
    assert board.linked_charts.widgets["status_by_installments"].layout.display == ""
    board.filter_panel.show({})
    assert board.linked_charts.widgets["aging"].layout.display == ""


def test_charts_are_drawn_for_the_width_they_stand_in(board: LiveBoard) -> None:
    for width, drawn in ((1000, 490), (500, 500), (3000, 760)):
        board.linked_charts.fit(width)
        assert {one.spec["width"] for one in board.linked_charts.widgets.values()} == {drawn}


def test_a_run_of_the_notebook_is_a_report_without_widgets(workspace: Path, tmp_path: Path) -> None:
    done = smartinst(
        workspace,
        "run",
        "explore",
        "--seller",
        SELLER,
        "--to",
        "html",
        "--out",
        str(tmp_path),
        "--json",
    )
    (outcome,) = json.loads(done.stdout)
    executed = Path(outcome["artifacts"]["ipynb"]).read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget" not in executed
    assert executed.count("image/svg+xml") >= 7
    assert "data-plan-id" in Path(outcome["artifacts"]["html"]).read_text(encoding="utf-8")


def test_every_colour_of_a_board_is_the_palettes_on_a_light_and_on_a_dark_ground() -> None:
    own, made = theme.STYLESHEET.read_text(encoding="utf-8"), theme.styles()
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", own)
    for ground in ("body", theme.DARK):
        (named,) = re.findall(re.escape(ground) + r"\{(--smartinst-ink[^}]*)\}", made)
        assert set(re.findall(r"var\((--smartinst-[\w-]+)", own)) <= set(
            re.findall(r"--smartinst-[\w-]+", named)
        )
        for status in PLAN_STATUSES:
            assert f'{ground} .smartinst-status[data-status="{status}"]{{--status:#' in made
