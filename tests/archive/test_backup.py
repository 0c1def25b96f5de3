"""Backup and restore: whole, checked, held; hostile archives change nothing."""

from __future__ import annotations

import errno
import gzip
import io
import json
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert, select

from smartinst.actions.contacts import mark_as_written
from smartinst.archive.backup import write_backup
from smartinst.archive.contents import MANIFEST, verify_archive
from smartinst.archive.restore import release, restore_backup
from smartinst.archive.temporary_folders import (
    BACKUP,
    LOCK,
    RESTORING,
    restore_leftovers,
    temporary_folder,
)
from smartinst.database.engine import connected
from smartinst.database.schema import DELIVERIES, INBOX, SYNC_WINDOWS
from smartinst.delivery.tick import rerun, tick
from smartinst.doctor import _home
from smartinst.errors import HeldHomeError, InputError
from smartinst.intake.inbox import InboxEntry, store_entries
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.presence import ledger_state
from smartinst.ledger.verification import verify_ledger
from smartinst.runs import runs
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.settings import Settings, load_settings
from tests.support.damaged_ledgers import forget_checks, reading
from tests.support.hotmart_payloads import item
from tests.support.ingested import ingest_documents
from tests.support.workspace import SELLERS, configuration, smartinst

NOW: Final = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER: Final = NOW + timedelta(hours=1)
DELIVERY: Final = {
    "id": "d1",
    "run_id": "r1",
    "report": "weekly",
    "seller_id": "acme",
    "period": "2026-11-02T07:00",
    "instant": NOW.isoformat(),
    "recipient": "acme@example.com",
    "state": "queued",
    "attempts": 0,
    "message_id": "<d1@example.com>",
    "next_at": NOW.isoformat(),
    "files": "{}",
    "reason": "",
    "changed_at": NOW.isoformat(),
}


def write_workspace(folder: Path, database: str = "", home: str = "var") -> Settings:
    """A workspace with sales, a queued delivery, an event and a window of a sync."""
    folder.mkdir(exist_ok=True)
    text = configuration(SELLERS).replace('home = "var"', f'home = "{home}"')
    if database:
        text = f'database = "{database}"\n{text}'
    (folder / "smartinst.toml").write_text(text, encoding="utf-8")
    settings = load_settings(folder, {})
    for plan in range(3):
        ingest_documents(Ledger(settings.ledger), item(1, plan=20000000 + plan), {"odd": plan})
    with connected(settings.database) as engine:
        store_entries(engine, [(InboxEntry("acme", "e1", "{}"), NOW)])
        with engine.begin() as connection:
            connection.execute(insert(DELIVERIES).values(**DELIVERY))
            window = {"seller_id": "acme", "billing_type": "S", "starts_on": NOW.date()}
            connection.execute(
                insert(SYNC_WINDOWS).values(**window, completed_at=NOW, recovery_plans=0)
            )
    return settings


def rows_of(database: str, *tables: Any) -> list[list[Any]]:
    with connected(database) as engine, engine.connect() as connection:
        return [[tuple(row) for row in connection.execute(select(table))] for table in tables]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return write_workspace(tmp_path / "source")


@pytest.fixture
def archive(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar.gz"
    write_backup(settings, path, NOW)
    return path


def test_a_restored_home_has_the_same_figures_rows_and_configuration(
    settings: Settings, archive: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "target"
    workspace.mkdir()
    restored, _ = restore_backup(archive, workspace, LATER)
    assert restored.home == workspace / "var"
    assert (workspace / "smartinst.toml").read_text() == configuration(SELLERS)
    assert reading(Ledger(restored.ledger)) == reading(Ledger(settings.ledger))
    assert not verify_ledger(restored.ledger).problems
    tables = DELIVERIES, INBOX, SYNC_WINDOWS
    assert rows_of(restored.database, *tables) == rows_of(settings.database, *tables)
    assert sorted(path.name for path in workspace.iterdir()) == ["smartinst.toml", "var"]
    assert stat.S_IMODE(archive.stat().st_mode) & 0o077 == 0


@pytest.fixture
def own_home_archive(tmp_path: Path) -> Path:
    """The backup of a workspace that is its own home and has a report definition."""
    source = tmp_path / "own-home"
    (source / "reports").mkdir(parents=True)
    (source / "reports" / "weekly.toml").write_text('title = "Weekly"\n', encoding="utf-8")
    settings = write_workspace(source, home=".")
    write_backup(settings, tmp_path / "own-home.tgz", NOW)
    return tmp_path / "own-home.tgz"


@pytest.mark.parametrize("has_archive_inside", [False, True])
def test_a_workspace_that_is_its_own_home_is_restored_into_an_empty_folder(
    own_home_archive: Path, tmp_path: Path, has_archive_inside: bool
) -> None:
    workspace = tmp_path / "target"
    workspace.mkdir()
    names = {"ledger", "ledger.json", "reports", "smartinst.db", "smartinst.toml"}
    if has_archive_inside:
        own_home_archive = own_home_archive.rename(workspace / "own-home.tgz")
        names.add("own-home.tgz")
    restored, _ = restore_backup(own_home_archive, workspace, LATER)
    assert restored.home == workspace
    assert {path.name for path in workspace.iterdir()} == names
    assert [path.name for path in (workspace / "reports").iterdir()] == ["weekly.toml"]
    assert Ledger(restored.ledger).read(restored.find("acme")).plans.collect().height == 3
    assert rows_of(restored.database, DELIVERIES) == rows_of(
        load_settings(tmp_path / "own-home", {}).database, DELIVERIES
    )
    with pytest.raises(InputError, match="is not empty"):
        restore_backup(own_home_archive, workspace, LATER)


def test_a_workspace_with_its_configuration_may_be_its_own_home(
    own_home_archive: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "target"
    shutil.copytree(tmp_path / "own-home" / "reports", workspace / "reports")
    text = 'home = "../target"\n' + configuration(SELLERS).partition("\n")[2]
    (workspace / "smartinst.toml").write_text(text, encoding="utf-8")
    restored, _ = restore_backup(own_home_archive, workspace, LATER)
    assert Ledger(restored.ledger).read(restored.find("acme")).plans.collect().height == 3
    assert (workspace / "smartinst.toml").read_text(encoding="utf-8") == text


def test_a_refused_restore_leaves_nothing_behind(own_home_archive: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "target"
    (workspace / "runs").mkdir(parents=True)
    with pytest.raises(InputError, match="is not empty"):
        restore_backup(own_home_archive, workspace, LATER)
    assert [path.name for path in workspace.rglob("*")] == ["runs"]


def test_a_restore_that_fails_at_its_end_leaves_nothing_behind(
    archive: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "target"
    workspace.mkdir()
    (workspace / "file").write_text("", encoding="utf-8")
    text = 'ledger = "far/away/ledger"\ndatabase = "sqlite:///file/smartinst.db"\n'
    (workspace / "smartinst.toml").write_text(text + configuration(SELLERS), encoding="utf-8")
    with pytest.raises(NotADirectoryError):
        restore_backup(archive, workspace, LATER)
    assert sorted(path.name for path in workspace.rglob("*")) == ["file", "smartinst.toml"]


def test_a_restored_ledger_that_is_gone_is_missed(archive: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "target"
    workspace.mkdir()
    restored, _ = restore_backup(archive, workspace, LATER)
    shutil.rmtree(Path(restored.ledger) / "attempt_statements")
    (Path(restored.ledger) / "seals" / "attempt_statements.json").unlink()
    assert "attempt_statements is missing" in ledger_state(restored).problems[0]
    shutil.rmtree(restored.ledger)
    assert "ledger is missing" in ledger_state(restored).problems[0]


KILLED_RESTORE: Final = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from smartinst.archive import restore
setattr(restore, sys.argv[1], lambda *_: os._exit(9))
restore.restore_backup(Path(sys.argv[2]), Path(sys.argv[3]), datetime.now(UTC))
"""


@pytest.mark.parametrize("step", ["_check_ledger", "_fill_database"])
@pytest.mark.parametrize("home", ["var", ".", "../elsewhere/var"])
def test_what_a_killed_restore_leaves_is_named_and_removed_by_the_next(
    archive: Path, tmp_path: Path, step: str, home: str
) -> None:
    workspace = tmp_path / "target"
    workspace.mkdir()
    text = configuration(SELLERS).replace('home = "var"', f'home = "{home}"')
    (workspace / "smartinst.toml").write_text(text, encoding="utf-8")
    words = [sys.executable, "-c", KILLED_RESTORE, step, str(archive), str(workspace)]
    assert subprocess.run(words, check=False).returncode == 9
    left = [str(path) for path in tmp_path.rglob(f"{RESTORING}*")]
    assert len(left) == (2 if step == "_fill_database" and home != "." else 1)
    finding = _home(load_settings(workspace, {}))
    assert not finding.is_ok and finding.remedy == f"rm -r {' '.join(sorted(left))}"
    own_folder = workspace.parent / f"{RESTORING}notes"
    own_folder.mkdir()
    restored, _ = restore_backup(archive, workspace, LATER)
    assert list(tmp_path.rglob(f"{RESTORING}*")) == [own_folder]
    assert not verify_ledger(restored.ledger).problems


def test_the_folder_of_a_restore_that_goes_on_stays(archive: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "target"
    workspace.mkdir()
    with temporary_folder(workspace, RESTORING) as folder:
        (folder / "file").touch()
        restored, _ = restore_backup(archive, workspace, LATER)
        assert (folder / "file").exists() and restore_leftovers(restored) == []
    assert not folder.exists()


def test_what_a_killed_backup_leaves_is_removed_by_the_next(
    settings: Settings, tmp_path: Path
) -> None:
    leftover, foreign = tmp_path / f"{BACKUP}abcd_123", tmp_path / f"{BACKUP}20261130"
    for folder in (leftover, foreign):
        folder.mkdir()
        (folder / "rows.jsonl").touch()
    (leftover / LOCK).touch()
    write_backup(settings, tmp_path / "backup.tar.gz", NOW)
    assert not leftover.exists()
    assert [path.name for path in foreign.iterdir()] == ["rows.jsonl"]  # it has no lock


def test_a_backup_is_written_where_files_cannot_be_locked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as patch:
        patch.setattr("smartinst.archive.temporary_folders._lock", refuse)
        write_backup(settings, tmp_path / "backup.tar.gz", NOW)
    assert [path.name for path in tmp_path.glob(f"{BACKUP}*")] == []


def test_a_ledger_goes_on_after_a_restore(archive: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "target"
    workspace.mkdir()
    restored, _ = restore_backup(archive, workspace, LATER)
    summary = ingest_documents(Ledger(restored.ledger), item(1, plan=20000000), item(2))
    assert (summary.accepted, summary.duplicates) == (1, 1)
    assert not verify_ledger(restored.ledger).problems


def test_a_backup_during_ingests_is_whole(settings: Settings, tmp_path: Path) -> None:
    """Nine ingests, of which the archive has those that were finished, and perhaps more."""
    finished: list[int] = []

    def ingest() -> None:
        for number in range(9):
            ingest_documents(Ledger(settings.ledger), item(1, plan=30000000 + number))
            finished.append(number)

    thread = threading.Thread(target=ingest)
    thread.start()
    for number in range(3):
        count = len(finished)
        path, workspace = tmp_path / f"{number}.tar.gz", tmp_path / f"target-{number}"
        write_backup(settings, path, NOW)
        workspace.mkdir()
        restored, _ = restore_backup(path, workspace, LATER)
        plans = Ledger(restored.ledger).read(restored.find("acme")).plans.collect()
        assert plans.height >= 3 + count
    thread.join()
    assert len(finished) == 9


def test_a_home_that_is_not_empty_is_refused_and_not_changed(
    settings: Settings, archive: Path
) -> None:
    paths = sorted(path for path in settings.workspace.rglob("*"))
    with pytest.raises(InputError, match="is not empty"):
        restore_backup(archive, settings.workspace, LATER)
    assert sorted(path for path in settings.workspace.rglob("*")) == paths


def test_an_existing_file_is_not_overwritten(settings: Settings, archive: Path) -> None:
    content = archive.read_bytes()
    with pytest.raises(InputError, match="exists"):
        write_backup(settings, archive, NOW)
    assert archive.read_bytes() == content


def test_the_password_of_a_database_is_not_in_an_archive(tmp_path: Path) -> None:
    settings = write_workspace(tmp_path / "source")
    text = 'database = "postgresql+psycopg://me:hidden-word@127.0.0.1/x"\n'
    (settings.workspace / "smartinst.toml").write_text(text)
    write_backup(settings, tmp_path / "backup.tar.gz", NOW)
    with tarfile.open(tmp_path / "backup.tar.gz") as archive:
        file = archive.extractfile("configuration/smartinst.toml")
        assert file is not None
        content = file.read()
    assert content == b'database = "postgresql+psycopg://me@127.0.0.1/x"\n'


def test_a_held_home_sends_and_calls_nothing_until_it_is_released(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executed: set[tuple[str, str]] = set()

    def run_reports(requests: Iterable[RunRequest], *_: Any) -> Iterator[RunOutcome]:
        """Fails each run, since only what is executed matters here."""
        for request in requests:
            report, seller_id = request.definition.name, request.seller.id
            executed.add((report, seller_id))
            yield RunOutcome(
                report,
                seller_id,
                request.as_of.isoformat(),
                error="not executed",
                folder=str(request.folder),
            )

    monkeypatch.setattr(runs, "run_reports", run_reports)
    workspace = tmp_path / "target"
    workspace.mkdir()
    restored, _ = restore_backup(archive, workspace, LATER)
    with connected(restored.database) as engine:
        report = tick(restored, engine, LATER)
        assert not report.is_ok and not report.counts.total()
        assert "smartinst restore --release" in report.problems[0]
        with pytest.raises(HeldHomeError):
            rerun(restored, engine, "r1", LATER)
    assert not executed
    command = smartinst(workspace, "schedule", "tick", "--json")
    assert (command.returncode, command.stderr.count("\n")) == (1, 1)
    assert set(json.loads(command.stdout)) >= {"now", "due", "sent", "failed"}
    assert smartinst(workspace, "deliveries", "retry", "d1").returncode == 1
    with pytest.raises(HeldHomeError):
        mark_as_written(restored, restored.find("acme"), "20000001", LATER)
    words = ("act", "whatsapp", "--all", "--limit", "500", "--seller", "acme", "--yes")
    command = smartinst(workspace, *words)
    assert (command.returncode, command.stdout) == (1, "")
    assert "smartinst restore --release" in command.stderr
    assert "smartinst restore --release" in smartinst(workspace, "doctor").stdout
    summary = release(restored, LATER)
    assert (summary.held_deliveries, summary.waiting_events) == (1, 1)
    ((row,),) = rows_of(restored.database, DELIVERIES)
    assert "held" in row
    with connected(restored.database) as engine:
        assert "restore" not in str(tick(restored, engine, LATER).problems)
    assert executed == {
        ("portfolio-monthly", "all"),
        ("recovery-daily", "acme"),
        ("recovery-daily", "nube"),
        ("seller-monthly", "loft"),
        *(("seller-weekly", seller_id) for seller_id in SELLERS),
    }
    with pytest.raises(InputError, match="not held"):
        release(restored, LATER)


def test_the_commands_back_up_and_restore(settings: Settings, tmp_path: Path) -> None:
    path, workspace = tmp_path / "b.tar.gz", tmp_path / "target"
    workspace.mkdir()
    command = smartinst(settings.workspace, "backup", str(path))
    assert (command.returncode, command.stdout) == (0, f"{path}\n"), command.stderr
    assert smartinst(workspace, "restore", str(path)).returncode == 0
    assert smartinst(workspace, "restore", str(path)).returncode == 1
    assert smartinst(workspace, "restore", "--release").returncode == 0
    assert smartinst(workspace, "restore").returncode == 2


def rewrite(path: Path, change: Callable[[tarfile.TarInfo, bytes], Any]) -> None:
    """Writes an archive again, with members that `change` returns in place of each one."""
    with tarfile.open(path) as source:
        members = [
            (member, (source.extractfile(member) or io.BytesIO()).read()) for member in source
        ]
    with tarfile.open(path, "w:gz") as target:
        for member, content in members:
            for new_member, new_content in change(member, content):
                new_member.size = len(new_content)
                target.addfile(new_member, io.BytesIO(new_content))


def rename_in_manifest(name: str) -> Callable[[tarfile.TarInfo, bytes], Any]:
    """Gives the configuration another name, also in the manifest."""
    original = "configuration/smartinst.toml"

    def change(member: tarfile.TarInfo, content: bytes) -> Any:
        if member.name == MANIFEST:
            content = content.replace(json.dumps(original).encode(), json.dumps(name).encode())
        if member.name == original:
            member.name = name
        return [(member, content)]

    return change


def as_link(member: tarfile.TarInfo, content: bytes) -> Any:
    if member.name.endswith(".jsonl") and content:
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        return [(member, b"")]
    return [(member, content)]


def with_extra(member: tarfile.TarInfo, content: bytes) -> Any:
    extra = tarfile.TarInfo("ledger/../../evil")
    return [(member, content), *([(extra, b"x")] if member.name == MANIFEST else [])]


def with_huge_size(member: tarfile.TarInfo, content: bytes) -> Any:
    if member.name == MANIFEST:
        document = json.loads(content)
        document["files"]["ledger/huge"] = [10**18, "0" * 64]
        content = json.dumps(document).encode()
    return [(member, content)]


def with_changed_content(member: tarfile.TarInfo, content: bytes) -> Any:
    is_delivery = member.name == "database/deliveries.jsonl"
    return [(member, content.replace(b"queued", b"missed") if is_delivery else content)]


HOSTILE: Final[dict[str, Callable[[tarfile.TarInfo, bytes], Any]]] = {
    "a path that leads out": rename_in_manifest("configuration/../../evil"),
    "an absolute path": rename_in_manifest("/tmp/evil"),
    "another folder": rename_in_manifest("runs/evil"),
    "a link": as_link,
    "a file that is not listed": with_extra,
    "a size beyond the disk": with_huge_size,
    "another content": with_changed_content,
    "a member twice": lambda member, content: [(member, content)] * 2,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_refused_and_changes_nothing(
    archive: Path, tmp_path: Path, kind: str
) -> None:
    rewrite(archive, HOSTILE[kind])
    workspace = tmp_path / "target"
    workspace.mkdir()
    with pytest.raises(InputError, match=r"backup\.tar\.gz") as error:
        restore_backup(archive, workspace, LATER)
    assert "\n" not in str(error.value)
    assert not list(workspace.iterdir()) and not (tmp_path / "evil").exists()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9])
def test_a_truncated_archive_is_refused(archive: Path, share: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match=r"backup\.tar\.gz"):
        verify_archive(archive)


def test_a_changed_bit_of_an_archive_is_refused_or_changes_nothing(archive: Path) -> None:
    content = archive.read_bytes()
    ends = range(len(content) - 40, len(content))  # the end of the tar file and the checksum
    refused = 0
    for place in (*range(100, len(content), len(content) // 40), *ends):
        flipped_bytes = bytearray(content)
        flipped_bytes[place] ^= 16
        archive.write_bytes(flipped_bytes)
        if _decompressed(flipped_bytes) == gzip.decompress(content):
            continue  # zeros that are copied from another place of zeros
        with pytest.raises(InputError, match=r"backup\.tar\.gz"):
            verify_archive(archive)
        refused += 1
    assert refused > 60


def _decompressed(content: bytes | bytearray) -> bytes | None:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return None


def test_a_damaged_ledger_is_not_backed_up(settings: Settings, tmp_path: Path) -> None:
    path = next(Path(settings.ledger).glob("*/bucket=*/*.parquet"))
    path.write_bytes(path.read_bytes()[:-8] + b"\0" * 8)
    forget_checks()
    with pytest.raises(InputError, match=path.name):
        write_backup(settings, tmp_path / "backup.tar.gz", NOW)
    assert not (tmp_path / "backup.tar.gz").exists()


def test_rows_move_between_sqlite_and_postgresql(
    settings: Settings, tmp_path: Path, postgres: str
) -> None:
    workspace, second_home = tmp_path / "server", tmp_path / "back"
    for folder in (workspace, second_home):
        folder.mkdir()
    shutil.copy(settings.workspace / "smartinst.toml", second_home)
    text = f'database = "{postgres}"\n' + configuration(SELLERS)
    (workspace / "smartinst.toml").write_text(text, encoding="utf-8")
    write_backup(settings, tmp_path / "1.tar.gz", NOW)
    on_server, _ = restore_backup(tmp_path / "1.tar.gz", workspace, LATER)
    with connected(on_server.database) as engine:  # new rows are numbered after restored ones
        assert store_entries(engine, [(InboxEntry("acme", "e2", "{}"), NOW)])
    with pytest.raises(InputError, match="is not empty"):
        restore_backup(tmp_path / "1.tar.gz", workspace, LATER)
    write_backup(on_server, tmp_path / "2.tar.gz", LATER)
    restored, _ = restore_backup(tmp_path / "2.tar.gz", second_home, LATER)
    (deliveries, events), (source_deliveries, source_events) = (
        rows_of(place.database, DELIVERIES, INBOX) for place in (restored, settings)
    )
    assert deliveries == source_deliveries
    assert [row[2] for row in events] == ["e1", "e2"] and events[0] == source_events[0]
