"""Ticks in processes of their own that end at their n-th step, without a word to anybody.

python -m tests.support.ticking FOLDER PORT DATABASE   prints a JSON list: a step, and the ledgers after one more tick
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, event

from smartinst.database.engine import connect
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.delivery import delivery_ledger, message, run_history
from smartinst.delivery.tick import tick
from smartinst.runs import runs
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.settings import Settings
from tests.support.weekly import weekly

NOW: Final = datetime(2026, 11, 2, 12, 30, tzinfo=UTC)
MEASURES: Final = {"identity_closes": True, "plans": 20, "data_through": "2026-11-01"}
SELLERS: Final = {"acme": "America/Sao_Paulo", "nube": "Europe/Madrid"}
KILLED: Final = 9
PRELOADED: Final = (
    "runs.conditions",
    "delivery.gates",
    "delivery.transport.folder",
    "delivery.transport.smtp",
)
REPORT: Final = weekly("html")


def settings_of(place: Path, port: int) -> Settings:
    """A workspace of two sellers with one weekly report, its mail server on loopback."""
    (place / "reports").mkdir(exist_ok=True)
    (place / "reports" / "weekly.toml").write_text(REPORT, encoding="utf-8")
    sellers = [
        {"id": one, "name": one.title(), "email": f"{one}@example.com", "timezone": zone}
        for one, zone in SELLERS.items()
    ]
    where = {"home": place / "var", "ledger": str(place / "ledger"), "workspace": place}
    return Settings.model_validate(
        {**where, "mail": {"port": port, "timeout_seconds": 5}, "seller": sellers}
    )


def made_from(executed: Path, request: RunRequest, measures: Mapping[str, Any]) -> RunOutcome:
    """A run as `run_many` yields it: a copy of one executed notebook, said to be of its seller, and a page beside it."""
    folder, one = request.folder, request.seller.id
    assert folder is not None
    folder.mkdir(parents=True)
    made = {kind: folder / f"weekly-{one}.{kind}" for kind in ("ipynb", "html")}
    shown = re.sub(
        r'"seller_id": "[a-z]+"', f'"seller_id": "{one}"', executed.read_text(encoding="utf-8")
    )
    made["ipynb"].write_text(shown, encoding="utf-8")
    made["html"].write_text("<p>page</p>", encoding="utf-8")
    paths = {kind: str(path) for kind, path in made.items()}
    return RunOutcome(
        "weekly", one, request.as_of.isoformat(), paths, dict(measures), folder=str(folder)
    )


def bare(*given: Any, **_: Any) -> EmailMessage:
    """A message of one line in the place of `compose`: these ticks are about when, not about what."""
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = (
        "reports@example.com",
        given[2].email,
        given[5],
    )
    message.set_content("hello")
    return message


class Steps:
    """Counts every step of a tick that something outside can see, and ends the process at the n-th.

    A step is a statement, the moment before and after a commit, before and after a line to the mail server, and after
    its answer.
    """

    def __init__(self, last: int, name: Path) -> None:
        self.last, self.name, self.count = last, name, 0

    def reach(self, name: str) -> None:
        self.count += 1
        if self.count == self.last:
            self.name.write_text(name, encoding="utf-8")
            os._exit(KILLED)

    def watch(self, engine: Engine) -> None:
        """From now on every step of this process counts."""

        def statement(_connection: Any, _cursor: Any, said: str, *_: Any) -> None:
            self.reach(" ".join(said.split()[:3]))

        if (
            engine.dialect.name == "sqlite"
        ):  # a server forgets a transaction whole, wherever its client ended
            event.listen(engine, "before_cursor_execute", statement)
        self._around(Connection, "commit", "a commit")
        self._around(smtplib.SMTP, "send", "a line to the server")
        self._around(smtplib.SMTP, "getreply", "its answer")

    def _around(self, kind: type, method: str, what: str) -> None:
        plain = getattr(kind, method)

        def counted(*given: Any, **named: Any) -> Any:
            self.reach(f"before {what}")
            result = plain(*given, **named)
            self.reach(f"after {what}")
            return result

        setattr(kind, method, counted)


def killed_everywhere(place: Path, port: int, database: str) -> Iterator[dict[str, Any]]:
    """Each step at which a tick can be killed, with what the next tick made of it; the last one is not killed."""
    executed = place / "made.ipynb"

    def make(requests: list[RunRequest], *_: Any, **__: Any) -> Iterator[RunOutcome]:
        return (made_from(executed, one, MEASURES) for one in requests)

    setattr(runs, "run_reports", make)  # noqa: B010 - mypy allows no assignment to a function
    setattr(message, "compose", bare)  # noqa: B010
    for module in PRELOADED:
        import_module(f"smartinst.{module}")  # once, and not in every child
    settings, name, last, ended = settings_of(place, port), place / "step", 0, KILLED
    while ended == KILLED:
        last += 1
        _forget(database)
        name.write_text("none", encoding="utf-8")
        ended = _in_a_child(settings, database, Steps(last, name))
        _in_a_child(settings, database, Steps(0, name))
        yield {"ended": ended, "step": name.read_text(encoding="utf-8"), **_ledgers(database)}


def _in_a_child(settings: Settings, database: str, steps: Steps) -> int:
    """How a tick ended in a process of its own: 0 well, KILLED at its step."""
    child = os.fork()
    if child == 0:
        try:
            engine = connect(database)
            steps.watch(engine)
            tick(settings, engine, NOW, batch=1)
            os._exit(0)
        except BaseException as error:  # a child must not go on as its parent
            sys.stderr.write(repr(error))
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _forget(database: str) -> None:
    engine = connect(database)
    with engine.begin() as connection:
        connection.execute(delete(DELIVERIES))
        connection.execute(delete(RUNS))
    engine.dispose()


def _ledgers(database: str) -> dict[str, list[Any]]:
    engine = connect(database)
    with engine.connect() as connection:
        deliveries = delivery_ledger.list_deliveries(connection)
        run_rows = run_history.list_runs(connection)
    engine.dispose()
    return {"deliveries": deliveries, "runs": sorted(run["state"] for run in run_rows)}


if __name__ == "__main__":
    sys.stdout.write(
        json.dumps(list(killed_everywhere(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
    )
