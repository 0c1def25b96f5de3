"""The contact log, and the plans that are held out of it."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from smartinst.actions.contacts import mark_as_written, read_contacts
from smartinst.actions.hold_out import arms_of, draw_arm
from smartinst.actions.proposal_rules import HELD_OUT_REASON, propose_all
from smartinst.i18n.message import TranslatableText
from smartinst.settings import RecoverySettings, Settings, load_settings
from tests.support.hotmart_payloads import ACME
from tests.support.workspace import AS_OF, smartinst

DAY = date(2026, 11, 3)


def settings_of(place: Path, hold_out: float = 0) -> Settings:
    return Settings(
        home=place,
        database=f"sqlite:///{place / 'smartinst.db'}",
        seller=(ACME,),
        workspace=place,
        recovery=RecoverySettings(hold_out=hold_out),
    )


def test_messages_are_logged_with_their_day_in_the_seller_s_zone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    seller = ACME.model_copy(update={"timezone": "America/Sao_Paulo"})
    assert mark_as_written(settings, seller, "1", datetime(2026, 11, 3, 1, tzinfo=UTC)) == (
        "contacted"
    )
    mark_as_written(settings, seller, "2", datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert read_contacts(settings, seller).rows() == [
        ("1", date(2026, 11, 2), "contacted"),
        ("2", date(2026, 11, 3), "contacted"),
    ]
    other_seller = seller.model_copy(update={"id": "nube"})
    assert read_contacts(settings, other_seller).is_empty()


def test_a_held_out_plan_is_logged_as_such(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, hold_out=0.5)
    instant = datetime(2026, 11, 3, 12, tzinfo=UTC)
    arms = {str(plan): mark_as_written(settings, ACME, str(plan), instant) for plan in range(20)}
    logged = read_contacts(settings, ACME)
    assert set(arms.values()) == {"contacted", "held out"}
    assert dict(logged.select("plan_id", "arm").iter_rows()) == arms


def test_an_arm_is_the_same_all_month_and_drawn_anew_in_the_next(tmp_path: Path) -> None:
    settings, plan_ids = settings_of(tmp_path, hold_out=0.1), [str(plan) for plan in range(2_000)]
    november = [draw_arm(settings, "acme", plan_id, DAY) for plan_id in plan_ids]
    assert november == [
        draw_arm(settings, "acme", plan_id, date(2026, 11, 30)) for plan_id in plan_ids
    ]
    assert november != [
        draw_arm(settings, "acme", plan_id, date(2026, 12, 1)) for plan_id in plan_ids
    ]
    assert november != [draw_arm(settings, "nube", plan_id, DAY) for plan_id in plan_ids]
    assert 160 < november.count("held out") < 240


def test_arms_do_not_change_between_versions(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, hold_out=0.1)
    held_out = [
        plan for plan in range(100) if draw_arm(settings, "acme", str(plan), DAY) == "held out"
    ]
    assert held_out == [0, 7, 9, 25, 55, 60, 73, 77, 81]


def test_without_a_hold_out_there_are_no_arms(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert draw_arm(settings, "acme", "1", DAY) is None
    assert arms_of(settings, "acme", ["1"], DAY) is None


@pytest.mark.parametrize("share", [-0.1, 0.6])
def test_a_hold_out_is_at_most_half_of_the_plans(share: float) -> None:
    with pytest.raises(ValueError, match="hold_out"):
        RecoverySettings(hold_out=share)


def test_whatsapp_with_yes_writes_into_the_log_and_the_queue_shows_it(workspace: Path) -> None:
    queue = json.loads(_recovery(workspace, "--json"))
    assert [row["rank"] for row in queue] == list(range(1, len(queue) + 1))
    plan_id = next(row["plan_id"] for row in queue if row["whatsapp"])
    assert smartinst(workspace, "act", "whatsapp", plan_id, "--seller", "acme").returncode == 0
    assert _last_contact(workspace, plan_id) is None
    process = smartinst(workspace, "act", "whatsapp", plan_id, "--seller", "acme", "--yes")
    assert "contact log: 1 contacted, 0 held out" in process.stderr
    assert _last_contact(workspace, plan_id) is not None


def test_a_held_out_plan_has_no_link(workspace: Path) -> None:
    settings = load_settings(workspace, {"SMARTINST_RECOVERY_HOLD_OUT": "0.5"})
    proposals = propose_all(settings, settings.find("acme"), "whatsapp", {}, DAY)
    held_out = [proposal for proposal in proposals if proposal.is_held_out]
    written = [proposal for proposal in proposals if proposal.instructions]
    assert {draw_arm(settings, "acme", proposal.plan_id, DAY) for proposal in held_out} == {
        "held out"
    }
    assert all(proposal.reason == TranslatableText(HELD_OUT_REASON) for proposal in held_out)
    assert written
    assert not {proposal.plan_id for proposal in held_out} & {
        proposal.plan_id for proposal in written
    }


def test_csv_and_table_have_the_rows_of_the_json(workspace: Path) -> None:
    queue = json.loads(_recovery(workspace, "--json"))
    rows = list(csv.DictReader(_recovery(workspace, "--format", "csv").splitlines()))
    assert list(rows[0])[:3] == ["rank", "plan_id", "seller_id"]
    assert [row["plan_id"] for row in rows] == [row["plan_id"] for row in queue]
    heading, *table = _recovery(workspace).splitlines()
    assert heading.split()[:2] == ["Nº", "Plano"]
    assert [line.split()[1] for line in table] == [row["plan_id"] for row in queue]


def test_filters_keep_the_order(workspace: Path) -> None:
    queue = json.loads(_recovery(workspace, "--json"))
    currency = queue[-1]["currency"]
    of_currency = [row["plan_id"] for row in queue if row["currency"] == currency]
    filtered = json.loads(_recovery(workspace, "--currency", currency, "--json"))
    assert [row["plan_id"] for row in filtered] == of_currency
    assert [row["rank"] for row in filtered] == list(range(1, len(of_currency) + 1))


def test_rows_of_the_queue_have_the_keys_of_the_contract_in_its_order(workspace: Path) -> None:
    rows = json.loads(_recovery(workspace, "--json"))
    assert " ".join(rows[0]) == (
        "rank plan_id seller_id buyer product currency overdue_minor to_receive_minor "
        "days_past_due score p action retry_date last_contact_date arm whatsapp"
    )
    assert all(list(row) == list(rows[0]) for row in rows)


def test_the_queue_of_a_past_day_is_refused(workspace: Path) -> None:
    words = ("recovery", "--seller", "acme", "--as-of", "2026-10-01", "--json")
    process = smartinst(workspace, *words)
    assert process.returncode == 1
    assert "the recovery queue is for the day of the report" in process.stderr


def _recovery(workspace: Path, *words: str) -> str:
    process = smartinst(
        workspace, "recovery", "--seller", "acme", "--as-of", AS_OF.isoformat(), *words
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def _last_contact(workspace: Path, plan_id: str) -> str | None:
    queue = json.loads(_recovery(workspace, "--json"))
    (contact,) = (row["last_contact_date"] for row in queue if row["plan_id"] == plan_id)
    return contact if contact is None else str(contact)
