"""The remedies of `smartinst doctor` for a database that cannot be used."""

from __future__ import annotations

from pathlib import Path

from smartinst.doctor import examine


def database_remedy(workspace: Path, database: str) -> str:
    (workspace / "smartinst.toml").write_text(f'database = "{database}"\n', encoding="utf-8")
    (finding,) = (finding for finding in examine(workspace) if finding.name == "database")
    assert not finding.is_ok
    return finding.remedy


def test_a_server_that_does_not_answer_is_to_be_started(tmp_path: Path) -> None:
    remedy = database_remedy(tmp_path, "postgresql+psycopg://me@127.0.0.1:1/x")
    assert remedy == "start the server, or correct `database`"


def test_a_file_that_cannot_be_opened_is_to_be_made_writable(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    remedy = database_remedy(tmp_path, "sqlite:///a b")
    assert remedy == f"make {tmp_path}/a b writable, or correct `database`"


def test_a_damaged_file_is_to_be_taken_from_a_backup(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database" * 100)
    remedy = database_remedy(tmp_path, "sqlite:///x.db")
    assert remedy == f"move {tmp_path}/x.db away, and take it from a backup: smartinst restore"
