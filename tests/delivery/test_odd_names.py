"""A workspace, a notebook and outputs may have any name: run, render, tick and doctor work."""

from __future__ import annotations

import json
import shutil
import subprocess
from email.utils import parseaddr
from pathlib import Path

import pytest

from smartinst.shipped import NOTEBOOKS
from tests.support.many_sellers import MONDAY, mail_server, seller_id, write_workspace
from tests.support.workspace import smartinst

NOTEBOOK = "Relatório {seller} 50%?#é 'x' 💸.ipynb"


@pytest.mark.kernel
@pytest.mark.pdf
def test_a_workspace_of_any_name_reports_and_delivers(tmp_path: Path) -> None:
    workspace = tmp_path / "a b?c%20d#é{seller}"
    workspace.mkdir()
    with mail_server() as (server, port):
        write_workspace(workspace, 1, 12, port)
        subprocess.run(["chmod", "-R", "go=", workspace / "var"], check=True)  # as commands do
        (workspace / "notebooks").mkdir()
        shutil.copy(NOTEBOOKS / "seller.ipynb", workspace / "notebooks" / NOTEBOOK)
        definition = workspace / "reports" / "weekly.toml"
        text = definition.read_text(encoding="utf-8").replace("seller.ipynb", NOTEBOOK)
        definition.write_text(text, encoding="utf-8")

        doctor = smartinst(workspace, "doctor", "--json")
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
        findings = {finding["name"]: finding["found"] for finding in json.loads(doctor.stdout)}
        assert findings["database"] == str(workspace / "var" / "smartinst.db")
        assert findings["ledger"].startswith("commits: plan_statements ")

        tick = smartinst(workspace, "schedule", "tick", "--now", MONDAY, "--json")
        assert tick.returncode == 0, tick.stdout + tick.stderr
        assert json.loads(tick.stdout)["sent"] == 1
    (message,) = server.messages_by_recipient[f"{seller_id(0)}@example.com"]
    assert parseaddr(message["To"])[1] == f"{seller_id(0)}@example.com"

    folder = "out {report} 100%?#é"
    words = ("--seller", seller_id(0), "--to", "html", "--out", folder)
    run = smartinst(workspace, "run", f"notebooks/{NOTEBOOK}", *words)
    assert run.returncode == 0, run.stderr
    page, notebook = (Path(line) for line in run.stdout.splitlines())
    assert page.is_relative_to(workspace / folder)
    copy = workspace / folder / NOTEBOOK
    shutil.copy(notebook, copy)
    render = smartinst(workspace, "render", str(copy), "--to", "html,pdf,xlsx")
    assert render.returncode == 0, render.stderr
    assert [Path(line) for line in render.stdout.splitlines()] == [
        copy.with_suffix(suffix) for suffix in (".html", ".pdf", ".xlsx")
    ]
