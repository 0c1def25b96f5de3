"""`smartinst act` as a process on both databases: killed in a call, two at once, and its output."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from smartinst.cli import main
from tests.support.fake_platform.account import Account, pages_of
from tests.support.fake_platform.app import FakePlatform
from tests.support.fake_platform.faults import Fault
from tests.support.fake_platform.server import Served
from tests.support.workspace import COMMAND, configuration


class CommandResult(NamedTuple):
    """The exit code and the output of a command."""

    exit_code: int
    stdout: str
    stderr: str


class Workspace:
    """A workspace with the sales of an account of the platform.

    `plan` has payments that can be refunded; `owing_plan` has overdue charges and is not in reais.
    """

    def __init__(self, folder: Path, server: Served, database: str) -> None:
        self.folder, self.platform = folder, server.platform
        self.account = server.platform.applications[0].account
        self.environment = server.environment()
        text = f'database = "{database}"\n' + configuration({"acme": ("en", "America/New_York")})
        text += "[hotmart]\ntimeout_seconds = 60\n"
        (folder / "smartinst.toml").write_text(text, encoding="utf-8")
        (folder / "pages").mkdir()
        for number, page in enumerate(pages_of(self.account, "SMART_INSTALLMENT")):
            (folder / "pages" / f"{number}.json").write_text(json.dumps(page), encoding="utf-8")
        ingested = self.run("ingest", "pages", "--seller", "acme")
        assert ingested.exit_code == 0, ingested.stderr
        plans = json.loads(self.run("plans", "--seller", "acme", "--format", "json").stdout)
        self.plan = next(
            plan
            for plan in plans
            if plan["paid_installments"] > 1 and plan["status"].startswith("In progress")
        )
        self.owing_plan = max(
            (plan for plan in plans if plan["currency"] != "BRL"),
            key=lambda plan: plan["overdue_installments"],
        )

    def run(self, *words: str, **variables: str) -> CommandResult:
        """Runs the command in this process, which has its libraries loaded."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            patch.dict(os.environ, self.environment | variables),
            patch.object(sys, "argv", ["smartinst", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as exit_info,
        ):
            main()
        return CommandResult(int(exit_info.value.code or 0), out.getvalue(), err.getvalue())

    def refund(self, *words: str) -> list[str]:
        return ["act", "refund", self.plan["plan_id"], "--seller", "acme", *words]

    def start(self, *words: str, until: Callable[[], bool]) -> subprocess.Popen[str]:
        """Starts the command as a process of its own and returns when a condition holds."""
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        } | self.environment
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [COMMAND, *words], cwd=self.folder, env=env, stdout=pipe, stderr=pipe, text=True
        )
        deadline = time.monotonic() + 60
        while not until():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return process

    def log(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = json.loads(self.run("act", "log", "--json").stdout)
        return calls

    def writes(self) -> int:
        """How many calls that change something reached the platform."""
        calls = [call.method for call in self.platform.calls]
        return sum(method != "GET" for method in calls) + len(self.platform.app.met)

    def refunds(self) -> list[int]:
        return [count for (kind, _), count in self.account.applied.items() if kind == "refund"]


@pytest.fixture
def workspace(tmp_path: Path, database: str) -> Iterator[Workspace]:
    account = Account.of_sample(
        "acme", 30, date(2026, 10, 31), lambda: time.time_ns() // 1_000_000, seed=5
    )
    with Served(FakePlatform([account])) as server:
        yield Workspace(tmp_path, server, database)
        server.platform.app.release.set()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_call_is_in_doubt_until_the_next_process_reads_it_back(
    workspace: Workspace, moment: str
) -> None:
    kind = "timeout" if moment == "before" else "apply_then_timeout"
    workspace.platform.faults.append(Fault(kind, "/refund", seconds=120))
    process = workspace.start(
        *workspace.refund("--installment", "1", "--yes"),
        until=lambda: bool(
            workspace.platform.app.met if moment == "before" else workspace.refunds()
        ),
    )
    process.kill()
    process.communicate()
    (call,) = workspace.log()
    assert (call["state"], call["installment"]) == ("in_doubt", 1)
    writes = workspace.writes()
    result = workspace.run(*workspace.refund("--installment", "1", "--yes"))
    assert workspace.writes() == writes
    assert (result.exit_code, workspace.log()[0]["state"]) == (
        (0, "done") if moment == "after" else (1, "in_doubt")
    )
    assert workspace.refunds() == ([1] if moment == "after" else [])
    assert workspace.run("act", "verify").exit_code == 0


def test_of_two_processes_at_once_the_second_is_refused_and_nothing_is_refunded_twice(
    workspace: Workspace,
) -> None:
    workspace.platform.faults.append(Fault("hold", "/refund", seconds=120))
    process = workspace.start(*workspace.refund("--yes"), until=lambda: bool(workspace.refunds()))
    second = workspace.run(*workspace.refund("--yes"))
    assert second.exit_code == 1
    assert "another action is in progress" in second.stderr
    workspace.platform.app.release.set()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    paid = workspace.plan["paid_installments"]
    assert workspace.refunds() == [1] * paid
    third = workspace.run(*workspace.refund("--yes"))
    assert third.exit_code == 0
    assert third.stdout.count("no call is made") == paid
    assert workspace.refunds() == [1] * paid


def test_without_yes_the_calls_are_shown_and_nothing_is_sent(workspace: Workspace) -> None:
    result = workspace.run(*workspace.refund())
    assert result.exit_code == 0
    assert result.stdout.count("PUT /sales/HP") == workspace.plan["paid_installments"]
    plan_id = workspace.owing_plan["plan_id"]
    reprocess = workspace.run("act", "reprocess", plan_id, "--seller", "acme", "--yes")
    assert reprocess.exit_code == 0
    assert "consumer.hotmart.com" in reprocess.stdout
    assert "BRL only" in reprocess.stdout
    no_credentials = dict.fromkeys(
        (name for name in workspace.environment if name.startswith("SMARTINST_HOTMART_ACME_")), ""
    )
    refused = workspace.run(*workspace.refund("--yes"), **no_credentials)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "no platform credentials" in refused.stderr
    bulk = workspace.run("act", "refund", "--all", "--seller", "acme", "--limit", "1", "--yes")
    assert bulk.exit_code == 1
    assert "more than --limit 1" in bulk.stderr
    assert (workspace.platform.calls, workspace.platform.tokens_made) == ([], 0)
