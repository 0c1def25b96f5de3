"""Commits of other programs in a table: errors that name them, never other figures."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from deltalake import DeltaTable

from smartinst.errors import LedgerError
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.store import Store
from smartinst.ledger.verification import adopt_ledger, verify_ledger
from smartinst.statements import ATTEMPT_STATEMENTS
from tests.support.damaged_ledgers import forget_checks, reading
from tests.support.hotmart_payloads import ACME, item
from tests.support.ingested import ingest_documents

ATTEMPTS: Final = ATTEMPT_STATEMENTS.name
INGESTS: Final = 3


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A ledger whose table of attempts has the commits 0 to 3, all sealed."""
    for plan in range(INGESTS):
        ingest_documents(Ledger(str(tmp_path)), item(1, plan=20000000 + plan))
    forget_checks()
    yield tmp_path
    forget_checks()


def commit_path(folder: Path, version: int) -> Path:
    return folder / ATTEMPTS / "_delta_log" / f"{version:020}.json"


def remove_file(folder: Path, version: int = INGESTS + 1) -> None:
    """A commit as another program writes it: one data file less."""
    path = Store(str(folder), ATTEMPT_STATEMENTS).files()[0].path
    actions = [{"commitInfo": {}}, {"remove": {"path": path, "dataChange": True}}]
    text = "\n".join(map(json.dumps, actions))
    commit_path(folder, version).write_text(text, encoding="utf-8")


def change_nothing(folder: Path) -> None:
    commit_path(folder, INGESTS + 1).write_text('{"commitInfo":{}}', encoding="utf-8")


def delete_rows(folder: Path) -> None:
    DeltaTable(str(folder / ATTEMPTS)).delete("plan_id = '20000000'")


FOREIGN: Final[dict[str, Callable[[Path], object]]] = {
    "remove": remove_file,
    "delete": delete_rows,
    "no change": change_nothing,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_commit_of_another_program_is_an_error_until_it_is_moved_away(
    folder: Path, kind: str
) -> None:
    intact_reading = reading(Ledger(str(folder)))
    FOREIGN[kind](folder)
    foreign = commit_path(folder, INGESTS + 1)
    with pytest.raises(
        LedgerError, match=rf"{ATTEMPTS}/_delta_log/{foreign.name} was not"
    ) as error:
        Ledger(str(folder)).read(ACME)
    assert "smartinst restore" in str(error.value) and "\n" not in str(error.value)
    state = verify_ledger(str(folder))
    assert foreign.name in state.problems[0] and not state.are_tables_readable
    with pytest.raises(LedgerError, match=foreign.name):
        ingest_documents(Ledger(str(folder)), item(2))
    with pytest.raises(LedgerError, match=foreign.name):
        adopt_ledger(str(folder))
    foreign.unlink()
    assert verify_ledger(str(folder)).problems == []
    assert reading(Ledger(str(folder))) == intact_reading


def unseal_last(folder: Path) -> None:
    """Puts the seal of the commit before the last one back: its writer has ended in between."""
    seal = folder / "seals" / f"{ATTEMPTS}.json"
    earlier_seal = seal.read_bytes()
    ingest_documents(Ledger(str(folder)), item(2))
    seal.write_bytes(earlier_seal)
    forget_checks()


def test_a_commit_of_smartinst_without_its_seal_is_read_and_sealed_by_the_next(
    folder: Path,
) -> None:
    unseal_last(folder)
    state = verify_ledger(str(folder))
    table = next(table for table in state.tables if table.table == ATTEMPTS)
    assert state.problems == [] and (table.version, table.sealed_version) == (4, 3)
    assert Store(str(folder), ATTEMPT_STATEMENTS).rows().height == INGESTS + 1
    ingest_documents(Ledger(str(folder)), item(3))
    table = next(table for table in verify_ledger(str(folder)).tables if table.table == ATTEMPTS)
    assert table.version == table.sealed_version == 5


def test_a_foreign_commit_after_one_without_its_seal_is_an_error(folder: Path) -> None:
    unseal_last(folder)
    remove_file(folder, INGESTS + 2)
    with pytest.raises(LedgerError, match=commit_path(folder, INGESTS + 2).name):
        Ledger(str(folder)).read(ACME)


def test_a_foreign_commit_of_a_ledger_without_seals_is_not_adopted(folder: Path) -> None:
    remove_file(folder)
    shutil.rmtree(folder / "seals")
    for action in (Store(str(folder), ATTEMPT_STATEMENTS).rows, lambda: adopt_ledger(str(folder))):
        with pytest.raises(LedgerError, match=commit_path(folder, INGESTS + 1).name):
            action()


def test_readers_during_commits_see_no_error(folder: Path) -> None:
    ledger, heights = Ledger(str(folder)), []
    is_done = threading.Event()

    def read() -> None:
        while not is_done.is_set():
            forget_checks()
            heights.append(Store(ledger.root, ATTEMPT_STATEMENTS).rows().height)

    thread = threading.Thread(target=read)
    thread.start()
    for plan in range(15):  # with a compaction
        ingest_documents(ledger, item(1, plan=30000000 + plan))
    is_done.set()
    thread.join()
    assert heights == sorted(heights) and heights[-1] >= INGESTS + 1
