"""The board's actions without a browser: only the preview is sent, and each result is reported."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import stamina

from smartinst import sample
from smartinst.actions.call_states import CallStates
from smartinst.actions.log import ActionLog
from smartinst.actions.proposal_rules import propose_all
from smartinst.actions.proposals import ActionKind
from smartinst.actions.session import ActionPreview, execute, logged_calls, preview
from smartinst.dashboard.api import explore
from smartinst.dashboard.plan.action_preview import preview_html
from smartinst.dashboard.plan.actions import ActionPanel
from smartinst.dashboard.plan.call_history import action_summaries, unsynced_calls_html
from smartinst.dashboard.plan.details import (
    AMOUNTS,
    RELEASED_AMOUNTS,
    plan_head,
    plan_tables,
)
from smartinst.dashboard.seller_board import LiveBoard
from smartinst.dashboard.widgets.click_guard import ClickGuard
from smartinst.dashboard.widgets.data_refresh import DataRefresh
from smartinst.database.engine import connect
from smartinst.i18n.locales import Locale
from smartinst.i18n.message import TranslatableText, translate
from smartinst.intake.refresh import refresh_sales
from smartinst.report.tables.state_labels import STATES
from tests.support.fake_platform.account import Account, pages_of
from tests.support.fake_platform.app import Call, FakePlatform
from tests.support.fake_platform.faults import Fault
from tests.support.fake_platform.server import Served
from tests.support.workspace import AS_OF, configuration, ingest_folder

SELLER = "acme"
ZONE = "America/Sao_Paulo"
YESTERDAY = datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=1)
"""The seller's, whose day begins three hours after UTC's."""
ENGLISH = re.compile(
    r"\b(the|answered|done|in time|platform|sent|read back|interrupted|doubt|settled)\b"
)


@dataclass
class Shop:
    """A seller's workspace, and the platform with its sales."""

    folder: Path
    account: Account
    platform: FakePlatform
    environment: dict[str, str]

    def board(self, locale: str = "pt-BR", as_of: str = "") -> LiveBoard:
        """The board with the current data."""
        board = explore(SELLER, as_of, locale=locale)
        assert isinstance(board, LiveBoard)
        return board

    def writes(self) -> list[Call]:
        """The calls that change something, in order."""
        return [call for call in self.platform.calls if call.method != "GET"]

    def refunds(self) -> int:
        return sum(times for (kind, _), times in self.account.applied.items() if kind == "refund")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """acme in Brazil, with data through yesterday, and `odd`, which has no credentials."""
    folder = tmp_path_factory.mktemp("shop")
    zones = {SELLER: ("pt-BR", ZONE), "odd": ("en", "Europe/Madrid")}
    since = f"\n[hotmart]\nsince = {YESTERDAY - timedelta(days=900)}\n"
    (folder / "smartinst.toml").write_text(configuration(zones) + since, encoding="utf-8")
    account = Account.of_sample(SELLER, 60, YESTERDAY, lambda: time.time_ns() // 1_000_000)
    (folder / "in").mkdir()
    for number, page in enumerate(pages_of(account, "SMART_INSTALLMENT")):
        (folder / "in" / f"{number}.json").write_text(json.dumps(page), encoding="utf-8")
    ingest_folder(folder, "in", SELLER)
    with Served(FakePlatform([account], calls_a_minute=100_000)) as server:
        yield Shop(folder, account, server.platform, server.environment())


@pytest.fixture
def entered_shop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The shop as the working directory, without the faults of other tests."""
    monkeypatch.chdir(shop.folder)
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)
    yield shop
    shop.platform.faults.clear()


@pytest.fixture(scope="module")
def module_board(workspace: Path) -> LiveBoard:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        live_board = explore(SELLER, locale="en")
    assert isinstance(live_board, LiveBoard)
    return live_board


@pytest.fixture
def board(module_board: LiveBoard, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> LiveBoard:
    monkeypatch.chdir(workspace)
    return module_board


def payments(board: LiveBoard, plan_id: str) -> int:
    """The number of a plan's transactions that a refund would return."""
    is_paid = pl.col("state").cast(pl.String).is_in(["paid", "disputed"]) & (
        pl.col("plan_id") == plan_id
    )
    return board.book.rows["charges"].filter(is_paid)["transaction"].n_unique()


def paid_plan(board: LiveBoard, minimum: int = 2) -> str:
    """A running plan with a minimum of payments and without calls."""
    plans_with_calls = {call["plan_id"] for call in board.calls}
    plans = board.book.rows["plans"].filter(
        pl.col("status").cast(pl.String).str.starts_with("In progress")
    )
    plan_ids = (
        plan_id
        for plan_id in plans["plan_id"]
        if plan_id not in plans_with_calls and payments(board, plan_id) >= minimum
    )
    return str(next(plan_ids))


def open_preview(board: LiveBoard, kind: ActionKind, plan_id: str) -> str:
    """Opens an action's preview and returns its text."""
    board.open(plan_id)
    board.actions.buttons[kind].click()
    return plain_text(board.actions.output.value)


def execute_action(board: LiveBoard, kind: ActionKind, plan_id: str) -> str:
    """Executes an action and returns the text of its results."""
    open_preview(board, kind, plan_id)
    board.actions.plan_number.value = plan_id
    board.actions.send_button.click()
    return plain_text(board.actions.output.value)


def plain_text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html)).replace("\u00a0", " ")


def in_table(board: LiveBoard, plan_id: str) -> str:
    return action_summaries(logged_calls(board.book.settings, board.book.seller), board.locale)[
        plan_id
    ]


def test_the_table_has_the_most_serious_state_of_several_refunds_and_how_many_are_done(
    entered_shop: Shop,
) -> None:
    board = entered_shop.board()
    plan_id = paid_plan(board, 3)
    count = payments(board, plan_id)
    entered_shop.platform.faults.append(Fault("400", path="/refund$"))
    execute_action(board, "refund", plan_id)
    transaction = next(call["transaction"] for call in board.calls if call["plan_id"] == plan_id)
    summary = f"Reembolsar comprador: não feito (feito: {count - 1} de {count})"
    assert (
        board.plan_table._summaries[plan_id]
        == entered_shop.board().plan_table._summaries[plan_id]
        == summary
    )
    page = plain_text(board.plan_page.call_notices.value)
    assert re.search(
        rf"Reembolsar comprador \({transaction}, [^)]+\): não feito; a plataforma respondeu 400",
        page,
    )
    assert f"em parte em {board.locale.date(board.actions._figures_as_of)}" not in page
    assert f"{count - 1} de {count}" in page
    execute_action(board, "refund", plan_id)
    assert board.plan_table._summaries[plan_id] == "Reembolsar comprador: feito"
    assert "não feito" not in board.plan_page.call_notices.value


def test_a_refund_in_doubt_is_read_back_and_not_offered_to_be_sent(
    entered_shop: Shop,
) -> None:
    board = entered_shop.board()
    plan_id = paid_plan(board)
    count = payments(board, plan_id)
    entered_shop.platform.faults.append(Fault("drop_before", path="/refund$", skip=count - 1))
    result = execute_action(board, "refund", plan_id)
    assert "em dúvida" in result
    assert (
        board.plan_table._summaries[plan_id]
        == f"Reembolsar comprador: em dúvida (feito: {count - 1} de {count})"
    )
    page = plain_text(board.plan_page.call_notices.value + board.plan_page.tables.value)
    assert ": em dúvida; " in page
    assert "Abra a ação de novo" in page
    assert not ENGLISH.search(result + page)
    refunds = entered_shop.refunds()
    preview_text = open_preview(board, "refund", plan_id)
    heading = re.search(r"<strong>(.*?)</strong>", board.actions.output.value)
    assert heading
    assert heading[1] == "Reembolsar comprador"
    assert "Digite" not in preview_text
    assert "em dúvida: primeiro se pergunta" in preview_text
    assert board.actions.send_button.description == "Consultar o resultado na plataforma"
    assert not board.actions.send_button.disabled
    assert board.actions.plan_number.layout.display == "none"
    writes = entered_shop.writes()
    board.actions.send_button.click()
    assert entered_shop.writes() == writes
    assert entered_shop.refunds() == refunds
    assert "a plataforma ainda não o mostra" in board.actions.output.value
    transaction = next(
        call["transaction"]
        for call in board.calls
        if call["plan_id"] == plan_id and call["state"] == "in_doubt"
    )
    entered_shop.account.refund(transaction)
    open_preview(board, "refund", plan_id)
    board.actions.send_button.click()
    assert "a plataforma o mostra" in board.actions.output.value
    assert board.plan_table._summaries[plan_id] == "Reembolsar comprador: feito"


def test_the_preview_sums_only_what_would_be_sent(entered_shop: Shop) -> None:
    board = entered_shop.board("en")
    plan_id = paid_plan(board, 3)
    whole_preview = preview(board.book.settings, board.book.seller, "refund", plan_id)
    completed, in_doubt, *sendable = whole_preview.proposal.calls
    part = ActionPreview(
        whole_preview.proposal,
        CallStates(completed=(completed,), in_doubt=(in_doubt,)),
        whole_preview.as_of,
    )
    total = board.locale.money(
        sum(call.amount_minor or 0 for call in sendable), sendable[0].currency or ""
    )
    assert f"<strong>Refund buyer: {total}</strong>" in preview_html(
        part, board.locale, whole_preview.as_of
    )


def test_a_call_blocked_by_a_negotiation_is_marked_and_not_sent(entered_shop: Shop) -> None:
    board = entered_shop.board("en")
    open_preview = preview(board.book.settings, board.book.seller, "refund", paid_plan(board))
    blocked_preview = ActionPreview(
        open_preview.proposal, CallStates(blocked=open_preview.proposal.calls), open_preview.as_of
    )
    text = plain_text(preview_html(blocked_preview, board.locale, open_preview.as_of))
    assert "already being negotiated" in text
    assert "Nothing can be sent at the moment." in text
    assert not blocked_preview.has_work()


def test_a_changed_preview_is_displayed_again_and_nothing_is_sent(
    entered_shop: Shop,
) -> None:
    board = entered_shop.board()
    plan_id = paid_plan(board)
    open_preview(board, "refund", plan_id)
    board.actions.plan_number.value = plan_id
    other_preview = preview(board.book.settings, board.book.seller, "refund", plan_id)
    one_call = ActionPreview(
        replace(other_preview.proposal, calls=other_preview.proposal.calls[:1]),
        CallStates(),
        other_preview.as_of,
    )
    assert [
        result.state
        for result in execute(board.book.settings, one_call, lambda _number, _count: None)
    ] == ["done"]
    refunds = entered_shop.refunds()
    board.actions.send_button.click()
    assert entered_shop.refunds() == refunds
    assert "mudou desde que foi mostrado" in board.actions.output.value
    assert (board.actions.plan_number.value, board.actions.send_button.disabled) == ("", True)
    board.actions.plan_number.value = plan_id
    board.actions.send_button.click()
    assert entered_shop.refunds() == refunds + payments(board, plan_id) - 1


def test_an_update_refreshes_the_preview_and_filters_keep_it(
    entered_shop: Shop,
) -> None:
    board = entered_shop.board()
    plan_id = paid_plan(board)
    preview_text = open_preview(board, "refund", plan_id)
    board.actions.plan_number.value = plan_id
    board.filter_panel.show({"country": "AQ"})
    assert board.plan_table.total == 0
    assert "fora da tabela" in board.plan_page.filter_notice.value
    assert f"Plano {plan_id} de Acme Cursos" in preview_text
    assert f"{plan_id} · " in board.plan_page.head.value
    assert "Acme Cursos" in board.plan_page.head.value
    board.filter_panel.show({})
    assert not board.plan_page.filter_notice.value
    output = board.actions.output.value
    board.data_refresh.reload_button.click()
    assert board.actions.output.value == output
    assert board.actions.plan_number.value == plan_id
    charges = board.book.rows["charges"].filter(pl.col("plan_id") == plan_id).sort("number")
    entered_shop.account.refund(charges["transaction"].drop_nulls()[-1])
    messages: list[str] = []
    board.data_refresh.status.observe(
        lambda change: messages.append(plain_text(change["new"])), names="value"
    )
    board.data_refresh.update_button.click()
    assert "Lendo da plataforma…" in messages[0]
    assert "Atualizado" in messages[-1]
    assert "mudou desde que foi mostrado" in board.actions.output.value
    assert (board.actions.plan_number.value, board.actions.send_button.disabled) == ("", True)
    board.actions.plan_number.value = plan_id
    entered_shop.account.refund(charges["transaction"].drop_nulls()[0])
    refresh_sales(
        board.book.settings,
        board.book.seller,
        "SMART_INSTALLMENT",
        lambda _number, _count: None,
        lambda _reason: None,
    )
    writes = entered_shop.writes()
    board.actions.send_button.click()
    assert entered_shop.writes() == writes
    assert "mudou desde que foi mostrado" in board.actions.output.value


def test_page_and_preview_name_their_dates_and_whether_they_differ(entered_shop: Shop) -> None:
    board = entered_shop.board(as_of=YESTERDAY.isoformat())
    figures = board.locale.date(board.book.as_of)
    plan_id = paid_plan(board)
    text = open_preview(board, "reprocess", plan_id)
    today = board.locale.date(datetime.now(board.book.seller.zone).date())
    assert f"em {today}" in text
    assert f"Os números mostrados são de {figures}" in text
    assert re.search(
        rf"(Não deve nada|Deve .*) em {figures}\.", plain_text(board.plan_page.head.value)
    )
    today_preview = preview(board.book.settings, board.book.seller, "reprocess", plan_id)
    assert "Os números mostrados" not in preview_html(
        today_preview, board.locale, today_preview.as_of
    )


def test_an_unexpected_error_is_raised_and_the_result_is_called_unknown(
    entered_shop: Shop,
) -> None:
    board = entered_shop.board()
    plan_id = paid_plan(board)
    open_preview(board, "refund", plan_id)
    board.actions.plan_number.value = plan_id
    locks = board.book.settings.home / "locks"
    aside = locks.with_name("locks-aside")
    if locks.exists():
        locks.rename(aside)
    locks.write_text("", encoding="utf-8")
    try:
        with pytest.raises(OSError, match="locks"):
            board.actions._send()
    finally:
        locks.unlink()
        if aside.exists():
            aside.rename(locks)
    assert "não se conhece o resultado" in board.actions.output.value
    assert board.actions.send_button.disabled


def test_sending_displays_its_progress_call_by_call(entered_shop: Shop) -> None:
    board = entered_shop.board()
    plan_id = paid_plan(board)
    count = payments(board, plan_id)
    open_preview(board, "refund", plan_id)
    board.actions.plan_number.value = plan_id
    messages: list[str] = []
    board.actions.output.observe(
        lambda change: messages.append(plain_text(change["new"]).strip()), names="value"
    )
    board.actions.send_button.click()
    progress = list(filter(None, messages))[: count + 1]
    assert progress == [
        "Enviando…",
        *(f"Enviando: {number} de {count}" for number in range(1, count + 1)),
    ]


def test_an_update_displays_why_it_waits_for_the_platform(entered_shop: Shop) -> None:
    board = entered_shop.board()
    messages: list[str] = []
    board.data_refresh.status.observe(
        lambda change: messages.append(plain_text(change["new"]).strip()), names="value"
    )
    entered_shop.platform.faults.append(Fault("500", method="GET", times=10_000))
    with stamina.set_testing(False):  # retries wait as in production
        board.data_refresh.update_button.click()
    assert messages[0] == "Lendo da plataforma…"
    assert (
        "Lendo da plataforma… (a plataforma responde com erros e é consultada de novo)" in messages
    )
    assert re.search(r"Não foi possível ler tudo: .* respondeu 500", messages[-1])
    assert not board.data_refresh.update_button.disabled


class Clocks:
    """A browser's clock, an hour delay, and the kernel's clock; both set by hand in seconds."""

    def __init__(self) -> None:
        self.browser, self.kernel = 0.0, 0.0

    def click_guard(self) -> ClickGuard:
        noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
        delay = timedelta(hours=1)
        return ClickGuard(
            lambda: noon - delay + timedelta(seconds=self.browser),
            lambda: noon + timedelta(seconds=self.kernel),
        )


def test_clicks_made_during_an_operation_are_ignored_whatever_the_browsers_clock() -> None:
    clocks = Clocks()
    guard = clocks.click_guard()
    clocks.browser, clocks.kernel = 0, 0.1
    assert guard.accepts_click()
    with guard.running():
        clocks.kernel = 30
    clocks.browser = 0.3
    assert not guard.accepts_click()
    clocks.browser = 29
    assert not guard.accepts_click()
    clocks.browser, clocks.kernel = 30.5, 30.6
    assert guard.accepts_click()


def test_a_second_click_of_a_double_click_starts_no_second_update(entered_shop: Shop) -> None:
    board, clocks, runs = entered_shop.board(), Clocks(), list[int]()

    def refresh() -> None:
        runs.append(1)
        clocks.kernel += 5

    data_refresh = DataRefresh(
        board.book.settings, board.book.seller, board.locale, refresh, str, {}, clocks.click_guard()
    )
    data_refresh.reload_button.click()
    clocks.browser = 0.2
    data_refresh.reload_button.click()
    assert len(runs) == 1
    clocks.browser, clocks.kernel = 6, 6
    data_refresh.reload_button.click()
    assert len(runs) == 2


def test_a_click_made_during_sending_sends_nothing_more(entered_shop: Shop) -> None:
    board, clocks = entered_shop.board(), Clocks()
    seller, plan_id = board.book.seller, paid_plan(board)

    def end_operation() -> None:
        clocks.kernel += 5

    actions = ActionPanel(
        board.book.settings, seller, board.locale, end_operation, clocks.click_guard()
    )
    actions.set_plan(plan_id, YESTERDAY)
    actions.buttons["refund"].click()
    actions.plan_number.value = plan_id
    actions.send_button.click()
    shown, sent = actions.output.value, entered_shop.refunds()
    clocks.browser = 0.4
    actions.send_button.click()
    actions.buttons["cancel"].click()
    assert (actions.output.value, entered_shop.refunds()) == (shown, sent)


def test_calls_belong_to_one_seller(entered_shop: Shop) -> None:
    board = entered_shop.board()
    execute_action(board, "refund", paid_plan(board))
    calls = logged_calls(board.book.settings, board.book.seller)
    assert {call["seller_id"] for call in calls} == {SELLER}
    assert logged_calls(board.book.settings, board.book.settings.find("odd")) == []
    engine = connect(board.book.settings.database)
    logged = ActionLog(engine).calls()
    engine.dispose()
    assert [{**call, "target": ""} for call in logged] == [{**call, "target": ""} for call in calls]


def test_without_credentials_a_newer_ledger_is_hinted_at_and_can_be_reloaded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.folder)
    sample.write_sample(shop.folder / "odd", "odd", 10, as_of=AS_OF, seed=3)
    sample.write_sample(shop.folder / "odd-later", "odd", 14, as_of=AS_OF, seed=3)
    ingest_folder(shop.folder, "odd", "odd")
    board = explore("odd", locale="pt-BR")
    assert isinstance(board, LiveBoard)
    plan_id = board.selection.plans["plan_id"][0]
    buttons = [
        child.description
        for child in board.data_refresh.widget.children
        if hasattr(child, "description") and child.description
    ]
    assert buttons == ["Recarregar"]
    board.open(plan_id)
    assert not board.data_refresh.hint.value
    plan_count = board.selection.plans.height
    ingest_folder(shop.folder, "odd-later", "odd")
    assert not board.data_refresh.hint.value
    board.open(plan_id)
    assert "Há dados novos" in board.data_refresh.hint.value
    board.data_refresh.reload_button.click()
    assert board.selection.plans.height > plan_count
    assert not board.data_refresh.hint.value
    assert "Recarregado." in board.data_refresh.status.value


def test_a_plans_amounts_add_up_to_its_total(board: LiveBoard) -> None:
    plans = board.book.rows["plans"]
    parts = [name for _, name in (*AMOUNTS, *RELEASED_AMOUNTS) if name != "total_minor"]
    assert plans.filter(pl.sum_horizontal(parts) != pl.col("total_minor")).height == 0
    for label, name in RELEASED_AMOUNTS:
        for has_amount in (True, False):
            matching_plans = plans.filter((pl.col(name) != 0) == has_amount)
            if matching_plans.height:
                assert (
                    f"<dt>{label}</dt>" in head_of(board, matching_plans["plan_id"][0])
                ) == has_amount


def head_of(board: LiveBoard, plan_id: str) -> str:
    return plan_head(
        board.book.rows, plan_id, board.book.as_of, "Acme", board.locale, lambda _: None
    )


def test_an_inactive_plan_owes_nothing_even_if_the_platform_retries(
    board: LiveBoard,
) -> None:
    rows = board.book.rows
    inactive = rows["plans"].filter(pl.col("status").cast(pl.String) == "Inactive")["plan_id"]
    charge = pl.col("plan_id").is_in(inactive.to_list()) & pl.col("last_refusal").is_not_null()
    plan_id = rows["charges"].filter(charge)["plan_id"][0]
    retried = rows["charges"].with_columns(
        retry_date=pl.when(pl.col("plan_id") == plan_id).then(pl.lit(AS_OF)).otherwise("retry_date")
    )
    text = plain_text(
        plan_head(
            {**rows, "charges": retried},
            plan_id,
            board.book.as_of,
            "Acme",
            board.locale,
            lambda _: None,
        )
    )
    assert (
        "Nothing is owed on this plan (Inactive), but the platform may still try to charge." in text
    )
    tables = plan_tables(rows, plan_id, board.locale)
    assert "Not owed: never began" in tables
    assert "Wait for the retry" not in tables


@pytest.mark.parametrize("tag", ["pt-BR", "es"])
def test_the_states_of_a_charge_are_feminine(tag: str) -> None:
    names = [Locale(tag).gettext(label) for label, _ in STATES.values()]
    assert not [name for name in names if re.search(r"^\w+(ad|id|ag|ert)o\b", name)]


def test_without_credentials_actions_are_disabled_and_the_reason_is_displayed(
    board: LiveBoard,
) -> None:
    board.open(board.selection.plans["plan_id"][0])
    assert all(button.disabled for button in board.actions.buttons.values())
    assert "SMARTINST_HOTMART_ACME_CLIENT_ID" in board.actions.output.value


def test_sending_needs_a_preview_and_the_plans_number(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BASIC"):
        monkeypatch.setenv(f"SMARTINST_HOTMART_ACME_{name}", "dGVzdA==")
    monkeypatch.chdir(workspace)
    board = explore(SELLER, locale="en")
    assert isinstance(board, LiveBoard)
    paid_plans = board.selection.plans.filter(
        (pl.col("collected_minor") > 0) & (pl.col("status") == "In progress")
    )
    plan = paid_plans.row(0, named=True)
    board.open(plan["plan_id"])
    board.actions.buttons["refund"].click()
    html = board.actions.output.value
    assert "/refund" in html
    assert board.locale.money(plan["collected_minor"], plan["currency"]) in html.replace(
        "&nbsp;", "\u00a0"
    )
    board.actions.plan_number.value = "yes"
    assert board.actions.send_button.disabled
    board.actions.plan_number.value = plan["plan_id"]
    assert not board.actions.send_button.disabled
    board.open(paid_plans["plan_id"][1])
    assert board.actions.send_button.disabled


@pytest.mark.parametrize("tag", ["pt-BR", "es"])
def test_a_preview_is_in_the_readers_language(board: LiveBoard, tag: str) -> None:
    settings, seller, locale = board.book.settings, board.book.seller, Locale(tag)
    kinds: tuple[ActionKind, ...] = ("reprocess", "cancel", "refund")
    messages = set()
    for proposal in (
        proposal
        for kind in kinds
        for proposal in propose_all(settings, seller, kind, {}, board.book.as_of)
    ):
        html = unescape(
            preview_html(
                ActionPreview(proposal, CallStates(), board.book.as_of), locale, board.book.as_of
            )
        )
        reasons = (proposal.reason,) if proposal.reason else ()
        for text in (*proposal.notes, *reasons, *proposal.instructions):
            if isinstance(text, TranslatableText):
                messages.add(text.message)
                assert text not in html
                assert translate(text, locale) in html
        assert "installment " not in html
        assert all(json.dumps(call.body) in html for call in proposal.calls if call.body)
    assert len(messages) >= 8
    assert "canceled" not in translate(
        TranslatableText("it was canceled on {day}", day=date(2026, 3, 2)), locale
    )
    assert board.actions.unavailable_reason is not None
    assert "no platform credentials" not in translate(board.actions.unavailable_reason, locale)


def test_completed_calls_are_reported_until_the_figures_have_them(board: LiveBoard) -> None:
    rows, locale, day = board.book.rows, board.locale, board.book.as_of
    attempts = rows["attempts"]

    def notice(kind: str, plan_id: str, transaction: str | None, *, is_pinned: bool) -> str:
        time = f"{day + timedelta(days=9)}T10:00:00Z"
        call = {
            "kind": kind,
            "plan_id": plan_id,
            "transaction": transaction,
            "requested_at": time,
            "state": "done",
        }
        call["target"] = transaction or plan_id
        return unsynced_calls_html(
            [call], rows, day, locale, board.book.seller.zone, is_pinned=is_pinned
        )

    paid, reversed_ = (
        attempts.filter(pl.col("state") == state).row(0, named=True)
        for state in ("paid", "reversed")
    )
    assert "update from the platform" in notice(
        "refund", paid["plan_id"], paid["transaction"], is_pinned=False
    )
    assert "do not include later actions" in notice(
        "refund", paid["plan_id"], paid["transaction"], is_pinned=True
    )
    assert notice("refund", reversed_["plan_id"], reversed_["transaction"], is_pinned=False) == ""
    canceled_id = rows["plans"].filter(pl.col("cancellation_date").is_not_null())["plan_id"][0]
    running_id = rows["plans"].filter(pl.col("cancellation_date").is_null())["plan_id"][0]
    assert notice("cancel", canceled_id, None, is_pinned=False) == ""
    assert "Cancel charges was done" in notice("cancel", running_id, None, is_pinned=False)
    assert "Reprocess payment was done" in notice("reprocess", running_id, None, is_pinned=False)
