"""What `smartinst doctor` says of a database and of reports that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartinst.doctor import Finding, _reports, examine
from smartinst.settings import load_settings


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


def reports_finding(workspace: Path, configuration: str = "") -> Finding:
    (workspace / "smartinst.toml").write_text(configuration, encoding="utf-8")
    return _reports(load_settings(workspace, {}))


def test_a_report_without_its_notebook_or_with_a_wrong_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/a.toml").write_text('title = "A"\nnotebook = "none.ipynb"\n')
    (tmp_path / "reports/b.toml").write_text('title = "B"\nnotebok = "weekly.ipynb"\n')
    finding = reports_finding(tmp_path)
    assert not finding.is_ok
    mistake, missing = finding.detail.rsplit("; ", 1)
    assert missing == "report a: notebook none.ipynb does not exist"
    assert mistake.startswith("reports/b.toml: ")
    assert "did you mean notebook?" in mistake


@pytest.mark.parametrize(
    ("configuration", "detail", "remedy"),
    [
        (
            "",
            "portfolio-monthly will not be sent: the operator has no address",
            "set operator in [mail]",
        ),
        (
            '[mail]\noperator = "o@example.com"\n',
            "every definition is valid and has its notebook",
            "",
        ),
    ],
    ids=["no operator", "an operator"],
)
def test_the_shipped_reports_are_valid(
    tmp_path: Path, configuration: str, detail: str, remedy: str
) -> None:
    finding = reports_finding(tmp_path, configuration)
    assert (finding.is_ok, finding.detail, finding.remedy) == (True, detail, remedy)
