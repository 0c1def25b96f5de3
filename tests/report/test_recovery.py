"""The recovery report has every plan with debt once: to write to, or left out with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.omissions import Attachments, table_note
from smartinst.pages.layout.print_tables import RECOVERY_ROWS, print_table
from smartinst.report.book import Book, open_book
from smartinst.report.mime_bundles import KPI, MEASURES
from smartinst.report.recovery import (
    GROUPS,
    LEFT_OUT_REASONS,
    RecoveryReport,
    count_buyers,
    reason_text,
)
from smartinst.report.table import Table
from smartinst.settings import load_settings
from tests.support.workspace import AS_OF


@pytest.fixture(scope="module")
def book(workspace: Path) -> Book:
    return open_book("acme", AS_OF, locale="en", settings=load_settings(workspace, {}))


@pytest.fixture(scope="module")
def report(book: Book) -> RecoveryReport:
    return book.recovery()


def tables_of(report: RecoveryReport) -> list[Table]:
    return list(report._tables())


def ranks(report: RecoveryReport) -> list[int]:
    return sorted(table.value("rank", row) for table in tables_of(report) for row in table.rows)


def test_each_plan_with_debt_is_written_to_or_left_out_with_a_reason(
    book: Book, report: RecoveryReport
) -> None:
    debtors = set(book.plans.filter("has_debt", "is_live")["plan_id"])
    rows, left_out = set(report.rows["plan_id"]), set(report.left_out_plans["plan_id"])
    assert rows
    assert rows.isdisjoint(left_out)
    assert rows | left_out == debtors
    assert set(report.left_out_plans["reason"]) <= set(LEFT_OUT_REASONS)


def test_the_groups_have_all_rows_ranked_over_all_of_them(report: RecoveryReport) -> None:
    tables = tables_of(report)
    titles = [title for _, title, _ in GROUPS]
    assert [table.title for table in tables] == [
        title for title in titles if title in {table.title for table in tables}
    ]
    assert ranks(report) == list(range(1, report.rows.height + 1))
    for table in tables:
        group = [table.value("rank", row) for row in table.rows]
        assert group == sorted(group)


def test_the_headline_counts_buyers_and_adds_the_amounts_of_each_currency(
    report: RecoveryReport,
) -> None:
    bundle = report.headline().bundle
    content, measures = bundle[KPI], bundle[MEASURES]
    assert content["sentence"].startswith(f"{count_buyers(report.rows)} buyers to write to today: ")
    sums = {card["currency"]: card["items"][0]["minor"] for card in content["currencies"]}
    rows = report.rows.select("currency", "overdue_minor").iter_rows()
    totals: dict[str, int] = {}
    for currency, minor in rows:
        totals[currency] = totals.get(currency, 0) + minor
    assert sums == totals
    assert measures["to_contact"] == report.rows.height
    assert measures["identity_closes"] is True


def test_a_held_out_plan_gets_no_message_and_a_written_one_shows_its_date(
    book: Book, report: RecoveryReport
) -> None:
    plan, written_plan = report.rows["plan_id"].to_list()[:2]
    yesterday = (AS_OF - timedelta(days=1)).isoformat()
    log: dict[str, Any] = {"log": [[written_plan, yesterday, "contacted"]], "held_out": [plan]}
    report_of_log = book.recovery(log)
    assert plan not in report_of_log.rows["plan_id"].to_list()
    assert report_of_log.left_out_plans.filter(reason="held_out")["plan_id"].to_list() == [plan]
    contacts = report_of_log.rows.filter(plan_id=written_plan)
    assert contacts["last_contact_date"].to_list() == [AS_OF - timedelta(days=1)]
    columns = {column.name for table in tables_of(report_of_log) for column in table.columns}
    assert "last_contact_date" in columns
    assert "last_contact_date" not in {
        column.name for table in tables_of(report) for column in table.columns
    }


def test_an_anonymous_report_has_neither_names_nor_links(book: Book) -> None:
    tables = tables_of(book.anonymous().recovery())
    assert tables
    names = {column.name for table in tables for column in table.columns}
    assert names.isdisjoint({"buyer", "email", "whatsapp"})


def test_the_rank_over_all_groups_is_not_printed(report: RecoveryReport) -> None:
    for table in tables_of(report):
        view = print_table(table, report.locale)
        assert [head.name for head in view.head if head.name == "rank"] == []


def test_e_mails_are_those_of_buyers_without_a_link_and_no_column_is_empty(
    report: RecoveryReport,
) -> None:
    first_plan = report.rows["plan_id"][0]
    links = {first_plan: None}
    with_a_gap = replace(report, link=lambda row: links.get(row["plan_id"], "https://wa.me/1"))
    rows = [(table, row) for table in tables_of(with_a_gap) for row in table.rows]
    without_link = [row for table, row in rows if table.value("whatsapp", row) is None]
    with_email = [row for table, row in rows if table.value("email", row)]
    assert len(without_link) == 1
    assert with_email == without_link
    views = [print_table(table, report.locale) for table in tables_of(with_a_gap)]
    second_lines = [cell.second_line for view in views for row in view.rows for cell in row]
    assert [line for line in second_lines if line] == [row[2] for row in without_link]
    for table in tables_of(replace(report, link=lambda _: None)):
        names = [column.name for column in table.columns]
        assert "email" in names
        assert "whatsapp" not in names


def test_the_advice_for_a_group_claims_nothing_about_the_balance_of_a_card() -> None:
    advice = {action: text for action, _, text in GROUPS}
    for action in ("pix_or_slip", "other_payment"):
        assert advice[action].startswith("The card was refused for a reason that may pass, such as")


@pytest.mark.parametrize(
    ("has_workbook", "note"),
    [(True, "and 600 more rows in the workbook"), (False, "and 600 more rows")],
)
def test_paper_counts_the_rows_that_it_omits_and_names_only_attached_files(
    report: RecoveryReport, has_workbook: bool, note: str
) -> None:
    table = tables_of(report)[0]
    rows = tuple(table.rows[number % len(table.rows)] for number in range(800))
    long_table = Table(table.name, table.title, table.columns, rows, role=table.role)
    locale, attachments = Locale("en"), Attachments(has_workbook=has_workbook)
    assert len(print_table(long_table, locale, 40).rows) == 800
    view = print_table(long_table, locale, 4)
    assert len(view.rows) == 4 * RECOVERY_ROWS
    assert table_note(long_table, view, locale, attachments) == note


@pytest.mark.parametrize("tag", ["pt-BR", "es", "en"])
@pytest.mark.parametrize("reason", LEFT_OUT_REASONS)
def test_reasons_have_plural_forms(tag: str, reason: str) -> None:
    singular, plural = (reason_text(reason, count, Locale(tag)) for count in (1, 2))
    assert singular.startswith(("1 plan:", "1 plano:"))
    assert plural.startswith(("2 plans:", "2 planos:", "2 planes:"))
