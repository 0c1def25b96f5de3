"""The loan book of a live board: figures of the commands, the queue, and the contact log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import delete

from smartinst.actions.contacts import read_contacts
from smartinst.actions.hold_out import draw_arm
from smartinst.dashboard.api import explore
from smartinst.dashboard.loan_book.recovery_panel import RecoveryPanel
from smartinst.dashboard.loan_book.section import LoanBookSection
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.database.engine import connected
from smartinst.database.schema import CONTACTS
from smartinst.i18n.locales import Locale
from smartinst.report.loan_book.labels import ACTION_LABELS, what_to_do
from smartinst.settings import RecoverySettings
from tests.report.test_loan_book import many_plans, worked_examples
from tests.support.workspace import smartinst

SELLER = "acme"


@pytest.fixture(scope="module")
def module_board(workspace: Path) -> LiveBoard:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        live_board = explore(SELLER, locale="en")
        assert isinstance(live_board, LiveBoard)
        live_board.loan_book()
    return live_board


@pytest.fixture
def board(
    module_board: LiveBoard, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveBoard]:
    """The board without filters; the contact log is empty before and after."""
    monkeypatch.chdir(workspace)
    clear_contacts(module_board)
    module_board.filter_panel.show({})
    yield module_board
    clear_contacts(module_board)


def clear_contacts(board: LiveBoard) -> None:
    with connected(board.book.settings.database) as engine, engine.begin() as connection:
        connection.execute(delete(CONTACTS))


def panel_of(board: LiveBoard) -> RecoveryPanel:
    return board.loan_book_section.recovery


def queue_rows(board: LiveBoard) -> list[dict[str, Any]]:
    """The rows of the queue that the board displays."""
    return panel_of(board).table._frame.to_dicts()


def document(workspace: Path, *words: str) -> Any:
    process = smartinst(workspace, *words, "--json")
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize(
    ("where", "options"),
    [
        ({}, []),
        ({"status": ["In progress"]}, ["--status", "In progress"]),
        ({"issued": [2, 4]}, ["--issued", "2:4"]),
    ],
    ids=["all", "none of a status", "issued"],
)
def test_the_queue_has_the_rows_of_the_command_in_its_order(
    board: LiveBoard, workspace: Path, where: dict[str, Any], options: list[str]
) -> None:
    board.filter_panel.show(where)
    day = board.book.as_of.isoformat()
    expected = document(workspace, "recovery", "--seller", SELLER, "--as-of", day, *options)
    names = ("rank", "plan_id", "currency", "overdue_minor", "p", "action")
    assert [[row[name] for name in names] for row in queue_rows(board)] == [
        [row[name] for name in names] for row in expected
    ]
    numbers = [(row["whatsapp"] or "").partition("?")[0] for row in queue_rows(board)]
    assert numbers == [(row["whatsapp"] or "").partition("?")[0] for row in expected]
    assert bool(expected) == (where != {"status": ["In progress"]})


def test_the_key_figures_are_those_of_the_command_whatever_the_filters(
    board: LiveBoard, workspace: Path
) -> None:
    board.filter_panel.show({"issued": [2, 3]})
    day = board.book.as_of.isoformat()
    tables = document(workspace, "loan-book", "--seller", SELLER, "--as-of", day)
    html = board.loan_book_section.key_figures.value
    assert "All plans, not filtered." in html
    displayed = {
        (name, currency): int(minor)
        for name, currency, minor in re.findall(
            r'data-figure="(\w+)" data-currency="(\w+)" data-minor="(-?\d+)"', html
        )
    }
    expected = {
        (name, row["currency"]): row[name]
        for row in tables["par"]
        for name in ("outstanding_minor", "over_30_minor")
    }
    expected |= {
        ("expected_minor", row["currency"]): round(row["expected_minor"])
        for row in tables["expected"]
        if row["horizon"] == "30"
    }
    assert displayed == expected
    texts = unescape(html)
    for row in tables["par"]:
        assert f"({row['par_30']:.1%})" in texts


def test_the_charts_have_titles_sentences_and_what_to_do(board: LiveBoard) -> None:
    section = LoanBookSection(board.book, lambda _plan_id: None)
    section.open(replace(board.book, loan_book=many_plans()), pl.Series(["1"]))
    boxes = section._charts.children
    assert [box.children[0].chart.to_dict()["title"] for box in boxes] == [
        "Balance of plans in arrears",
        "Collection of the installments due in a month",
        "Expected to be received",
    ]
    for box in boxes:
        assert "All plans, not filtered." in box.children[1].value
        assert box.children[1].value.count("<p") == 2


def test_too_few_plans_are_a_sentence_in_place_of_the_chart(board: LiveBoard) -> None:
    section = LoanBookSection(board.book, lambda _plan_id: None)
    section.open(replace(board.book, loan_book=worked_examples()), pl.Series(["1"]))
    texts = [box.value for box in section._charts.children]
    assert "Balance of plans in arrears" in texts[0]
    assert "There are too few plans for a chart" in texts[0]
    assert "There is no forecast yet" in texts[2]


def test_nothing_is_logged_before_the_confirmation(board: LiveBoard) -> None:
    panel = panel_of(board)
    first_plan, second_plan = [row["plan_id"] for row in queue_rows(board)[:2]]
    panel.table.selected = [first_plan, second_plan]
    assert panel.mark_button.description == "Mark as written to (2)"
    panel.mark_button.click()
    assert panel.confirmation.layout.display == ""
    assert "Log that you have written to 2 buyers today?" in panel.question.value
    panel.cancel_button.click()
    assert panel.confirmation.layout.display == "none"
    assert read_contacts(board.book.settings, board.book.seller).is_empty()


def test_a_confirmed_mark_is_logged_once_and_its_day_is_displayed(
    board: LiveBoard, workspace: Path
) -> None:
    panel = panel_of(board)
    earlier_rows = [row["plan_id"] for row in queue_rows(board)]
    panel.table.selected = earlier_rows[1:2]
    panel.mark_button.click()
    panel.confirm_button.click()
    panel.confirm_button.click()  # a second click has nothing selected
    contacts = read_contacts(board.book.settings, board.book.seller)
    assert contacts["plan_id"].to_list() == earlier_rows[1:2]
    assert contacts["arm"].to_list() == ["contacted"]
    assert "Logged for 1 buyer." in panel.message.value
    rows = {row["plan_id"]: row["last_contact_date"] for row in queue_rows(board)}
    today = contacts["contact_date"][0]
    assert rows[earlier_rows[1]] == today
    assert rows[earlier_rows[0]] is None
    day = board.book.as_of.isoformat()
    command = document(workspace, "recovery", "--seller", SELLER, "--as-of", day)
    assert {row["plan_id"]: row["last_contact_date"] for row in command} == {
        plan_id: contact and contact.isoformat() for plan_id, contact in rows.items()
    }
    assert not panel.table.selected


def test_a_held_out_plan_comes_last_has_no_link_and_is_logged_as_held_out(
    board: LiveBoard,
) -> None:
    book = board.book
    settings = book.settings.model_copy(update={"recovery": RecoverySettings(hold_out=0.5)})
    panel = RecoveryPanel(settings, book.seller, book.locale, lambda _plan_id: None)
    assert book.loan_book is not None
    panel.show(book.loan_book.book, book.rows["plans"]["plan_id"])
    rows = panel.table._frame.to_dicts()
    arms = [row["arm"] for row in rows]
    assert set(arms) == {"contacted", "held out"}
    assert arms == sorted(arms)
    assert rows[-1]["whatsapp"] is None
    assert "Held out this month: do not write" in panel.table.cells(rows[-1])
    panel.table.selected = [row["plan_id"] for row in rows]
    panel.mark_button.click()
    panel.confirm_button.click()
    contacts = read_contacts(settings, book.seller)
    day = contacts["contact_date"][0]
    arms = [draw_arm(settings, SELLER, row["plan_id"], day) for row in rows]
    assert contacts["arm"].to_list() == arms
    number = arms.count("held out")
    assert ("held out this month" in panel.message.value) == (number > 0)


def test_a_click_on_a_buyer_opens_the_plan(board: LiveBoard) -> None:
    plan_id = queue_rows(board)[0]["plan_id"]
    turn = board.scroll_target.turn
    panel_of(board).table.open_row = plan_id
    assert board.open_plan_id == plan_id
    assert board.scroll_target.turn == turn + 1


def test_a_past_date_says_why_it_has_no_queue(board: LiveBoard) -> None:
    past = explore(SELLER, (board.book.as_of - timedelta(40)).isoformat(), locale="en")
    assert isinstance(past, LiveBoard)
    past.loan_book()
    panel = panel_of(past)
    assert "the recovery queue is for the day of the report" in panel.heading.value
    assert panel.table.layout.display == "none"
    assert "outstanding_minor" in past.loan_book_section.key_figures.value


@pytest.mark.parametrize("tag", ["en", "pt-BR", "es"])
def test_what_to_do_is_in_the_readers_language(tag: str) -> None:
    locale = Locale(tag)
    texts = [
        what_to_do(
            {"action": action, "currency": "BRL", "retry_date": date(2026, 3, 9), "arm": None},
            locale,
        )
        for action in ACTION_LABELS
    ]
    assert len(set(texts)) == len(ACTION_LABELS)
    assert locale.date(date(2026, 3, 9)) in texts[0]


def test_refreshing_keeps_the_queue_of_the_filters(board: LiveBoard) -> None:
    board.filter_panel.show({"issued": [2, 4]})
    earlier_rows = [
        (row["rank"], row["plan_id"], row["overdue_minor"]) for row in queue_rows(board)
    ]
    board.refresh()
    later_rows = [(row["rank"], row["plan_id"], row["overdue_minor"]) for row in queue_rows(board)]
    assert later_rows == earlier_rows
