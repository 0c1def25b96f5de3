"""A ledger that is gone: an error for each command that reads, until files begin a new one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from smartinst.errors import LedgerError
from smartinst.ledger.ledger import Batch, Ledger
from smartinst.ledger.presence import begin_ledger, ledger_state, open_ledger
from smartinst.settings import Settings, load_settings
from tests.support.hotmart_payloads import item
from tests.support.ingested import ingest_documents
from tests.support.workspace import SELLERS, configuration, smartinst


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a home whose ledger has one payment and was read once."""
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {})
    ingest_documents(open_ledger(settings), item(1))
    open_ledger(settings)
    return settings


def test_a_home_without_a_ledger_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {})
    assert open_ledger(settings) == Ledger(settings.ledger)
    assert ledger_state(settings).problems == []


def test_a_ledger_that_is_gone_is_an_error(settings: Settings) -> None:
    shutil.rmtree(settings.ledger)
    with pytest.raises(LedgerError, match=r"ledger is missing: mount its disk or restore"):
        open_ledger(settings)
    state = ledger_state(settings)
    assert len(state.problems) == 1 and not state.are_tables_readable


def test_a_ledger_that_was_written_only_once_is_missed(tmp_path: Path) -> None:
    """The first write records it; no command has read it since."""
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {})
    ledger, notice = begin_ledger(settings)
    assert notice is None
    ingest_documents(ledger, item(1))
    shutil.rmtree(settings.ledger)
    with pytest.raises(LedgerError, match="ledger is missing"):
        open_ledger(settings)
    assert len(ledger_state(settings).problems) == 1


def test_a_batch_without_rows_records_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(tmp_path, {})
    begin_ledger(settings)[0].write(Batch())
    assert open_ledger(settings).version()["attempt_statements"] == -1


def test_a_ledger_that_goes_while_it_is_open_is_not_begun_again(settings: Settings) -> None:
    """As the receiver has it open for days."""
    ledger = open_ledger(settings)
    shutil.rmtree(settings.ledger)
    with pytest.raises(LedgerError, match="ledger is missing"):
        ingest_documents(ledger, item(2))
    assert not Path(settings.ledger).exists()


def test_a_ledger_that_is_gone_is_neither_backed_up_nor_erased_nor_reported(
    tmp_path: Path, settings: Settings
) -> None:
    shutil.rmtree(settings.ledger)
    for words in (
        ("backup", "b.tgz"),
        ("erase", "--seller", "acme", "--email", "rita@example.com", "--yes"),
        ("run", "seller-weekly", "--seller", "acme", "--as-of", "2026-11-02"),
    ):
        process = smartinst(tmp_path, *words)
        assert process.returncode == 1 and "ledger is missing" in process.stderr, words
    assert not (tmp_path / "b.tgz").exists() and not Path(settings.ledger).exists()


def test_an_empty_folder_in_its_place_is_an_error(settings: Settings) -> None:
    """As the mount point of a disk that is not mounted."""
    shutil.rmtree(settings.ledger)
    (Path(settings.ledger) / "seals").mkdir(parents=True)
    with pytest.raises(LedgerError, match="is missing"):
        open_ledger(settings)


def test_files_begin_a_new_ledger(settings: Settings) -> None:
    shutil.rmtree(settings.ledger)
    ledger, notice = begin_ledger(settings)
    assert notice is not None
    ingest_documents(ledger, item(2))
    assert open_ledger(settings) == ledger


def test_a_ledger_at_another_address_is_another_one(settings: Settings) -> None:
    shutil.rmtree(settings.ledger)
    moved = settings.model_copy(update={"ledger": f"{settings.ledger}-2"})
    assert open_ledger(moved).version() == Ledger(moved.ledger).version()


def test_commands_say_that_the_ledger_is_gone(tmp_path: Path, settings: Settings) -> None:
    shutil.rmtree(settings.ledger)
    for words in (("plans", "--seller", "acme"), ("ledger", "verify"), ("webhooks", "--fold-once")):
        process = smartinst(tmp_path, *words)
        assert process.returncode == 1 and "ledger is missing" in process.stderr, words
    findings = json.loads(smartinst(tmp_path, "doctor", "--json").stdout)
    (finding,) = (finding for finding in findings if finding["name"] == "ledger")
    assert not finding["is_well"] and finding["found"].endswith("ledger is missing")
    (tmp_path / "item.json").write_text(json.dumps({"items": [item(3)]}), encoding="utf-8")
    process = smartinst(tmp_path, "ingest", "item.json", "--seller", "acme")
    assert process.returncode == 0
    assert "ledger was missing; a new one begins with what is read now" in process.stderr
    assert smartinst(tmp_path, "plans", "--seller", "acme").returncode == 0
