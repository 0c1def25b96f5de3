"""The board's actions without a browser: what is shown is what is sent, and every outcome is told as it is."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import polars as pl
import pytest

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
from smartinst.dashboard.plan.charge_states import STATES
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
from tests.support.fake_platform.account import Account, pages_of
from tests.support.fake_platform.app import Call, FakePlatform
from tests.support.fake_platform.faults import Fault
from tests.support.fake_platform.server import Served
from tests.support.workspace import AS_OF, configuration, ingest_folder

SELLER = "acme"
YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
ENGLISH = re.compile(
    r"\b(the|answered|done|in time|platform|sent|read back|interrupted|doubt|settled)\b"
)


@dataclass
class Counter:
    """A seller's workspace, whose sales the platform holds."""

    folder: Path
    account: Account
    platform: FakePlatform
    environment: dict[str, str]

    def board(self, locale: str = "pt-BR", as_of: str = "") -> LiveBoard:
        """The board as it opens now."""
        made = explore(SELLER, as_of, locale=locale)
        assert isinstance(made, LiveBoard)
        return made

    def writes(self) -> list[Call]:
        """The calls that change something, as they came."""
        return [one for one in self.platform.calls if one.method != "GET"]

    def refunds(self) -> int:
        return sum(times for (kind, _), times in self.account.applied.items() if kind == "refund")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """acme in Brazil, with data through yesterday; beside it `odd`, which has no credentials."""
    folder = tmp_path_factory.mktemp("shop")
    zones = {SELLER: ("pt-BR", "America/Sao_Paulo"), "odd": ("en", "Europe/Madrid")}
    since = f"\n[hotmart]\nsince = {YESTERDAY - timedelta(days=900)}\n"
    (folder / "smartinst.toml").write_text(configuration(zones) + since, encoding="utf-8")
    account = Account.of_sample(SELLER, 60, YESTERDAY, lambda: time.time_ns() // 1_000_000)
    (folder / "in").mkdir()
    for place, page in enumerate(pages_of(account, "SMART_INSTALLMENT")):
        (folder / "in" / f"{place}.json").write_text(json.dumps(page), encoding="utf-8")
    ingest_folder(folder, "in", SELLER)
    with Served(FakePlatform([account], calls_a_minute=100_000)) as served:
        yield Counter(folder, account, served.platform, served.environment())


@pytest.fixture
def counter(shop: Counter, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    """The shop, entered; what went wrong in one test goes wrong in no other."""
    monkeypatch.chdir(shop.folder)
    for name, value in shop.environment.items():
        monkeypatch.setenv(name, value)
    yield shop
    shop.platform.faults.clear()


@pytest.fixture(scope="module")
def opened(workspace: Path) -> LiveBoard:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        made = explore(SELLER, locale="en")
    assert isinstance(made, LiveBoard)
    return made


@pytest.fixture
def board(opened: LiveBoard, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> LiveBoard:
    monkeypatch.chdir(workspace)
    return opened


def payments(board: LiveBoard, plan_id: str) -> int:
    """How many transactions of a plan a refund would give back."""
    selected_plans = pl.col("state").cast(pl.String).is_in(["paid", "disputed"]) & (
        pl.col("plan_id") == plan_id
    )
    return board.book.rows["charges"].filter(selected_plans)["transaction"].n_unique()


def paid_plan(board: LiveBoard, least: int = 2) -> str:
    """A running plan with so many payments of which nothing was asked yet."""
    asked = {one["plan_id"] for one in board.calls}
    plans = board.book.rows["plans"].filter(
        pl.col("status").cast(pl.String).str.starts_with("In progress")
    )
    found: str = next(
        one for one in plans["plan_id"] if one not in asked and payments(board, one) >= least
    )
    return found


def asked(board: LiveBoard, kind: ActionKind, plan_id: str) -> str:
    """Opens a plan, asks for an action; what is shown, as text."""
    board.open(plan_id)
    board.actions.buttons[kind].click()
    return instant_text(board.actions.output.value)


def confirmed(board: LiveBoard, kind: ActionKind, plan_id: str) -> str:
    """The same, and sent; what is shown then."""
    asked(board, kind, plan_id)
    board.actions.plan_number.value = plan_id
    board.actions.send_button.click()
    return instant_text(board.actions.output.value)


def instant_text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html)).replace("\u00a0", " ")


def in_table(board: LiveBoard, plan_id: str) -> str:
    return action_summaries(logged_calls(board.book.settings, board.book.seller), board.locale)[
        plan_id
    ]


def test_of_several_refunds_the_table_tells_the_worst_and_how_many_are_done(
    counter: Counter,
) -> None:
    board = counter.board()
    plan_id = paid_plan(board, 3)
    every = payments(board, plan_id)
    counter.platform.faults.append(Fault("400", path="/refund$"))
    confirmed(board, "refund", plan_id)
    first = next(one["transaction"] for one in board.calls if one["plan_id"] == plan_id)
    told = f"Reembolsar comprador: não feito (feito: {every - 1} de {every})"
    assert (
        board.plan_table._summaries[plan_id]
        == counter.board().plan_table._summaries[plan_id]
        == told
    )
    page = instant_text(board.plan_page.call_notices.value)
    assert re.search(
        rf"Reembolsar comprador \({first}, [^)]+\): não feito; a plataforma respondeu 400", page
    )
    assert f"em parte em {board.locale.date(board.actions._figures_as_of)}" not in page
    assert f"{every - 1} de {every}" in page
    confirmed(board, "refund", plan_id)
    assert board.plan_table._summaries[plan_id] == "Reembolsar comprador: feito"
    assert "não feito" not in board.plan_page.call_notices.value


def test_a_refund_in_doubt_is_named_and_asked_about_and_never_shown_as_if_to_be_sent(
    counter: Counter,
) -> None:
    board = counter.board()
    plan_id = paid_plan(board)
    every = payments(board, plan_id)
    counter.platform.faults.append(Fault("drop_before", path="/refund$", skip=every - 1))
    result = confirmed(board, "refund", plan_id)
    assert "em dúvida" in result
    assert (
        board.plan_table._summaries[plan_id]
        == f"Reembolsar comprador: em dúvida (feito: {every - 1} de {every})"
    )
    page = instant_text(board.plan_page.call_notices.value + board.plan_page.tables.value)
    assert ": em dúvida; " in page
    assert "Abra a ação de novo" in page
    assert not ENGLISH.search(result + page)
    sent = counter.refunds()
    shown = asked(board, "refund", plan_id)
    heading = re.search(r"<strong>(.*?)</strong>", board.actions.output.value)
    assert heading
    assert heading[1] == "Reembolsar comprador"
    assert "Digite" not in shown
    assert "em dúvida: primeiro se pergunta" in shown
    assert board.actions.send_button.description == "Perguntar à plataforma o que aconteceu"
    assert not board.actions.send_button.disabled
    assert board.actions.plan_number.layout.display == "none"
    writes = counter.writes()
    board.actions.send_button.click()
    assert counter.writes() == writes
    assert counter.refunds() == sent
    assert "a plataforma ainda não o mostra" in board.actions.output.value
    doubted = next(
        one["transaction"]
        for one in board.calls
        if one["plan_id"] == plan_id and one["state"] == "in_doubt"
    )
    counter.account.refund(doubted)
    asked(board, "refund", plan_id)
    board.actions.send_button.click()
    assert "a plataforma o mostra" in board.actions.output.value
    assert board.plan_table._summaries[plan_id] == "Reembolsar comprador: feito"


def test_only_what_would_be_sent_is_summed(counter: Counter) -> None:
    board = counter.board("en")
    plan_id = paid_plan(board, 3)
    shown = preview(board.book.settings, board.book.seller, "refund", plan_id)
    done, doubted, *fresh = shown.proposal.calls
    part = ActionPreview(
        shown.proposal, CallStates(completed=(done,), in_doubt=(doubted,)), shown.as_of
    )
    total = board.locale.money(sum(one.amount_minor or 0 for one in fresh), fresh[0].currency or "")
    assert f"<strong>Refund buyer: {total}</strong>" in preview_html(
        part, board.locale, shown.as_of
    )


def test_a_negotiation_that_another_one_holds_is_marked_and_not_sent(counter: Counter) -> None:
    board = counter.board("en")
    shown = preview(board.book.settings, board.book.seller, "refund", paid_plan(board))
    held = ActionPreview(shown.proposal, CallStates(blocked=shown.proposal.calls), shown.as_of)
    told = instant_text(preview_html(held, board.locale, shown.as_of))
    assert "in a negotiation already" in told
    assert "Nothing can be sent just now." in told
    assert not held.has_work()


def test_what_changed_since_it_was_shown_is_shown_anew_and_nothing_is_sent(
    counter: Counter,
) -> None:
    board = counter.board()
    plan_id = paid_plan(board)
    asked(board, "refund", plan_id)
    board.actions.plan_number.value = plan_id
    elsewhere = preview(board.book.settings, board.book.seller, "refund", plan_id)
    one = ActionPreview(
        replace(elsewhere.proposal, calls=elsewhere.proposal.calls[:1]),
        CallStates(),
        elsewhere.as_of,
    )
    assert [
        done.state for done in execute(board.book.settings, one, lambda _number, _of: None)
    ] == ["done"]
    sent = counter.refunds()
    board.actions.send_button.click()
    assert counter.refunds() == sent
    assert "mudou desde que foi mostrado" in board.actions.output.value
    assert (board.actions.plan_number.value, board.actions.send_button.disabled) == ("", True)
    board.actions.plan_number.value = plan_id
    board.actions.send_button.click()
    assert counter.refunds() == sent + payments(board, plan_id) - 1


def test_an_update_renews_what_is_proposed_and_filters_leave_it_recognisable(
    counter: Counter,
) -> None:
    board = counter.board()
    plan_id = paid_plan(board)
    shown = asked(board, "refund", plan_id)
    board.actions.plan_number.value = plan_id
    board.filter_panel.show({"country": "AQ"})
    assert board.plan_table.total == 0
    assert "fora da tabela" in board.plan_page.filter_notice.value
    assert f"Plano {plan_id} de Acme Cursos" in shown
    assert f"{plan_id} · " in board.plan_page.head.value
    assert "Acme Cursos" in board.plan_page.head.value
    board.filter_panel.show({})
    assert not board.plan_page.filter_notice.value
    before = board.actions.output.value
    board.data_refresh.reload_button.click()
    assert board.actions.output.value == before
    assert board.actions.plan_number.value == plan_id
    charges = board.book.rows["charges"].filter(pl.col("plan_id") == plan_id).sort("number")
    counter.account.refund(charges["transaction"].drop_nulls()[-1])
    told: list[str] = []
    board.data_refresh.status.observe(
        lambda change: told.append(instant_text(change["new"])), names="value"
    )
    board.data_refresh.update_button.click()
    assert "Lendo da plataforma…" in told[0]
    assert "Atualizado" in told[-1]
    assert "mudou desde que foi mostrado" in board.actions.output.value
    assert (board.actions.plan_number.value, board.actions.send_button.disabled) == ("", True)
    board.actions.plan_number.value = plan_id
    counter.account.refund(charges["transaction"].drop_nulls()[0])
    refresh_sales(
        board.book.settings,
        board.book.seller,
        "SMART_INSTALLMENT",
        lambda _done, _of: None,
        lambda _why: None,
    )
    writes = counter.writes()
    board.actions.send_button.click()
    assert counter.writes() == writes
    assert "mudou desde que foi mostrado" in board.actions.output.value


def test_page_and_proposal_name_their_dates_and_say_where_they_differ(counter: Counter) -> None:
    board = counter.board(as_of=YESTERDAY.isoformat())
    figures = board.locale.date(board.book.as_of)
    plan_id = paid_plan(board)
    shown = asked(board, "reprocess", plan_id)
    today = board.locale.date(datetime.now(board.book.seller.zone).date())
    assert f"em {today}" in shown
    assert f"Os números mostrados são de {figures}" in shown
    assert re.search(
        rf"(Não deve nada|Deve .*) em {figures}\.", instant_text(board.plan_page.head.value)
    )
    same = preview(board.book.settings, board.book.seller, "reprocess", plan_id)
    assert "Os números mostrados" not in preview_html(same, board.locale, same.as_of)


def test_an_unexpected_error_says_that_the_outcome_is_not_known_and_is_raised(
    counter: Counter,
) -> None:
    board = counter.board()
    plan_id = paid_plan(board)
    asked(board, "refund", plan_id)
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
    assert "não se sabe o que aconteceu" in board.actions.output.value
    assert board.actions.send_button.disabled


def test_sending_says_at_once_and_call_by_call_what_it_does(counter: Counter) -> None:
    board = counter.board()
    plan_id = paid_plan(board)
    every = payments(board, plan_id)
    asked(board, "refund", plan_id)
    board.actions.plan_number.value = plan_id
    told: list[str] = []
    board.actions.output.observe(
        lambda change: told.append(instant_text(change["new"]).strip()), names="value"
    )
    board.actions.send_button.click()
    said_first = [one for one in told if one][: every + 1]
    assert said_first == [
        "Enviando…",
        *(f"Enviando: {number} de {every}" for number in range(1, every + 1)),
    ]


def test_an_update_that_the_platform_hinders_says_so_while_it_waits(counter: Counter) -> None:
    board = counter.board()
    told: list[str] = []
    board.data_refresh.status.observe(
        lambda change: told.append(instant_text(change["new"]).strip()), names="value"
    )
    counter.platform.faults.append(Fault("500", method="GET", times=10_000))
    board.data_refresh.update_button.click()
    assert told[0] == "Lendo da plataforma…"
    assert "Lendo da plataforma… (a plataforma responde com erros e é consultada de novo)" in told
    assert re.search(r"Não foi possível ler tudo: .* respondeu 500", told[-1])
    assert not board.data_refresh.update_button.disabled


class Moments:
    """A browser whose clock is an hour behind, and the kernel's clock, both moved by hand (seconds)."""

    def __init__(self) -> None:
        self.made, self.handled = 0.0, 0.0

    def clicks(self) -> ClickGuard:
        noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
        behind = timedelta(hours=1)
        return ClickGuard(
            lambda: noon - behind + timedelta(seconds=self.made),
            lambda: noon + timedelta(seconds=self.handled),
        )


def test_a_click_made_while_something_ran_starts_nothing_whatever_the_browsers_clock_says() -> None:
    moments = Moments()
    clicks = moments.clicks()
    moments.made, moments.handled = 0, 0.1
    assert clicks.accepts_click()
    with clicks.running():
        moments.handled = 30
    moments.made = 0.3
    assert not clicks.accepts_click()
    moments.made = 29
    assert not clicks.accepts_click()
    moments.made, moments.handled = 30.5, 30.6
    assert clicks.accepts_click()


def test_a_second_click_of_a_double_click_starts_no_second_update(counter: Counter) -> None:
    board, moments, runs = counter.board(), Moments(), list[int]()

    def renewed() -> None:
        runs.append(1)
        moments.handled += 5

    data_refresh = DataRefresh(
        board.book.settings, board.book.seller, board.locale, renewed, str, {}, moments.clicks()
    )
    data_refresh.reload_button.click()
    moments.made = 0.2
    data_refresh.reload_button.click()
    assert len(runs) == 1
    moments.made, moments.handled = 6, 6
    data_refresh.reload_button.click()
    assert len(runs) == 2


def test_a_click_made_while_calls_were_sent_sends_nothing_more(counter: Counter) -> None:
    board, moments = counter.board(), Moments()
    seller, plan_id = board.book.seller, paid_plan(board)

    def acted() -> None:
        moments.handled += 5

    actions = ActionPanel(board.book.settings, seller, board.locale, acted, moments.clicks())
    actions.set_plan(plan_id, YESTERDAY)
    actions.buttons["refund"].click()
    actions.plan_number.value = plan_id
    actions.send_button.click()
    shown, sent = actions.output.value, counter.refunds()
    moments.made = 0.4
    actions.send_button.click()
    actions.buttons["cancel"].click()
    assert (actions.output.value, counter.refunds()) == (shown, sent)


def test_the_calls_of_a_seller_are_those_of_no_other(counter: Counter) -> None:
    board = counter.board()
    confirmed(board, "refund", paid_plan(board))
    mine = logged_calls(board.book.settings, board.book.seller)
    assert {one["seller_id"] for one in mine} == {SELLER}
    assert logged_calls(board.book.settings, board.book.settings.find("odd")) == []
    engine = connect(board.book.settings.database)
    every = ActionLog(engine).calls()
    engine.dispose()
    assert [{**one, "target": ""} for one in every] == [{**one, "target": ""} for one in mine]


def test_without_credentials_the_ledger_can_be_read_again_and_a_newer_one_is_told(
    shop: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.folder)
    sample.write_sample(shop.folder / "odd", "odd", 10, as_of=AS_OF, seed=3)
    sample.write_sample(shop.folder / "odd-later", "odd", 14, as_of=AS_OF, seed=3)
    ingest_folder(shop.folder, "odd", "odd")
    board = explore("odd", locale="pt-BR")
    assert isinstance(board, LiveBoard)
    plan_id = board.selection.plans["plan_id"][0]
    buttons = [
        one.description
        for one in board.data_refresh.widget.children
        if hasattr(one, "description") and one.description
    ]
    assert buttons == ["Ler de novo"]
    board.open(plan_id)
    assert not board.data_refresh.hint.value
    before = board.selection.plans.height
    ingest_folder(shop.folder, "odd-later", "odd")
    assert not board.data_refresh.hint.value
    board.open(plan_id)
    assert "Há dados mais novos" in board.data_refresh.hint.value
    board.data_refresh.reload_button.click()
    assert board.selection.plans.height > before
    assert not board.data_refresh.hint.value
    assert "Lido de novo." in board.data_refresh.status.value


def test_a_plans_amounts_close_to_its_total(board: LiveBoard) -> None:
    plans = board.book.rows["plans"]
    parts = [name for _, name in (*AMOUNTS, *RELEASED_AMOUNTS) if name != "total_minor"]
    assert plans.filter(pl.sum_horizontal(parts) != pl.col("total_minor")).height == 0
    for label, name in RELEASED_AMOUNTS:
        for has_it in (True, False):
            some = plans.filter((pl.col(name) != 0) == has_it)
            if some.height:
                assert (f"<dt>{label}</dt>" in head_of(board, some["plan_id"][0])) == has_it


def head_of(board: LiveBoard, plan_id: str) -> str:
    return plan_head(
        board.book.rows, plan_id, board.book.as_of, "Acme", board.locale, lambda _: None
    )


def test_of_a_plan_that_never_began_nothing_is_owed_whatever_the_platform_still_tries(
    board: LiveBoard,
) -> None:
    rows = board.book.rows
    inactive = rows["plans"].filter(pl.col("status").cast(pl.String) == "Inactive")["plan_id"]
    charge = pl.col("plan_id").is_in(inactive.to_list()) & pl.col("last_refusal").is_not_null()
    plan_id = rows["charges"].filter(charge)["plan_id"][0]
    retried = rows["charges"].with_columns(
        retry_date=pl.when(pl.col("plan_id") == plan_id).then(pl.lit(AS_OF)).otherwise("retry_date")
    )
    told = instant_text(
        plan_head(
            {**rows, "charges": retried},
            plan_id,
            board.book.as_of,
            "Acme",
            board.locale,
            lambda _: None,
        )
    )
    assert "Nothing of this plan is owed (Inactive), though the platform may still try." in told
    tables = plan_tables(rows, plan_id, board.locale)
    assert "Not owed: never began" in tables
    assert "Wait for the retry" not in tables


@pytest.mark.parametrize("tag", ["pt-BR", "es"])
def test_every_state_of_a_charge_is_feminine_as_a_charge_is(tag: str) -> None:
    names = [Locale(tag).gettext(label) for label, _ in STATES.values()]
    assert not [one for one in names if re.search(r"^\w+(ad|id|ag|ert)o\b", one)]


def test_without_credentials_actions_are_shown_with_the_reason(board: LiveBoard) -> None:
    board.open(board.selection.plans["plan_id"][0])
    assert all(button.disabled for button in board.actions.buttons.values())
    assert "SMARTINST_HOTMART_ACME_CLIENT_ID" in board.actions.output.value


def test_what_is_sent_is_shown_and_needs_the_plans_number_typed(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "BASIC"):
        monkeypatch.setenv(f"SMARTINST_HOTMART_ACME_{name}", "dGVzdA==")
    monkeypatch.chdir(workspace)
    board = explore(SELLER, locale="en")
    assert isinstance(board, LiveBoard)
    paid = board.selection.plans.filter(
        (pl.col("collected_minor") > 0) & (pl.col("status") == "In progress")
    )
    plan = paid.row(0, named=True)
    board.open(plan["plan_id"])
    board.actions.buttons["refund"].click()
    shown = board.actions.output.value
    assert "/refund" in shown
    assert board.locale.money(plan["collected_minor"], plan["currency"]) in shown.replace(
        "&nbsp;", "\u00a0"
    )
    board.actions.plan_number.value = "yes"
    assert board.actions.send_button.disabled
    board.actions.plan_number.value = plan["plan_id"]
    assert not board.actions.send_button.disabled
    board.open(paid["plan_id"][1])
    assert board.actions.send_button.disabled


@pytest.mark.parametrize("tag", ["pt-BR", "es"])
def test_what_an_action_would_send_is_said_in_the_readers_language(
    board: LiveBoard, tag: str
) -> None:
    settings, seller, locale = board.book.settings, board.book.seller, Locale(tag)
    kinds: tuple[ActionKind, ...] = ("reprocess", "cancel", "refund")
    seen = set()
    for proposal in (
        one for kind in kinds for one in propose_all(settings, seller, kind, {}, board.book.as_of)
    ):
        shown = unescape(
            preview_html(
                ActionPreview(proposal, CallStates(), board.book.as_of), locale, board.book.as_of
            )
        )
        reasons = (proposal.reason,) if proposal.reason else ()
        for line in (*proposal.notes, *reasons, *proposal.instructions):
            if isinstance(line, TranslatableText):
                seen.add(line.message)
                assert line not in shown
                assert translate(line, locale) in shown
        assert "installment " not in shown
        assert all(json.dumps(call.body) in shown for call in proposal.calls if call.body)
    assert len(seen) >= 8
    assert "canceled" not in translate(
        TranslatableText("it was canceled on {day}", day=date(2026, 3, 2)), locale
    )
    assert board.actions.unavailable_reason is not None
    assert "no platform credentials" not in translate(board.actions.unavailable_reason, locale)


def test_what_was_done_is_told_until_the_figures_show_it(board: LiveBoard) -> None:
    rows, locale, day = board.book.rows, board.locale, board.book.as_of
    attempts = rows["attempts"]

    def told(kind: str, plan_id: str, transaction: str | None, *, is_pinned: bool) -> str:
        at = f"{day + timedelta(days=9)}T10:00:00Z"
        call = {
            "kind": kind,
            "plan_id": plan_id,
            "transaction": transaction,
            "requested_at": at,
            "state": "done",
        }
        call["target"] = transaction or plan_id
        return unsynced_calls_html(
            [call], rows, day, locale, board.book.seller.zone, is_pinned=is_pinned
        )

    selected_plans, returned = (
        attempts.filter(pl.col("state") == state).row(0, named=True)
        for state in ("paid", "reversed")
    )
    assert "updated from the platform" in told(
        "refund", selected_plans["plan_id"], selected_plans["transaction"], is_pinned=False
    )
    assert "was done later" in told(
        "refund", selected_plans["plan_id"], selected_plans["transaction"], is_pinned=True
    )
    assert told("refund", returned["plan_id"], returned["transaction"], is_pinned=False) == ""
    ended = rows["plans"].filter(pl.col("cancellation_date").is_not_null())["plan_id"][0]
    alive = rows["plans"].filter(pl.col("cancellation_date").is_null())["plan_id"][0]
    assert told("cancel", ended, None, is_pinned=False) == ""
    assert "Cancel charges was done" in told("cancel", alive, None, is_pinned=False)
    assert "Reprocess payment was done" in told("reprocess", alive, None, is_pinned=False)
