"""smartinst act as processes of their own, on both databases: killed in the call, two at once, told on the terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

import pytest

from smartinst.cli import main
from tests.support.platform_double import SECRET, Double
from tests.support.platform_server import PlatformServer
from tests.support.workspace import COMMAND, configuration

NAME = "SMARTINST_HOTMART_ACME"
CREDENTIALS = {f"{NAME}_CLIENT_ID": "id", f"{NAME}_CLIENT_SECRET": SECRET, f"{NAME}_BASIC": "aWQ6"}


class Told(NamedTuple):
    """How a command ended and what it said."""

    exit_code: int
    stdout: str
    stderr: str


class Counter:
    """A workspace whose sales the platform holds; `plan` has payments that are kept."""

    def __init__(self, place: Path, server: PlatformServer, database: str) -> None:
        self.place, self.server, self.double = place, server, server.double
        text = f'database = "{database}"\n' + configuration({"acme": ("en", "America/New_York")})
        text += f'[hotmart]\napi = "{server.address}"\nauth = "{server.address}"\ntimeout_seconds = 60\n'
        (place / "smartinst.toml").write_text(text, encoding="utf-8")
        done = self.run("ingest", str(place / "platform"), "--seller", "acme")
        assert done.exit_code == 0, done.stderr
        plans = json.loads(self.run("plans", "--seller", "acme", "--format", "json").stdout)
        self.plan = next(
            one
            for one in plans
            if one["paid_installments"] > 1 and one["status"].startswith("In progress")
        )
        self.owing = next(
            one for one in plans if one["overdue_installments"] and one["currency"] != "BRL"
        )

    def run(self, *words: str, env: dict[str, str] = CREDENTIALS) -> Told:
        """The command in this process: its libraries are loaded once."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.place),
            patch.dict(os.environ, env),
            patch.object(sys, "argv", ["smartinst", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        return Told(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    def refund(self, *words: str) -> list[str]:
        return ["act", "refund", self.plan["plan_id"], "--seller", "acme", *words]

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """A process of its own, which is in its call when this returns."""
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        } | CREDENTIALS
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [COMMAND, *words], cwd=self.place, env=env, stdout=pipe, stderr=pipe, text=True
        )
        assert self.server.arrived.wait(60), process.poll()
        return process

    def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("act", "log", "--json").stdout)
        return found

    def refunds(self) -> list[int]:
        return [count for (kind, _), count in self.double.applied.items() if kind == "refund"]


@pytest.fixture
def counter(tmp_path: Path, database: str) -> Iterator[Counter]:
    with PlatformServer(Double(tmp_path / "platform", 30, date(2026, 10, 31))) as server:
        yield Counter(tmp_path, server, database)


@pytest.mark.parametrize("held", ["before", "after"])
def test_a_process_killed_in_its_call_leaves_doubt_that_the_next_one_reads_back(
    counter: Counter, held: Literal["before", "after"]
) -> None:
    counter.server.hold = held
    process = counter.begin(*counter.refund("--installment", "1", "--yes"))
    process.kill()
    process.communicate()
    (call,) = counter.log()
    assert (call["state"], call["installment"]) == ("in_doubt", 1)
    counter.server.release.set()
    writes = len(counter.double.writes)
    done = counter.run(*counter.refund("--installment", "1", "--yes"))
    assert len(counter.double.writes) == writes
    assert (done.exit_code, counter.log()[0]["state"]) == (
        (0, "done") if held == "after" else (1, "in_doubt")
    )
    assert counter.refunds() == ([1] if held == "after" else [])
    assert counter.run("act", "verify").exit_code == 0


def test_of_two_at_once_the_second_is_refused_and_nothing_is_doubled(counter: Counter) -> None:
    counter.server.hold = "after"
    process = counter.begin(*counter.refund("--yes"))
    second = counter.run(*counter.refund("--yes"))
    assert second.exit_code == 1
    assert "another action is under way" in second.stderr
    counter.server.release.set()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out
    paid = counter.plan["paid_installments"]
    assert counter.refunds() == [1] * paid
    third = counter.run(*counter.refund("--yes"))
    assert third.exit_code == 0
    assert third.stdout.count("no call is made") == paid
    assert counter.refunds() == [1] * paid


def test_what_would_happen_is_shown_and_nothing_is_sent(counter: Counter) -> None:
    shown = counter.run(*counter.refund())
    assert shown.exit_code == 0
    assert shown.stdout.count("PUT /sales/HP") == counter.plan["paid_installments"]
    page = counter.run("act", "reprocess", counter.owing["plan_id"], "--seller", "acme", "--yes")
    assert page.exit_code == 0
    assert "consumer.hotmart.com" in page.stdout
    assert "BRL only" in page.stdout
    bare = counter.run(*counter.refund("--yes"), env=dict.fromkeys(CREDENTIALS, ""))
    assert (bare.exit_code, bare.stderr.count("\n")) == (1, 1)
    assert "no platform credentials" in bare.stderr
    many = counter.run("act", "refund", "--all", "--seller", "acme", "--limit", "1", "--yes")
    assert many.exit_code == 1
    assert "more than --limit 1" in many.stderr
    assert counter.double.calls == []
