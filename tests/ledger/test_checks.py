"""Damage to the ledger's files: each is reported with the file's name, and none after a kill."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from smartinst.errors import LedgerError
from smartinst.ledger.files.storage import LocalFolder
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.store import MAX_FILES, Store, bucket_of
from smartinst.ledger.verification import adopt_ledger, verify_ledger
from smartinst.statements import ATTEMPT_STATEMENTS, PLAN_STATEMENTS
from tests.support.damaged_ledgers import forget_checks, reading, write_ledger
from tests.support.hotmart_payloads import ACME, item
from tests.support.ingested import frames, ingest_documents

ATTEMPTS: Final = ATTEMPT_STATEMENTS.name
DAMAGES: Final[dict[str, Callable[[Path], object]]] = {
    "deleted": Path.unlink,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "empty": lambda path: path.write_bytes(b""),
}


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("intact")
    write_ledger(folder)
    return folder


@pytest.fixture
def folder(intact: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of a ledger, to damage; its files are checked as by a new process."""
    forget_checks()
    yield Path(shutil.copytree(intact, tmp_path / "ledger"))
    forget_checks()


def newest_log(folder: Path, pattern: str) -> Path:
    return max(folder.glob(f"{ATTEMPTS}/_delta_log/{pattern}"))


def live_path(folder: Path, seller_id: str = "acme") -> Path:
    """A data file of the table of attempts with rows of a seller."""
    files = Store(str(folder), ATTEMPT_STATEMENTS).files()
    path = next(file.path for file in files if file.bucket == bucket_of(seller_id))
    return folder / ATTEMPTS / path


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_data_file_is_an_error_with_its_name(folder: Path, damage: str) -> None:
    path = live_path(folder)
    DAMAGES[damage](path)
    with pytest.raises(LedgerError, match=path.name) as error:
        Ledger(str(folder)).read(ACME)
    assert "smartinst restore" in str(error.value) and "\n" not in str(error.value)
    (problem,) = verify_ledger(str(folder)).problems
    assert path.name in problem


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("pattern", ["*.json", "*.checkpoint.parquet"])
def test_a_damaged_log_is_an_error_with_its_name(folder: Path, pattern: str, damage: str) -> None:
    path = newest_log(folder, pattern)
    DAMAGES[damage](path)
    with pytest.raises(LedgerError, match=path.name):
        Ledger(str(folder)).read(ACME)
    state = verify_ledger(str(folder))
    assert path.name in state.problems[0] and not state.are_tables_readable


def test_a_table_that_was_removed_is_an_error(folder: Path) -> None:
    shutil.rmtree(folder / ATTEMPTS)
    with pytest.raises(LedgerError, match=rf"{ATTEMPTS}/.* is missing"):
        Ledger(str(folder)).read(ACME)


def test_a_table_that_was_removed_with_its_seal_is_an_error(folder: Path) -> None:
    shutil.rmtree(folder / ATTEMPTS)
    (folder / "seals" / f"{ATTEMPTS}.json").unlink()
    with pytest.raises(LedgerError, match=rf"{ATTEMPTS} is missing"):
        Ledger(str(folder)).read(ACME)
    assert f"{ATTEMPTS} is missing" in verify_ledger(str(folder)).problems[0]


def test_a_damaged_seal_is_an_error(folder: Path) -> None:
    seal = folder / "seals" / f"{ATTEMPTS}.json"
    seal.write_bytes(seal.read_bytes().replace(b'"version": ', b'"version": 1'))
    with pytest.raises(LedgerError, match=rf"seals/{ATTEMPTS}\.json is damaged"):
        Ledger(str(folder)).read(ACME)


@pytest.mark.parametrize("lost", [f"seals/{ATTEMPTS}.json", "seals"])
def test_a_lost_seal_is_an_error_until_the_ledger_is_sealed_again(folder: Path, lost: str) -> None:
    intact_reading = reading(Ledger(str(folder)))
    path = folder / lost
    path.unlink() if path.is_file() else shutil.rmtree(path)
    with pytest.raises(LedgerError, match=rf"seals/{ATTEMPTS}\.json is missing: .* --adopt"):
        Store(str(folder), ATTEMPT_STATEMENTS).rows()
    assert any(ATTEMPTS in problem for problem in verify_ledger(str(folder)).problems)
    adopt_ledger(str(folder))
    assert verify_ledger(str(folder)).problems == []
    assert reading(Ledger(str(folder))) == intact_reading


TABLE_LIST_DAMAGES: Final[dict[str, Callable[[Path], object]]] = {
    **DAMAGES,
    "no list": lambda path: path.write_bytes(b"7"),
    "another name": lambda path: path.write_bytes(
        path.read_bytes().replace(b"attempt", b"attempu")
    ),
    "a name less": lambda path: path.write_bytes(
        path.read_bytes().replace(b'"attempt_statements", ', b"")
    ),
}


@pytest.mark.parametrize("damage", TABLE_LIST_DAMAGES)
def test_a_damaged_list_of_tables_is_named_until_it_is_written_again(
    folder: Path, damage: str
) -> None:
    intact_reading, path = reading(Ledger(str(folder))), folder / "seals" / "tables.json"
    content = path.read_bytes()
    TABLE_LIST_DAMAGES[damage](path)
    assert reading(Ledger(str(folder))) == intact_reading
    (problem,) = verify_ledger(str(folder)).problems
    assert "seals/tables.json is " in problem and "--adopt" in problem
    adopt_ledger(str(folder))
    assert verify_ledger(str(folder)).problems == [] and path.read_bytes() == content


def test_a_first_commit_without_its_seal_is_read(tmp_path: Path) -> None:
    """The process ended between them: nothing was lost."""
    ledger = Ledger(str(tmp_path))
    ingest_documents(ledger, item(1))
    first_reading = frames(ledger.read(ACME))
    shutil.rmtree(tmp_path / "seals")
    second_reading = frames(ledger.read(ACME))
    assert all(
        frame.equals(copy) for frame, copy in zip(first_reading, second_reading, strict=True)
    )


def test_a_folder_in_the_place_of_a_data_file_is_an_error_with_its_name(folder: Path) -> None:
    path = live_path(folder)
    path.unlink()
    path.mkdir()
    with pytest.raises(LedgerError, match=rf"{path.name} cannot be read .*smartinst restore"):
        Ledger(str(folder)).read(ACME)
    (problem,) = verify_ledger(str(folder)).problems
    assert path.name in problem and "cannot be read" in problem


def reading_or_error(ledger: Ledger) -> list[str] | LedgerError:
    try:
        return reading(ledger)
    except LedgerError as error:
        return error


def test_a_damaged_hint_of_delta_lake_changes_no_figure(folder: Path) -> None:
    intact_reading = reading(Ledger(str(folder)))
    for content in (b"", b'{"version":999,"size":1}', b"{"):
        (folder / ATTEMPTS / "_delta_log" / "_last_checkpoint").write_bytes(content)
        outcome = reading_or_error(Ledger(str(folder)))
        assert outcome == intact_reading or "_last_checkpoint is damaged: delete it" in str(outcome)


def test_damage_to_one_bucket_does_not_stop_the_sellers_of_others(folder: Path) -> None:
    intact_reading = frames(Ledger(str(folder)).read(ACME.model_copy(update={"id": "beta"})))
    live_path(folder, "acme").unlink()
    actual = frames(Ledger(str(folder)).read(ACME.model_copy(update={"id": "beta"})))
    assert all(frame.equals(copy) for frame, copy in zip(actual, intact_reading, strict=True))


def test_a_file_is_checked_once_per_process(folder: Path) -> None:
    ledger, path = Ledger(str(folder)), live_path(folder)
    intact_reading = frames(ledger.read(ACME))
    hashed: list[str] = []
    original = LocalFolder.sha256

    def count(self: LocalFolder, name: str) -> str:
        hashed.append(name)
        return original(self, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalFolder, "sha256", count)
        actual = frames(ledger.read(ACME))
    assert not hashed and path.is_file()
    assert all(frame.equals(copy) for frame, copy in zip(actual, intact_reading, strict=True))


def write_old_table(root: Path) -> Store:
    """A table as an earlier version of smartinst wrote it: no hashes, no seal."""
    ingest_documents(Ledger(str(root / "new")), item(1), item(2))
    store = Store(str(root / "new"), ATTEMPT_STATEMENTS)
    rows = store.rows().with_columns(bucket=pl.lit(bucket_of("acme"), pl.Int32))
    early_store = Store(str(root / "old"), ATTEMPT_STATEMENTS)
    write_deltalake(early_store.uri, rows, partition_by=["bucket"])
    return early_store


def test_a_ledger_of_an_earlier_version_is_read_and_gets_hashes(tmp_path: Path) -> None:
    early_store = write_old_table(tmp_path)
    rows = early_store.rows().sort("transaction")
    assert rows.height == 2
    unhashed = verify_ledger(early_store.root)
    assert (unhashed.unhashed_files, unhashed.problems) == (1, [])
    adopt_ledger(early_store.root)
    state = verify_ledger(early_store.root)
    assert (state.unhashed_files, state.problems) == (0, [])
    assert state.tables[1].sealed_version == state.tables[1].version
    assert early_store.rows().sort("transaction").equals(rows)


def test_the_next_ingest_gives_the_files_of_its_bucket_hashes(tmp_path: Path) -> None:
    early_store = write_old_table(tmp_path)
    ingest_documents(Ledger(early_store.root), item(3))
    assert [file.sha256 is None for file in early_store.files()] == [False]
    assert early_store.rows().height == 3


class KilledError(BaseException):
    """Ends a write as a kill would: no code handles it."""


def write_until(step: int, ledger: Ledger, *documents: Any) -> bool:
    """Ingests documents until the n-th write, commit or flush; whether it ended before that."""
    count = 0

    def with_count(owner: type, method: str) -> Callable[..., Any]:
        original = getattr(owner, method)

        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                raise KilledError
            result = original(*arguments, **options)
            count += 1
            if count == step:
                raise KilledError
            return result

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, method in (
            (LocalFolder, "write"),
            (LocalFolder, "flush"),
            (DeltaTable, "create_write_transaction"),
        ):
            patch.setattr(owner, method, with_count(owner, method))
        try:
            ingest_documents(ledger, *documents)
        except KilledError:
            return False
    return True


@pytest.mark.parametrize("nights", [0, MAX_FILES])
def test_a_writer_that_is_killed_at_any_step_leaves_a_readable_ledger(
    tmp_path: Path, nights: int
) -> None:
    step, is_complete = 0, False
    for night in range(nights):
        ingest_documents(Ledger(str(tmp_path / "start")), item(1, plan=20000000 + night))
    while not is_complete:
        step += 1
        root = tmp_path / str(step)
        if nights:
            shutil.copytree(tmp_path / "start", root)
        ledger = Ledger(str(root))
        is_complete = write_until(step, ledger, item(2), {"odd": 1})
        forget_checks()
        assert not verify_ledger(str(root)).problems, step
        ingest_documents(ledger, item(2), {"odd": 1})
        state = verify_ledger(str(root))
        assert not state.problems, step
        assert ledger.quarantine().height == 1
        plan_count = nights + 1 if nights else 1
        assert Store(str(root), ATTEMPT_STATEMENTS).rows().height == plan_count
    assert step > (20 if nights else 15)


def test_a_ledger_in_an_object_store_is_checked_too(tmp_path: Path) -> None:
    root = tmp_path / "ledger"
    root.mkdir()
    ledger = Ledger(f"file://{root}")
    for number in range(3):
        ingest_documents(ledger, item(1, plan=20000000 + number))
    assert ledger.read(ACME).plans.collect().height == 3
    assert not verify_ledger(ledger.root).problems
    path = next(root.glob(f"{PLAN_STATEMENTS.name}/bucket=*/*.parquet"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    forget_checks()
    with pytest.raises(LedgerError, match=path.name):
        ledger.read(ACME)
    path.unlink()
    with pytest.raises(LedgerError, match=f"{path.name} is missing"):
        ledger.read(ACME)
