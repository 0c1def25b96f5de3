"""Erasure of a buyer: nothing of the person is left in any file, and money stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from sqlalchemy import insert, select

from smartinst.archive.erasure import erase
from smartinst.cli import cli
from smartinst.commands.options import ParameterError
from smartinst.database.engine import connected
from smartinst.database.schema import ERASURES, INBOX, NOTICES, RUNS
from smartinst.hotmart.values.redaction import PLACEHOLDER
from smartinst.intake.inbox import InboxEntry, store_entries
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.store import Store
from smartinst.ledger.verification import verify_ledger
from smartinst.settings import Settings, load_settings
from smartinst.statements import ERASED_KEYS
from tests.support.hotmart_payloads import item, users, webhook
from tests.support.ingested import frames, ingest_documents
from tests.support.workspace import SELLERS, configuration, smartinst

NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
PERSONAL: Final = ("buyer", "email", "phone")


def documents() -> list[Any]:
    return [
        item(1),
        item(2),
        users("HP2000000101"),
        webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-19"),
        webhook("CLUB_FIRST_ACCESS", "", "2026-02-01"),
    ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {})
    ingest_documents(Ledger(settings.ledger), *documents())
    return settings


def buyer_of(settings: Settings) -> dict[str, Any]:
    """Name, address and telephone number of the only buyer."""
    plans = Ledger(settings.ledger).read(settings.find("acme")).plans.collect()
    return plans.select(PERSONAL).row(0, named=True)


def money_of(settings: Settings) -> list[pl.DataFrame]:
    facts = frames(Ledger(settings.ledger).read(settings.find("acme")))
    return [frame.drop(PERSONAL, strict=False) for frame in facts]


def files_with(folder: Path, text: str) -> list[Path]:
    """Files of any kind that contain a text, also in a column of a data file."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    parquet = [path for path in files if path.suffix == ".parquet"]
    return [path for path in files if text.encode() in path.read_bytes()] + [
        path for path in parquet if text in pl.read_parquet(path, glob=False).write_json()
    ]


def test_nothing_of_the_buyer_is_left_and_money_stays(settings: Settings) -> None:
    buyer, money = buyer_of(settings), money_of(settings)
    seller = settings.find("acme")
    report = settings.home / "runs" / "seller" / "acme" / "2026-10-31"
    report.mkdir(parents=True)
    (report / "seller.ipynb").write_text(json.dumps({"cells": [buyer["buyer"]]}))
    (report / "seller.pdf").write_bytes(b"compressed")
    body = json.dumps({"id": "e1", "data": {"buyer": {"email": buyer["email"]}, "price": 5}})
    with connected(settings.database) as engine:
        store_entries(engine, [(InboxEntry("acme", "e1", body), NOW)])
    counts = erase(settings, seller, buyer["email"].upper(), NOW, is_dry_run=True)
    assert counts["inbox"] == 1 and counts["files"] == 2 and counts["attempt_statements"] >= 2
    assert buyer_of(settings) == buyer
    assert erase(settings, seller, buyer["email"].upper(), NOW, is_dry_run=False) == counts
    assert buyer_of(settings) == dict.fromkeys(PERSONAL)
    assert all(frame.equals(copy) for frame, copy in zip(money_of(settings), money, strict=True))
    assert not list(report.iterdir())
    for text in filter(None, buyer.values()):
        assert not files_with(Path(settings.ledger), text), text
    with connected(settings.database) as engine, engine.connect() as connection:
        assert "price" in connection.execute(select(INBOX.c.body)).scalar_one()
        log = connection.execute(select(ERASURES)).mappings().one()
        assert buyer["email"] not in str(dict(log)) and log["seller_id"] == "acme"
        for text in filter(None, buyer.values()):
            assert text not in connection.execute(select(INBOX.c.body)).scalar_one()
    assert not verify_ledger(settings.ledger).problems


def test_logs_and_notes_of_failed_runs_do_not_keep_the_buyer(settings: Settings) -> None:
    buyer, run_id = buyer_of(settings), "a-failed-run"
    folder = settings.home / "runs" / "own" / "acme" / "2026-10-31" / run_id
    folder.mkdir(parents=True)
    (folder / "failure.txt").write_text(f"ValueError: {buyer['buyer']} {buyer['email']}")
    other = settings.home / "runs" / "own" / "nube" / "2026-10-31" / "failure.txt"
    other.parent.mkdir(parents=True)
    other.write_text(f"ValueError: {buyer['email']}")
    run = {"run_id": run_id, "report": "own", "seller_id": "acme", "state": "failed"}
    times = {"period": "2026-10-31T07:00", "instant": NOW.isoformat(), "as_of": "2026-10-31"}
    with connected(settings.database) as engine:
        with engine.begin() as connection:
            note = f"ValueError: {buyer['email']}"
            values = {**run, **times, "attempts": 3, "planned_at": NOW.isoformat(), "note": note}
            connection.execute(insert(RUNS).values(**values))
            notice = {"id": "n", "day": "2026-10-31", "digest": "d", "said": f"failed: {note}"}
            state_columns = {
                "said_at": NOW.isoformat(),
                "state": "told",
                "attempts": 1,
                "next_at": "",
            }
            connection.execute(insert(NOTICES).values(**notice, **state_columns))
        seller = settings.find("acme")
        counts = erase(settings, seller, buyer["email"], NOW, is_dry_run=False)
        assert (counts["files"], counts["notes"]) == (1, 2)
        with engine.connect() as connection:
            for column in (RUNS.c.note, NOTICES.c.said):
                assert connection.execute(select(column)).scalar_one() == PLACEHOLDER
    assert not list(folder.iterdir()) and other.exists()
    assert set(erase(settings, seller, buyer["email"], NOW, is_dry_run=False).values()) == {0}


def test_the_same_documents_do_not_bring_the_buyer_back(settings: Settings) -> None:
    buyer, money = buyer_of(settings), money_of(settings)
    erase(settings, settings.find("acme"), buyer["email"], NOW, is_dry_run=False)
    summary = ingest_documents(Ledger(settings.ledger), *documents(), item(3))
    assert summary.accepted == 1
    assert buyer_of(settings) == dict.fromkeys(PERSONAL)
    for text in filter(None, buyer.values()):
        assert not files_with(Path(settings.ledger), text), text
    assert money_of(settings)[1].height == money[1].height + 1


def test_another_buyer_and_another_seller_keep_their_names(settings: Settings) -> None:
    buyer = buyer_of(settings)
    other_plan = item(1, plan=20000009, subscriber__email="outra@example.com")
    other_plan["subscriber"]["name"] = "Outra Pessoa"
    ledger = Ledger(settings.ledger)
    ingest_documents(ledger, other_plan)
    ingest_documents(ledger, *documents(), seller=settings.find("nube"))
    erase(settings, settings.find("acme"), buyer["email"], NOW, is_dry_run=False)
    assert ledger.read(settings.find("nube")).plans.collect()["email"].to_list() == [buyer["email"]]
    emails = ledger.read(settings.find("acme")).plans.collect()["email"].drop_nulls().to_list()
    assert emails == ["outra@example.com"]


def test_the_command_erases_only_with_yes(settings: Settings) -> None:
    buyer = buyer_of(settings)
    words = ("erase", "--seller", "acme", "--email", buyer["email"])
    assert smartinst(settings.workspace, *words).returncode == 0
    assert buyer_of(settings) == buyer
    command = smartinst(settings.workspace, *words, "--yes")
    assert command.returncode == 0 and buyer["email"] not in command.stdout + command.stderr
    assert buyer_of(settings) == dict.fromkeys(PERSONAL)


@pytest.mark.parametrize("email", ["", " ", "example.com", "@", "rita@", "@example.com"])
def test_an_address_without_its_parts_is_bad_usage(email: str) -> None:
    words = ["erase", "--seller", "acme", "--email", email, "--yes"]
    with pytest.raises(ParameterError) as caught:
        cli.main(words, standalone_mode=False)
    assert caught.value.exit_code == 2
    assert caught.value.message == (
        f"--email: expected an address such as a@example.com, found {email!r}"
    )


def erased_keys(settings: Settings) -> int:
    return Store(settings.ledger, ERASED_KEYS).rows(["acme"]).height


def logged_erasures(settings: Settings) -> int:
    with connected(settings.database) as engine, engine.connect() as connection:
        return len(connection.execute(select(ERASURES)).all())


@pytest.mark.parametrize("email", ["nobody@example.com", "%@%"])
def test_an_unknown_address_is_kept_once_and_nothing_else_changes(
    settings: Settings, email: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    broken_notebook = settings.home / "runs" / "seller" / "acme" / "x" / "x.ipynb"
    message = settings.home / "outbox" / "m.eml"
    for path in (broken_notebook, message):
        path.parent.mkdir(parents=True)
    broken_notebook.write_text("{", encoding="utf-8")
    message.write_text("To: acme@example.com\n\nHello", encoding="utf-8")
    monkeypatch.chdir(settings.workspace)
    words = ["erase", "--seller", "acme", "--email", email]
    errors = []
    for number, options in enumerate(([], ["--yes"], ["--yes"])):
        cli.main([*words, *options], standalone_mode=False)
        output = capsys.readouterr()
        assert [line.partition(": ")[2] for line in output.out.splitlines()] == ["0"] * 7
        errors.append(output.err)
        assert (erased_keys(settings), logged_erasures(settings)) == (number > 0, number > 0)
    text = "no buyer of acme has this address; later data of it"
    assert errors[0] == f"{text} would be erased too with --yes\n"
    assert errors[1:] == [f"{text} will be erased too\n"] * 2
    assert broken_notebook.exists() and message.exists()


def test_the_keys_of_an_erased_buyer_are_kept_once(settings: Settings) -> None:
    email = buyer_of(settings)["email"]
    counts = erase(settings, settings.find("acme"), email, NOW, is_dry_run=False)
    assert counts["plan_statements"] >= 1
    key_count = erased_keys(settings)
    ingest_documents(Ledger(settings.ledger), item(1, plan=20000009, subscriber__email=email))
    assert not any(erase(settings, settings.find("acme"), email, NOW, is_dry_run=False).values())
    assert (erased_keys(settings), logged_erasures(settings)) == (key_count, 1)
