"""The live board without a browser: the figures of the commands, linked charts, table and plan."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from smartinst.analytics.figures import BY_NAME
from smartinst.analytics.filter_table import FILTERS
from smartinst.analytics.filters import check_filters
from smartinst.analytics.metrics import plan_details
from smartinst.cli import cli
from smartinst.dashboard import book_reader, seller_board, theme
from smartinst.dashboard.api import Board, explore
from smartinst.dashboard.plan.timeline import time_line
from smartinst.dashboard.selection import Selection
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.dashboard.widgets.selectable_chart import selectable_chart
from smartinst.errors import InputError, LedgerError
from smartinst.facts import PLAN_STATUSES
from smartinst.facts import STATES as FACT_STATES
from smartinst.report.tables.state_labels import STATES
from tests.pages.html.test_page_filters import filter_sets
from tests.support.examples import SHARE, share_of
from tests.support.workspace import smartinst

SELLER = "acme"


@pytest.fixture(scope="module")
def module_board(workspace: Path) -> LiveBoard:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        live_board = explore(SELLER, locale="en")
    assert isinstance(live_board, LiveBoard)
    return live_board


@pytest.fixture
def board(module_board: LiveBoard, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> LiveBoard:
    """The board without filters and selected marks."""
    monkeypatch.chdir(workspace)
    for chart in list(module_board.selection.chart_selections):
        module_board.selection.select_marks(chart, [])
    module_board.filter_panel.show({})
    return module_board


def test_the_panel_has_every_filter_with_the_values_that_occur(board: LiveBoard) -> None:
    assert list(board.filter_panel.controls) == [declaration.name for declaration in FILTERS]
    countries = {value for _, value in board.filter_panel.controls["country"].widget.options} - {""}
    assert countries == set(board.book.rows["plans"]["country"].drop_nulls().to_list())


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
def test_filters_give_the_figures_of_the_command_and_of_the_report(
    board: LiveBoard, workspace: Path, where: dict[str, Any], options: list[str]
) -> None:
    board.filter_panel.show(where)
    day = board.book.as_of.isoformat()
    process = smartinst(
        workspace, "plans", "--seller", SELLER, "--as-of", day, *options, "--format", "json"
    )
    plans = json.loads(process.stdout)
    assert board.plan_table.total == len(plans) > 0
    assert set(board.selection.selected_plans()["plan_id"]) == {plan["plan_id"] for plan in plans}
    report = explore(SELLER, day, where, locale="en", live=False)
    assert isinstance(report, Board)
    for figure in ("revenue", "net", "aging", "overdue_by_product", "status_by_installments"):
        assert by_code(board.selection.fold(figure)) == by_code(
            BY_NAME[figure].fold(report.book.rows)
        ), figure
    for name in ("collected_minor", "overdue_minor"):
        for row in board.selection.fold("revenue").iter_rows(named=True):
            assert row[name] == sum(
                plan[name] for plan in plans if plan["currency"] == row["currency"]
            )
            assert (
                f'data-figure="{name}" data-currency="{row["currency"]}" data-minor="{row[name]}"'
                in (board.key_figures.html.value)
            )


def as_options(where: dict[str, Any]) -> list[str]:
    """A notebook's `where` as options of the command line."""
    flags = {declaration.name: declaration.flag for declaration in FILTERS}
    options: list[str] = []
    for name, value in where.items():
        values = value if name == "status" else [value]
        if name in ("issued", "installments"):
            values = [":".join(str(bound) for bound in value if bound is not None)]
        options += [word for item in values for word in (flags[name], str(item))]
    return options


def is_valid(where: dict[str, Any]) -> bool:
    """Whether filters are valid; generated bounds may be reversed."""
    try:
        return check_filters(where) is not None
    except InputError:
        return False


def by_code(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """The rows of a figure; a report of fewer plans may have its currencies in another order."""
    return sorted(frame.rows(), key=str)


def test_generated_filters_give_the_figures_of_the_command_and_of_the_report(
    board: LiveBoard,
) -> None:
    day = board.book.as_of.isoformat()
    details = plan_details(board.book.rows, lambda _: None)
    plan_counts = set()
    wheres = list(filter(is_valid, filter_sets(details)))
    for where in wheres[: share_of(len(wheres))]:
        board.filter_panel.show(where)
        options = ["--seller", SELLER, "--as-of", day, *as_options(where)]
        plans = json.loads(CliRunner().invoke(cli, ["plans", *options, "--format", "json"]).stdout)
        metrics = json.loads(CliRunner().invoke(cli, ["metrics", *options, "--json"]).stdout)
        assert {plan["plan_id"] for plan in plans} == set(board.plans["plan_id"]), where
        printed_rows = [
            [row[name] for name in ("currency", "plans", "collected_minor", "overdue_minor")]
            for row in metrics["revenue"]
        ]
        board_rows = board.selection.fold("revenue").select(
            "currency", "plans", "collected_minor", "overdue_minor"
        )
        assert by_code(board_rows) == sorted(tuple(row) for row in printed_rows), where
        report = explore(SELLER, day, where, locale="en", live=False)
        for figure in ("revenue", "net", "aging", "overdue_by_product", "status_by_installments"):
            assert by_code(board.selection.fold(figure)) == by_code(
                BY_NAME[figure].fold(report.book.rows)
            ), (
                figure,
                where,
            )
        plan_counts.add(len(plans))
    assert len(plan_counts) > 8 * SHARE  # the filters have an effect


@pytest.mark.parametrize(
    "where", [{"country": "AQ"}, {"currency": "XAU"}, {"issued": [40, None]}, {"issued": [30, 50]}]
)
def test_a_filter_that_no_plan_passes_is_a_filter(board: LiveBoard, where: dict[str, Any]) -> None:
    board.filter_panel.show(where)
    assert board.plan_table.total == 0
    board.filter_panel.show({})
    assert board.plan_table.total == board.selection.plans.height


@pytest.mark.usefixtures("board")
def test_invalid_filters_raise_an_error_before_reading() -> None:
    invalid_filters: list[dict[str, Any]] = [
        {"colour": "red"},
        {"from": "yesterday"},
        {"issued": [10, 9]},
    ]
    for where in invalid_filters:
        with pytest.raises(InputError):
            explore(SELLER, where=where)


def test_a_selected_mark_filters_everything_except_its_own_chart(board: LiveBoard) -> None:
    rows = board.selection.fold("aging", "aging")
    bucket = rows["bucket"][0]
    board.select_marks("aging", [{"bucket": bucket}])
    overdue = board.book.rows["charges"].filter(pl.col("is_overdue") & (pl.col("bucket") == bucket))
    assert board.plan_table.total == overdue["plan_id"].n_unique()
    assert board.selection.fold("aging", "aging").equals(rows)
    assert (
        board.selection.fold("status_by_installments", "status_by_installments")["plans"].sum()
        == board.plan_table.total
    )
    board.deselect_marks("aging")
    assert board.plan_table.total == board.selection.plans.height


def test_marks_of_several_charts_are_combined(board: LiveBoard) -> None:
    country = largest_country(board)
    board.select_marks("plans_by_country", [{"country": country}])
    board.select_marks("status_by_installments", [{"installments": 12.0, "status": "In progress"}])
    plans = board.selection.selected_plans()
    assert plans.height == board.plan_table.total > 0
    assert plans.select(
        "country", "installments", pl.col("status").cast(pl.String)
    ).unique().rows() == [(country, 12, "In progress")]


def largest_country(board: LiveBoard) -> str:
    """The country with the most plans."""
    rows = board.selection.fold("plans_by_country").drop_nulls("country")
    return str(rows.sort("plans", descending=True)["country"][0])


def spec_marks(board: LiveBoard, chart: str) -> Any:
    """The selected marks in a chart's spec, which the browser displays and reports once drawn."""
    parameters = board.linked_charts.widgets[chart].spec["params"]
    return next(item.get("value") for item in parameters if item["name"] == "marks")


def test_a_selected_mark_stays_when_its_chart_is_redrawn(board: LiveBoard) -> None:
    country, status = (
        {"country": largest_country(board)},
        {"installments": 12, "status": "Completed"},
    )
    board.select_marks("plans_by_country", [country])
    assert spec_marks(board, "plans_by_country") is None  # only the browser has it
    board.filter_panel.show({"installments": [1, 12]})
    assert spec_marks(board, "plans_by_country") == [country]
    board.select_marks("status_by_installments", [status])
    assert spec_marks(board, "plans_by_country") == [country]
    board.filter_panel.show({"installments": [2, 12]})
    assert [
        spec_marks(board, chart) for chart in ("plans_by_country", "status_by_installments")
    ] == [
        [country],
        [status],
    ]
    board.deselect_marks("plans_by_country")
    assert [
        spec_marks(board, chart) for chart in ("plans_by_country", "status_by_installments")
    ] == [
        None,
        [status],
    ]


def test_marks_stay_after_a_refresh_except_those_that_no_plan_has(
    board: LiveBoard,
) -> None:
    country = {"country": largest_country(board)}
    board.select_marks("plans_by_country", [country, {"country": "AQ"}])
    plan_count = board.plan_table.total
    board.refresh()
    assert board.selection.chart_selections == {"plans_by_country": [country]}
    assert spec_marks(board, "plans_by_country") == [country]
    assert board.plan_table.total == plan_count
    assert len(board.mark_chips.widget.children) == 1


def test_clearing_filters_deselects_marks(board: LiveBoard) -> None:
    country = {"country": largest_country(board)}
    board.select_marks("plans_by_country", [country])
    board.filter_panel.show({"status": ["Completed"]})
    board.filter_panel.clear_button.click()
    assert (
        board.selection.chart_selections,
        board.filter_panel.where(),
        board.mark_chips.widget.children,
    ) == ({}, {}, ())
    assert spec_marks(board, "plans_by_country") is None
    assert board.plan_table.total == board.selection.plans.height


def test_marks_can_be_selected_in_a_list(board: LiveBoard) -> None:
    mark_list = board.linked_charts.mark_lists["aging"].widget
    buckets = (
        board.selection.fold("aging", "aging")
        .group_by("bucket", maintain_order=True)
        .agg(pl.col("overdue_charges").sum())
    )
    assert mark_list.options[0][0] == f"{buckets['bucket'][0]}: {buckets['overdue_charges'][0]}"
    mark_list.index = (0,)
    assert board.selection.chart_selections["aging"] == [{"bucket": buckets["bucket"][0]}]
    assert spec_marks(board, "aging") == [{"bucket": buckets["bucket"][0]}]
    charges = board.book.rows["charges"].filter(
        pl.col("is_overdue") & (pl.col("bucket") == buckets["bucket"][0])
    )
    assert board.plan_table.total == charges["plan_id"].n_unique()
    board.deselect_marks("aging")
    assert mark_list.index == ()
    board.select_marks("aging", [{"bucket": buckets["bucket"][0]}])
    assert mark_list.index == (0,)
    names = [
        label for label, _ in board.linked_charts.mark_lists["overdue_by_product"].widget.options
    ]
    assert names
    assert all(label.rpartition(":")[0] in set(board.selection.plans["product"]) for label in names)


def test_an_invalid_filter_changes_nothing_even_after_a_refresh(
    board: LiveBoard,
) -> None:
    board.filter_panel.show({"status": ["Refunded"]})
    plan_count = board.plan_table.total
    assert 0 < plan_count < board.selection.plans.height
    board.apply_filters({"status": ["Refunded"], "from": "2026-12-01", "to": "2026-01-01"})
    assert "expected from no later than to" in board.filter_panel.message.value
    board.apply_filters(
        {"billing_type": "SMART_RECOVERY", "from": "2026-12-01", "to": "2026-01-01"}
    )
    board.refresh()
    assert (board.plan_table.total, board.plans.height, board.selection.where) == (
        plan_count,
        plan_count,
        {"status": ["Refunded"]},
    )
    board.select_marks("plans_by_country", [{"country": largest_country(board)}])
    assert board.plan_table.total <= plan_count


def test_an_unreadable_ledger_changes_neither_board_nor_panel(
    board: LiveBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise LedgerError("ledger table plans: <torn>")

    monkeypatch.setattr(book_reader, "open_book", refuse)
    plan_count = board.plan_table.total
    board.filter_panel.controls["billing_type"].widget.value = "BILLET_INSTALLMENT"
    assert "&lt;torn&gt;" in board.filter_panel.message.value
    assert (board.filter_panel.where(), board.plan_table.total, board.book.where) == (
        {},
        plan_count,
        {},
    )


def test_the_action_log_is_read_with_every_refresh_and_every_plan(
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


def test_a_plan_of_another_billing_type_is_closed(board: LiveBoard) -> None:
    board.open(board.selection.plans["plan_id"][0])
    board.filter_panel.show({"billing_type": "SMART_RECOVERY"})
    assert (board.open_plan_id, board.plan_table.open_row, board.actions._preview) == ("", "", None)
    assert len(board.plan_page.widget.children) == 1
    board.filter_panel.show({})
    board.open(board.selection.plans["plan_id"][1])
    assert len(board.plan_page.widget.children) > 1


def page_rows(board: LiveBoard) -> list[dict[str, Any]]:
    """The rows that the table has sent last."""
    page: Any = board.plan_table.page
    return list(page["rows"])


def test_the_table_sends_only_the_requested_rows_in_the_requested_order(board: LiveBoard) -> None:
    board.plan_table.order = {"column": "days_past_due", "descending": True}
    board.plan_table.row_range = {"start": 5, "count": 7}
    plan_ids = board.selection.plans.sort("days_past_due", "plan_id", descending=[True, False])[
        "plan_id"
    ][5:12].to_list()
    assert [row["id"] for row in page_rows(board)] == plan_ids
    board.plan_table.show(pl.concat([board.selection.plans] * 5), 300)
    board.plan_table.row_range = {"start": 0, "count": 10**9}
    assert len(page_rows(board)) == 200


def test_the_table_is_sorted_by_what_it_displays(board: LiveBoard) -> None:
    names = ["Zoe", "alba", "\u00c1lvaro", "Bruno"]
    plans = board.selection.plans.head(4).with_columns(
        pl.Series("buyer", names),
        pl.Series("country", ["DE", "AT", "ES", None]),
        pl.Series("currency", ["KWD", "EUR", "KWD", "EUR"]),
        pl.Series("overdue_minor", [61_082, 39_975, 1_000, 50_000]),
    )

    def sorted_names(column: str, *, descending: bool = False) -> list[str]:
        board.plan_table.order = {"column": column, "descending": descending}
        board.plan_table.show(plans, 4)
        name_of = dict(zip(plans["plan_id"], names, strict=True))
        return [name_of[row["id"]] for row in page_rows(board)]

    board.plan_table.row_range = {"start": 0, "count": 40}
    assert sorted_names("buyer") == ["alba", "\u00c1lvaro", "Bruno", "Zoe"]
    assert sorted_names("country") == [
        "alba",
        "Zoe",
        "\u00c1lvaro",
        "Bruno",
    ]  # Austria, Germany, Spain, unknown
    assert sorted_names("country", descending=True) == ["\u00c1lvaro", "Zoe", "alba", "Bruno"]
    assert sorted_names("overdue_minor", descending=True) == [
        "Bruno",
        "alba",
        "Zoe",
        "\u00c1lvaro",
    ]  # each currency by itself
    board.plan_table.order = {"column": "", "descending": False}


def test_a_click_on_a_row_opens_it_after_code_opened_another(board: LiveBoard) -> None:
    plan_id, other_id = board.plans["plan_id"][:2]
    board.plan_table.open_row = plan_id
    board.plan(other_id)
    assert (board.open_plan_id, board.plan_table.open_row) == (other_id, other_id)
    board.plan_table.open_row = plan_id
    assert board.open_plan_id == plan_id
    assert plan_id in board.plan_page.head.value


def test_a_slider_at_its_end_sets_no_bound(board: LiveBoard) -> None:
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


def test_an_invalid_filter_is_reported_and_changes_nothing(board: LiveBoard) -> None:
    board.apply_filters({"from": "2026-05-02", "to": "2026-05-01"})
    assert "from no later than to" in board.filter_panel.message.value
    assert board.plan_table.total == board.selection.plans.height


def test_every_state_has_a_name_and_is_on_the_time_line(
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
    spec = time_line(rows, plan["plan_id"], day, board.locale).to_dict()
    dots = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "point")
    points = next(values for values in spec["datasets"].values() if "number" in values[0])
    charges = rows["charges"].filter(pl.col("plan_id") == plan["plan_id"])
    assert {point["number"] for point in points} == set(charges["number"])
    assert {point["state"] for point in points} == set(dots["encoding"]["color"]["scale"]["domain"])


def test_selected_rows_are_available_as_a_frame(board: LiveBoard) -> None:
    plan_ids = board.plans["plan_id"][3:5].to_list()
    board.plan_table.selected = plan_ids
    assert board.selected["plan_id"].to_list() == plan_ids
    board.filter_panel.show({"status": ["Refunded"]})
    assert board.selected.height == 0


def test_an_empty_chart_is_replaced_by_a_notice(board: LiveBoard) -> None:
    board.filter_panel.show({"status": ["Completed"]})
    assert board.linked_charts.widgets["aging"].layout.display == "none"
    assert board.linked_charts.widgets["status_by_installments"].layout.display == ""
    board.filter_panel.show({})
    assert board.linked_charts.widgets["aging"].layout.display == ""


def test_charts_are_drawn_for_the_width_of_their_container(board: LiveBoard) -> None:
    for container_width, chart_width in ((1000, 490), (500, 500), (3000, 760)):
        board.linked_charts.fit(container_width)
        assert {chart.spec["width"] for chart in board.linked_charts.widgets.values()} == {
            chart_width
        }


def test_a_run_of_the_notebook_is_a_report_without_widgets(workspace: Path, tmp_path: Path) -> None:
    process = smartinst(
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
    (outcome,) = json.loads(process.stdout)
    notebook = Path(outcome["artifacts"]["ipynb"]).read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget" not in notebook
    assert notebook.count("image/svg+xml") >= 7
    assert "data-plan-id" in Path(outcome["artifacts"]["html"]).read_text(encoding="utf-8")


def test_every_colour_of_a_board_is_of_the_palette_in_light_and_dark_themes() -> None:
    rules, styles = theme.STYLESHEET.read_text(encoding="utf-8"), theme.styles()
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)
    for selector in ("body", theme.DARK):
        (variables,) = re.findall(re.escape(selector) + r"\{(--smartinst-ink[^}]*)\}", styles)
        assert set(re.findall(r"var\((--smartinst-[\w-]+)", rules)) <= set(
            re.findall(r"--smartinst-[\w-]+", variables)
        )
        for status in PLAN_STATUSES:
            assert f'{selector} .smartinst-status[data-status="{status}"]{{--status:#' in styles
