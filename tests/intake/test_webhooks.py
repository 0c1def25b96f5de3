"""The webhook receiver as a real process on loopback, with SQLite and with PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from smartinst.database.engine import connect
from smartinst.database.schema import INBOX
from smartinst.errors import ConfigurationError
from smartinst.hotmart.parsing.document_kinds import VERSION_1_REFUSAL
from smartinst.intake.webhook_tokens import read_webhook_tokens
from smartinst.settings import Settings
from tests.support.hotmart_payloads import ACME, webhook
from tests.support.postgres import Server
from tests.support.receiver import TOKENS, Receiver, events
from tests.support.workspace import smartinst

ROTATING = TOKENS | {
    "SMARTINST_HOTMART_ACME_HOTTOK_2": "acme-token-2",
    "SMARTINST_HOTMART_LOFT_HOTTOK": "",
}
PRIVATE = (
    "Rua Secreta",
    "12345678909",
    "00020101021226SECRET",
    "pay.example",
    "HOTTOK-SECRET",
    "token-1",
    "token-2",
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def receiver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Receiver]:
    place = tmp_path_factory.mktemp("receiver")
    database = f"sqlite:///{place / 'state.db'}"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        database = server.new_database()
    with Receiver(
        place, database, "--no-fold", SMARTINST_LIMITS_MAX_EVENT_KB="64", **ROTATING
    ) as receiver:
        yield receiver
    assert receiver.process.returncode == 0


def rows(receiver: Receiver) -> dict[tuple[str, str], str]:
    """The text of each (seller, event) in the inbox."""
    engine = connect(receiver.env["SMARTINST_DATABASE"])
    with engine.connect() as connection:
        entries = connection.execute(
            select(INBOX.c.seller_id, INBOX.c.event_id, INBOX.c.body)
        ).all()
    engine.dispose()
    return {(row.seller_id, row.event_id): row.body or "" for row in entries}


def approved(event_id: str) -> dict[str, object]:
    return {**webhook("PURCHASE_APPROVED", "APPROVED", "2026-06-01"), "id": event_id}


# --- tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token", [None, "", " ", "acme-token", "acme-token-11", "ACME-TOKEN-1", "\xe9", "x" * 5000]
)
def test_an_event_with_an_inactive_token_is_answered_401_and_not_stored(
    receiver: Receiver, token: str | None
) -> None:
    assert receiver.post(approved("stranger"), token) == (401, "bad_token")
    assert ("acme", "stranger") not in rows(receiver)


def test_both_tokens_of_a_seller_are_active_while_it_changes_them(receiver: Receiver) -> None:
    assert receiver.post(approved("old"), "acme-token-1") == (200, "kept")
    assert receiver.post(approved("new"), "acme-token-2") == (200, "kept")
    assert {("acme", "old"), ("acme", "new")} <= rows(receiver).keys()


def test_the_token_identifies_the_seller(receiver: Receiver) -> None:
    assert receiver.post(approved("whose"), "nube-token-1", "/any/path?x=1") == (200, "kept")
    assert ("nube", "whose") in rows(receiver)
    assert ("acme", "whose") not in rows(receiver)


def test_two_sellers_with_one_token_are_a_configuration_error() -> None:
    settings = Settings(seller=(ACME, ACME.model_copy(update={"id": "nube"})))
    with pytest.raises(ConfigurationError, match="SMARTINST_HOTMART_NUBE_HOTTOK_2: another seller"):
        read_webhook_tokens(
            settings,
            {"SMARTINST_HOTMART_ACME_HOTTOK": "same", "SMARTINST_HOTMART_NUBE_HOTTOK_2": "same"},
        )


def test_a_token_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n", encoding="utf-8")
    tokens = read_webhook_tokens(
        Settings(seller=(ACME,)), {"SMARTINST_HOTMART_ACME_HOTTOK_FILE": str(tmp_path / "token")}
    )
    assert tokens.seller_of([b"from-a-file"]) == "acme"
    assert tokens.seller_of([b"from-a-file", b"from-a-file"]) is None


def test_a_token_changed_in_its_file_is_active_after_sighup(
    tmp_path: Path,
) -> None:
    file = tmp_path / "hottok"
    file.write_text("old-token\n", encoding="utf-8")
    database = f"sqlite:///{tmp_path / 'state.db'}"
    with Receiver(
        tmp_path / "place", database, SMARTINST_HOTMART_ACME_HOTTOK_FILE=str(file)
    ) as receiver:
        assert receiver.post(approved("one"), "old-token") == (200, "kept")
        file.write_bytes(b"\xff")
        hang_up(receiver)
        assert receiver.post(approved("two"), "old-token") == (200, "kept")
        file.write_text("new-token\n", encoding="utf-8")
        hang_up(receiver)
        assert receiver.post(approved("three"), "new-token") == (200, "kept")
        assert receiver.post(approved("four"), "old-token") == (401, "bad_token")
    assert receiver.process.returncode == 0
    assert (
        "were not reloaded: SMARTINST_HOTMART_ACME_HOTTOK_FILE cannot be read: not valid UTF-8"
        in receiver.log_lines[0]
    )
    assert receiver.log_lines[1:] == ["webhooks: the tokens were reloaded: 1 are active\n"]


def hang_up(receiver: Receiver) -> None:
    """Returns after the receiver has logged the outcome."""
    lines = len(receiver.log_lines)
    receiver.process.send_signal(signal.SIGHUP)
    while len(receiver.log_lines) == lines:
        assert receiver.get("/health")[0] == 200


@pytest.mark.parametrize("headers", [[], [b""], [b"anything"]])
def test_an_unset_or_empty_token_matches_nothing(headers: list[bytes]) -> None:
    assert (
        read_webhook_tokens(
            Settings(seller=(ACME,)), {"SMARTINST_HOTMART_ACME_HOTTOK": ""}
        ).seller_of(headers)
        is None
    )
    assert read_webhook_tokens(Settings(seller=(ACME,)), {}).seller_of(headers) is None


# --- bodies ---------------------------------------------------------------------------------------


def test_private_data_is_not_stored(receiver: Receiver) -> None:
    assert receiver.post(approved("private")) == (200, "kept")
    text = rows(receiver)["acme", "private"]
    assert not [word for word in PRIVATE if word in text]
    assert json.loads(text)["data"]["buyer"]["address"] == {
        "country": "Portugal",
        "country_iso": "PT",
    }


def test_an_event_sent_twice_is_answered_200_and_stored_once(receiver: Receiver) -> None:
    assert receiver.post(approved("twice")) == (200, "kept")
    assert receiver.post(approved("twice")) == (200, "duplicate")
    assert receiver.post(approved("twice"), "nube-token-1") == (200, "kept")


def test_of_simultaneous_copies_one_is_stored_and_the_others_are_duplicates(
    receiver: Receiver,
) -> None:
    with ThreadPoolExecutor(16) as senders:
        answers = list(senders.map(lambda _: receiver.post(approved("at-once")), range(16)))
    assert sorted(answers) == [(200, "duplicate")] * 15 + [(200, "kept")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"id": "a\0"}',
        b"[]",
        b"3",
        b'{"a": NaN}',
        b"[" * 60_000,
        b'{"data":' * 7_000,
        b'{"event": "X", "version": "1.0.0", "data": {}}',
        b'{"event": "X", "version": "2.0.0", "data": []}',
        b'{"id": "a\\u0000b", "event": "X", "version": "2.0.0", "data": {}}',
        b'{"id": "\\ud800", "event": "X", "version": "2.0.0", "data": {}}',
        b'{"items": [], "page_info": {}}',
        b"hottok=acme-token-1&prod=1&email=rita%40example.com",
    ],
    ids=range(15),
)
def test_a_body_that_is_no_event_is_answered_400(receiver: Receiver, body: bytes) -> None:
    assert receiver.post(body) == (400, "refused")
    assert receiver.post(body) == (400, "refused")
    assert receiver.post(approved("still-there"))[0] == 200


def test_a_body_over_the_limit_is_answered_413(receiver: Receiver) -> None:
    event = {**approved("large"), "padding": "x" * 65_536}
    assert receiver.post(event) == (413, "too_large")
    assert ("acme", "large") not in rows(receiver)


def test_a_body_over_the_limit_is_logged_counted_and_quarantined(
    receiver: Receiver,
) -> None:
    body = json.dumps({**approved("larger"), "padding": "Rita" * 20_000}).encode()
    assert receiver.post(body)[0] == receiver.post(body)[0] == 413
    assert 'answers_total{outcome="too_large"}' in receiver.metrics()
    receiver.fold()
    start = hashlib.sha256(body[:65_536]).hexdigest()
    quarantine = json.loads(smartinst(receiver.place, "quarantine", "--json").stdout)
    (row,) = [row for row in quarantine if start in row["source"]]
    assert row["seller_id"] == "acme"
    assert row["reason"] == "larger than 65536 bytes ([limits] max_event_kb)"
    assert row["excerpt"] == f"sha256 {start}, 65536 bytes and more"
    line = (
        "webhooks: an event of acme was refused: larger than 65536 bytes ([limits] max_event_kb)\n"
    )
    assert line in receiver.log_lines


def test_the_limit_holds_for_a_body_without_a_declared_size(receiver: Receiver) -> None:
    connection = receiver.connection()
    chunks = (b"x" * 4096 for _ in range(32))
    connection.request(
        "POST", "/", chunks, {"X-HOTMART-HOTTOK": "acme-token-1"}, encode_chunked=True
    )
    assert connection.getresponse().status == 413
    connection.close()


def test_refused_events_are_quarantined_after_the_fold_without_private_data(
    receiver: Receiver,
) -> None:
    receiver.post(b'{"buyer": "Rita Exemplo"')
    receiver.post({**approved("no-transaction"), "data": {"purchase": {}}})
    assert receiver.fold()["quarantined"] >= 2
    command = smartinst(receiver.place, "quarantine", "--json")
    quarantine = {row["source"]: row for row in json.loads(command.stdout)}
    assert quarantine["webhook no-transaction"]["reason"] == "data.purchase.transaction: missing"
    unparsed = [row for row in quarantine.values() if row["position"] == "body"]
    assert all(
        row["excerpt"].startswith("sha256 ") and " bytes" in row["excerpt"] for row in unparsed
    )
    assert not [word for word in (*PRIVATE, "Rita") if word in command.stdout]


# --- webhook 1.0.0 --------------------------------------------------------------------------------

FORM_TYPE = "application/x-www-form-urlencoded"


def form(token: str, **fields: str) -> bytes:
    """A webhook 1.0.0 as the platform sends it."""
    members = {"prod": "7", "email": "rita@example.com", "status": "approved", **fields}
    return urlencode({"hottok": token, **members}).encode()


def flat(token: object, **members: object) -> bytes:
    """A webhook 1.0.0 as JSON."""
    return json.dumps({"hottok": token, "prod": 7, "email": "rita@example.com", **members}).encode()


def send(
    receiver: Receiver, body: bytes, content_type: str | None = FORM_TYPE, token: str | None = None
) -> tuple[int, dict[str, str]]:
    """Code and document of the reply; `token` is the header's."""
    connection = receiver.connection()
    headers = {"Content-Type": content_type, "X-HOTMART-HOTTOK": token}
    connection.request("POST", "/", body, {name: text for name, text in headers.items() if text})
    reply = connection.getresponse()
    document = json.loads(reply.read())
    connection.close()
    return reply.status, document


ADVICE = (400, {"status": "refused", "detail": VERSION_1_REFUSAL})
STRANGER = (401, {"status": "bad_token", "detail": "X-HOTMART-HOTTOK matches no seller"})
VERSION_1: dict[str, tuple[bytes, str | None, str | None, object]] = {
    "form": (form("acme-token-1"), FORM_TYPE, None, ADVICE),
    "form with a charset": (form("acme-token-1"), f"{FORM_TYPE}; charset=UTF-8", None, ADVICE),
    "form with the second token": (form("acme-token-2"), FORM_TYPE, None, ADVICE),
    "form with both tokens": (form("acme-token-1"), FORM_TYPE, "acme-token-1", ADVICE),
    "form with two tokens of a seller": (form("acme-token-2"), FORM_TYPE, "acme-token-1", ADVICE),
    "form without a token, with the header": (b"prod=7&a=b", FORM_TYPE, "acme-token-1", ADVICE),
    "JSON": (flat("acme-token-1"), "application/json", None, ADVICE),
    "JSON with both tokens": (flat("acme-token-1"), "application/json", "acme-token-1", ADVICE),
    "wrong token": (form("acme-token-9"), FORM_TYPE, None, STRANGER),
    "empty token": (form(""), FORM_TYPE, None, STRANGER),
    "no token": (b"prod=7&email=rita%40example.com", FORM_TYPE, None, STRANGER),
    "two tokens": (form("acme-token-1") + b"&hottok=acme-token-1", FORM_TYPE, None, STRANGER),
    "wrong header": (form("acme-token-1"), FORM_TYPE, "acme-token-9", STRANGER),
    "token of another seller": (form("nube-token-1"), FORM_TYPE, "acme-token-1", STRANGER),
    "wrong token in the body": (form("acme-token-9"), FORM_TYPE, "acme-token-1", STRANGER),
    "JSON with a wrong token": (flat("acme-token-9"), "application/json", None, STRANGER),
    "JSON with a number": (flat(7), "application/json", None, STRANGER),
    "JSON that is broken": (flat("acme-token-1")[:-1], "application/json", None, STRANGER),
    "JSON that is deep": (b'{"hottok":' + b"[" * 30_000, "application/json", None, STRANGER),
    "version 2.0.0": (
        json.dumps({**approved("no-header"), "hottok": "acme-token-1"}).encode(),
        "application/json",
        None,
        STRANGER,
    ),
    "another type": (form("acme-token-1"), "text/plain", None, STRANGER),
    "no type": (form("acme-token-1"), None, None, STRANGER),
    "large": (form("acme-token-1", name="x" * 40_000), FORM_TYPE, None, STRANGER),
    "many fields": (form("acme-token-1") + b"&a=b" * 2_000, FORM_TYPE, None, STRANGER),
    "broken UTF-8": (form("acme-token-1") + b"&name=\xff", FORM_TYPE, None, STRANGER),
}


@pytest.mark.parametrize(
    ("body", "content_type", "token", "reply"), VERSION_1.values(), ids=VERSION_1
)
def test_webhook_1_0_0_is_answered_with_advice_after_its_token_was_checked(
    receiver: Receiver, body: bytes, content_type: str | None, token: str | None, reply: object
) -> None:
    stored_before = rows(receiver).keys()
    assert send(receiver, body, content_type, token) == reply
    event_id = f"sha256 {hashlib.sha256(body).hexdigest()}"
    added = {("acme", event_id)} if reply == ADVICE else set()
    assert rows(receiver).keys() == stored_before | added


def test_webhook_1_0_0_is_quarantined_without_its_contents(receiver: Receiver) -> None:
    body = form("acme-token-1", name="Rita", doc="12345678909")
    assert send(receiver, body) == send(receiver, body) == ADVICE
    receiver.fold()
    command = smartinst(receiver.place, "quarantine", "--json")
    digest = hashlib.sha256(body).hexdigest()
    (row,) = [row for row in json.loads(command.stdout) if digest in row["source"]]
    assert (row["seller_id"], row["reason"]) == ("acme", VERSION_1_REFUSAL)
    assert row["excerpt"] == f"sha256 {digest}, {len(body)} bytes"
    assert not [word for word in (*PRIVATE, "Rita", "rita") if word in command.stdout]


def test_a_large_body_without_the_header_is_not_read_to_its_end(receiver: Receiver) -> None:
    for headers in ({"Content-Length": str(1 << 40)}, {"Transfer-Encoding": "chunked"}):
        connection = receiver.connection()
        connection.putrequest("POST", "/")
        for name, text in {"Content-Type": FORM_TYPE, **headers}.items():
            connection.putheader(name, text)
        connection.endheaders()
        if "Transfer-Encoding" in headers:
            connection.send(b"9000\r\n" + b"x" * 0x9000 + b"\r\n")
        assert connection.getresponse().status == 401
        connection.close()


def test_a_body_with_a_bad_token_is_taken_before_the_reply_to_it(receiver: Receiver) -> None:
    """A proxy that is still sending would answer 502 if the connection were closed."""
    body = b"x" * ((64 << 10) - 1)
    for token in ("nobodys-token", None):
        connection = receiver.connection()
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", str(len(body)))
        if token:
            connection.putheader("X-HOTMART-HOTTOK", token)
        connection.endheaders()
        for start in range(0, len(body), 1 << 12):
            connection.send(body[start : start + (1 << 12)])
            time.sleep(0.005)
        assert connection.getresponse().status == 401
        connection.close()


# --- the process ----------------------------------------------------------------------------------


def test_health_and_metrics_show_the_backlog_and_replies(receiver: Receiver) -> None:
    receiver.fold()
    receiver.post(approved("waits"))
    code, reply = receiver.get("/health")
    assert code == 200
    assert json.loads(reply)["waiting"] == 1
    assert receiver.get("/metrics")[0] == 405
    reply = receiver.metrics()
    assert "\nsmartinst_inbox_waiting 1.0\n" in reply
    assert 'smartinst_webhook_answers_total{outcome="kept"}' in reply
    assert not [word for word in (*PRIVATE, "Rita") if word in reply]


def test_events_are_received_by_post_only(receiver: Receiver) -> None:
    assert receiver.get("/anything")[0] == 405


def test_the_receiver_folds_exits_with_0_and_logs_nothing_private(
    tmp_path: Path, database: str
) -> None:
    with Receiver(tmp_path / "place", database) as receiver:
        for event in events(20):
            assert receiver.post(event)[0] == 200
        receiver.post(b"{")
        receiver.post(approved("stranger"), "acme-token-9")
        while json.loads(receiver.get("/health")[1])["waiting"]:
            assert receiver.process.poll() is None
    assert receiver.process.returncode == 0
    assert not receiver.log_lines
    assert receiver.fold()["read"] == 0


def test_an_address_in_use_is_an_error_of_one_line(receiver: Receiver) -> None:
    port = receiver.address.rpartition(":")[2]
    command = smartinst(receiver.place, "webhooks", "--port", port)
    assert command.returncode == 1
    assert (
        command.stderr
        == f"smartinst: cannot listen on 127.0.0.1 port {port}: Address already in use\n"
    )


def test_a_receiver_without_any_token_says_so(tmp_path: Path) -> None:
    with Receiver(
        tmp_path, f"sqlite:///{tmp_path / 'state.db'}", "--no-fold", SMARTINST_HOME="var"
    ) as receiver:
        assert receiver.post(approved("nobody")) == (401, "bad_token")
    assert "no seller has a token" in receiver.log_lines[0]
