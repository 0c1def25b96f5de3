"""Ticks in child processes, each killed at its n-th step, for every n.

`python -m tests.support.ticking FOLDER PORT DATABASE` prints a JSON list: each step, and the
ledgers after one more tick.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, event

from smartinst.addresses import Mailbox
from smartinst.database.engine import connect
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.delivery import delivery_ledger, message, run_history
from smartinst.delivery.message import new_message
from smartinst.delivery.send_count import COUNT_FILE
from smartinst.delivery.tick import tick
from smartinst.runs import runs
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.settings import Settings
from tests.support.ports import free_port
from tests.support.weekly import weekly

NOW: Final = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
MEASURES: Final = {"identity_closes": True, "plans": 20, "data_through": "2026-11-01"}
SELLERS: Final = {"acme": "America/Sao_Paulo", "nube": "Europe/Madrid"}
KILLED: Final = 9
REPORT: Final = weekly("html")


def settings_of(workspace: Path, port: int) -> Settings:
    """A workspace of two sellers with one weekly report, its mail server on loopback."""
    (workspace / "reports").mkdir(exist_ok=True)
    (workspace / "reports" / "weekly.toml").write_text(REPORT, encoding="utf-8")
    sellers = [
        {"id": name, "name": name.title(), "email": f"{name}@example.com", "timezone": zone}
        for name, zone in SELLERS.items()
    ]
    folders = {
        "home": workspace / "var",
        "ledger": str(workspace / "ledger"),
        "workspace": workspace,
    }
    return Settings.model_validate(
        {**folders, "mail": {"port": port, "timeout_seconds": 5}, "seller": sellers}
    )


def copied_outcome(executed: Path, request: RunRequest, measures: Mapping[str, Any]) -> RunOutcome:
    """An outcome as `run_reports` yields it, with a page and a copy of an executed notebook.

    The copy names the seller of the request.
    """
    folder, seller_id = request.folder, request.seller.id
    assert folder is not None
    folder.mkdir(parents=True)
    paths = {kind: folder / f"weekly-{seller_id}.{kind}" for kind in ("ipynb", "html")}
    notebook = re.sub(
        r'"seller_id": "[a-z]+"',
        f'"seller_id": "{seller_id}"',
        executed.read_text(encoding="utf-8"),
    )
    paths["ipynb"].write_text(notebook, encoding="utf-8")
    paths["html"].write_text("<p>page</p>", encoding="utf-8")
    artifacts = {kind: str(path) for kind, path in paths.items()}
    return RunOutcome(
        "weekly",
        seller_id,
        request.as_of.isoformat(),
        artifacts,
        dict(measures),
        folder=str(folder),
    )


def short_message(*arguments: Any, date: datetime) -> EmailMessage:
    """A one-line message instead of that of `compose`, whose content is not tested here."""
    _, _, seller, _, _, message_id, settings = arguments
    recipient = Mailbox(seller.name, seller.email)
    message = new_message(settings, recipient, "Report", date, message_id)
    message.set_content("hello", headers=[f"Content-Language: {seller.locale}"])
    return message


class Steps:
    """Counts every externally visible step of a tick, and ends the process at step `kill_at`.

    A step is an SQL statement, or the moment before or after a commit, a line to the mail server,
    or the server's reply.
    """

    def __init__(self, kill_at: int, record: Path) -> None:
        self.kill_at, self.record, self.count = kill_at, record, 0

    def reach(self, name: str) -> None:
        self.count += 1
        if self.count == self.kill_at:
            self.record.write_text(name, encoding="utf-8")
            os._exit(KILLED)

    def watch(self, engine: Engine) -> None:
        """Counts the steps of this process from now on."""

        def count_statement(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
            self.reach(" ".join(sql.split()[:3]))

        # A server rolls back the transaction, at whatever statement its client was killed.
        if engine.dialect.name == "sqlite":
            event.listen(engine, "before_cursor_execute", count_statement)
        self._count_around(Connection, "commit", "a commit")
        self._count_around(smtplib.SMTP, "send", "a line to the server")
        self._count_around(smtplib.SMTP, "getreply", "its answer")

    def _count_around(self, owner: type, method: str, event_name: str) -> None:
        original = getattr(owner, method)

        def counted_call(*arguments: Any, **options: Any) -> Any:
            self.reach(f"before {event_name}")
            result = original(*arguments, **options)
            self.reach(f"after {event_name}")
            return result

        setattr(owner, method, counted_call)


def replace_reports(notebook: Path) -> None:
    """Replaces, in this process, executed runs by copies and messages by one line."""

    def run_reports(requests: list[RunRequest], *_: Any, **__: Any) -> Iterator[RunOutcome]:
        for request in requests:
            measures = {**MEASURES, "data_through": request.as_of.isoformat()}
            yield copied_outcome(notebook, request, measures)

    setattr(runs, "run_reports", run_reports)  # noqa: B010 - mypy allows no assignment to a function
    setattr(message, "compose", short_message)  # noqa: B010


def killed_everywhere(workspace: Path, port: int, database: str) -> Iterator[dict[str, Any]]:
    """Each step at which a tick can be killed, with the ledgers after the next tick.

    The last tick is not killed.
    """
    replace_reports(workspace / "executed.ipynb")
    settings, record = settings_of(workspace, port), workspace / "step"
    engine = connect(database)
    warm_up(workspace, engine)
    kill_at, exit_code = 0, KILLED
    while exit_code == KILLED:
        kill_at += 1
        clear(engine, settings)
        record.write_text("none", encoding="utf-8")
        now = NOW + timedelta(weeks=kill_at)  # a period of its own, whose messages have other ids
        exit_code = _tick_in_child(settings, engine, Steps(kill_at, record), now)
        _tick_in_child(settings, engine, Steps(0, record), now)
        yield {
            "exit_code": exit_code,
            "step": record.read_text(encoding="utf-8"),
            **read_ledgers(engine),
        }


def warm_up(workspace: Path, engine: Engine) -> None:
    """One tick in this process, so that no child imports modules and compiles statements again.

    Its messages are queued: no server answers.
    """
    tick(settings_of(workspace, free_port()), engine, NOW)


def _tick_in_child(settings: Settings, engine: Engine, steps: Steps, now: datetime) -> int:
    """The exit code of a tick in a child process: 0, or KILLED."""
    engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            steps.watch(engine)
            tick(settings, engine, now)
            os._exit(0)
        except BaseException as error:  # the child must not continue as its parent
            sys.stderr.write(repr(error))
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def clear(engine: Engine, settings: Settings) -> None:
    """Forgets all runs and messages, also what the home has noted of them."""
    (settings.home / COUNT_FILE).unlink(missing_ok=True)
    with engine.begin() as connection:
        connection.execute(delete(DELIVERIES))
        connection.execute(delete(RUNS))


def read_ledgers(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        deliveries = delivery_ledger.list_deliveries(connection)
        run_rows = run_history.list_runs(connection)
    return {"deliveries": deliveries, "runs": sorted(run["state"] for run in run_rows)}


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(list(killed_everywhere(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
    )
