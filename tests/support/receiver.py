"""`smartinst webhooks` as a separate process on loopback, and events to send to it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from smartinst.ledger.store import Store
from smartinst.statements import STATEMENT_TABLES
from tests.support.hotmart_payloads import cancellation, envelope, webhook
from tests.support.workspace import COMMAND, configuration

TOKENS = {
    "SMARTINST_HOTMART_ACME_HOTTOK": "acme-token-1",
    "SMARTINST_HOTMART_NUBE_HOTTOK": "nube-token-1",
}
SELLERS = {
    "acme": ("pt-BR", "America/Sao_Paulo"),
    "nube": ("es", "Europe/Madrid"),
    "loft": ("en", "UTC"),
}


class Receiver:
    """A process in a workspace of SELLERS; `log_lines` has the lines of its stderr."""

    command: tuple[str, ...] = (str(COMMAND),)

    def __init__(self, place: Path, database: str, *words: str, **environment: str) -> None:
        place.mkdir(exist_ok=True)
        (place / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
        self.place = place
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        }
        self.env |= {"SMARTINST_DATABASE": database, **(environment or TOKENS)}
        self.locale = ("webhooks", "--port", "0", *words)
        self.log_lines: list[str] = []

    def __enter__(self) -> Receiver:
        self.process = subprocess.Popen(
            [*self.command, *self.locale],
            cwd=self.place,
            env=self.env,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        first = self.process.stderr.readline()
        assert "listening on http://" in first, first + self.process.stderr.read()
        self.address = first.rpartition("//")[2].strip()
        self.metrics_address = self._metrics_line().rpartition("//")[2].partition("/")[0]
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()
        return self

    def _metrics_line(self) -> str:
        assert self.process.stderr is not None
        while "metrics at http://" not in (line := self.process.stderr.readline()):
            assert line
            self.log_lines.append(line)
        return line

    def metrics(self) -> str:
        """The text of /metrics, which has a port of its own."""
        connection = http.client.HTTPConnection(self.metrics_address, timeout=60)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            self.log_lines.extend(lines)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.end()

    def end(self) -> int:
        code = self.process.wait(60)
        self._reader.join(60)
        return code

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, timeout=60)

    def get(self, path: str) -> tuple[int, str]:
        connection = self.connection()
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, said

    def post(
        self, body: object, token: str | None = "acme-token-1", path: str = "/"
    ) -> tuple[int, str]:
        """Status code and text of the reply; `body` is encoded as JSON unless it is bytes."""
        connection = self.connection()
        try:
            return post(connection, body, token, path)
        finally:
            connection.close()

    def fold(self) -> dict[str, Any]:
        """`smartinst webhooks --fold-once --json`."""
        done = subprocess.run(
            [COMMAND, "webhooks", "--fold-once", "--json"],
            cwd=self.place,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))


def post(
    connection: http.client.HTTPConnection,
    body: object,
    token: str | None = "acme-token-1",
    path: str = "/",
) -> tuple[int, str]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {
        "Content-Type": "application/json",
        **({} if token is None else {"X-HOTMART-HOTTOK": token}),
    }
    connection.request("POST", path, sent, headers)
    answer = connection.getresponse()
    return answer.status, str(json.loads(answer.read())["status"])


def events(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Different events of many plans: payments, refunds, cancellations and first accesses."""
    return [_event(number) for number in range(start, start + count)]


def _event(number: int) -> dict[str, Any]:
    plan, month = 30_000_000 + number // 6, number % 5 + 1
    created = f"2026-{6 + number % 4:02d}-{number % 27 + 1:02d}"
    event = (
        webhook("PURCHASE_APPROVED", "APPROVED", created, month, plan),
        webhook("PURCHASE_DELAYED", "DELAYED", created, month, plan),
        webhook("PURCHASE_REFUNDED", "REFUNDED", created, month, plan),
        cancellation(created, plan),
        envelope(
            "CLUB_FIRST_ACCESS",
            created,
            {"user": {"email": "rita@example.com"}, "note": f"n{number}"},
        ),
    )[number % 7 % 5]
    return {**event, "id": f"event-{number:06d}"}


def statements(ledger: Path, sellers: Iterable[str] = ("acme",)) -> dict[str, pl.DataFrame]:
    """The rows of every statement table except quarantine, sorted."""
    return {
        table.name: Store(str(ledger), table)
        .rows(list(sellers))
        .select(sorted(table.columns))
        .sort(table.key)
        for table in STATEMENT_TABLES
        if table.name != "quarantine"
    }
