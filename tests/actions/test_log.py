"""The log of actions: its texts in every language, and logs written by earlier versions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert

from smartinst.actions.calls import Call
from smartinst.actions.log import ActionLog
from smartinst.dashboard.plan.call_history import call_rows
from smartinst.database.engine import connected
from smartinst.database.schema import ACTION_EVENTS
from smartinst.hotmart.api.replies import reply_text
from smartinst.i18n import platform_messages as messages
from smartinst.i18n.locales import Locale
from smartinst.i18n.message import TranslatableText, decode_text, encode_text, translate
from smartinst.i18n.platform_messages import call_error
from tests.support.workspace import configuration, smartinst

EARLIER_LOG = Path(__file__).with_name("log_of_earlier_version.json")
"""The events of a log that version 0.1.0 wrote."""
ENGLISH = re.compile(
    r"\b(the|answered|done|in time|platform|sent|read back|interrupted|doubt|settled)\b"
)
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
CALL = Call("call-7", "acme", "20000001", "refund", "HP7", "HP7", 7, 4000, "EUR")


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    with connected(database) as engine:
        yield engine


def earlier_events() -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(EARLIER_LOG.read_text(encoding="utf-8"))
    return events


def insert_earlier_events(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(ACTION_EVENTS), earlier_events())


def test_a_log_of_an_earlier_version_is_intact_and_keeps_its_texts(engine: Engine) -> None:
    insert_earlier_events(engine)
    log = ActionLog(engine)
    assert log.first_broken_event() is None
    assert [(call["state"], call["detail"]) for call in log.calls()] == [
        ("done", "answered 200"),
        ("done", "PUT /sales/HP2/refund: no answer in time; read back: the platform shows it"),
        ("not_done", "400 invalid_parameter: refused"),
        ("done", "settled by hand: looked it up; it was there, não há dúvida"),
        ("done", "answered 201, transaction HPN12001"),
        ("in_doubt", "about to be called"),
    ]


def test_a_log_of_an_earlier_version_goes_on_and_shows_a_change_in_either_part(
    engine: Engine,
) -> None:
    insert_earlier_events(engine)
    log = ActionLog(engine)
    assert log.begin(CALL, NOW, allowed=(None,)) is None
    log.record(CALL, "done", NOW, TranslatableText(messages.ANSWER, answer=200))
    assert log.first_broken_event() is None
    assert log.head()[0] == len(earlier_events()) + 2
    for number in (2, len(earlier_events()) + 2):
        with engine.begin() as connection:
            is_event = ACTION_EVENTS.c.number == number
            detail = (
                connection.execute(ACTION_EVENTS.select().where(is_event))
                .mappings()
                .one()["detail"]
            )
            connection.execute(ACTION_EVENTS.update().where(is_event).values(detail="changed"))
        assert log.first_broken_event() == number
        with engine.begin() as connection:
            connection.execute(ACTION_EVENTS.update().where(is_event).values(detail=detail))


def test_calls_of_an_earlier_version_are_shown_in_portuguese_with_their_english_reasons(
    engine: Engine,
) -> None:
    insert_earlier_events(engine)
    rows = call_rows(
        ActionLog(engine).calls_of("acme"), Locale("pt-BR"), ZoneInfo("America/Sao_Paulo")
    )
    results = [(row["state_name"], row["detail"]) for row in rows]
    assert len(results) == 6
    assert len([detail for _, detail in results if detail.startswith("answered 20")]) == 2
    assert ("não feito", "400 invalid_parameter: refused") in results
    assert "em dúvida" in dict(results)
    assert "30/10/2026 06:01" in [row["texts"][0] for row in rows]


def test_the_command_lists_and_verifies_a_log_of_an_earlier_version(tmp_path: Path) -> None:
    configured = configuration({"acme": ("pt-BR", "America/Sao_Paulo")})
    (tmp_path / "smartinst.toml").write_text(configured, encoding="utf-8")
    with connected(f"sqlite:///{tmp_path / 'var' / 'smartinst.db'}") as engine:
        insert_earlier_events(engine)
        ActionLog(engine).begin(CALL, NOW, allowed=(None,))
        ActionLog(engine).record(CALL, "not_done", NOW, reply_text("400 invalid_parameter"))
    calls = json.loads(smartinst(tmp_path, "act", "log", "--json").stdout)
    assert [call["detail"] for call in calls][-3:] == [
        "answered 201, transaction HPN12001",
        "about to be called",
        "the platform answered 400 invalid_parameter",
    ]
    assert smartinst(tmp_path, "act", "verify").returncode == 0


@pytest.mark.parametrize("tag", ["pt-BR", "es"])
@pytest.mark.parametrize(
    "detail",
    [
        TranslatableText(messages.ANSWER, answer=200),
        TranslatableText(messages.ANSWER_WITH_TRANSACTION, answer=201, transaction="HPN12001"),
        call_error("PUT /sales/HP1/refund", TranslatableText(messages.NO_ANSWER)),
        TranslatableText(
            messages.REASON_AND_OUTCOME,
            why=call_error("PUT /sales/HP1/refund", TranslatableText(messages.NO_ANSWER)),
            what=TranslatableText(messages.READ_BACK, what=TranslatableText(messages.EFFECT_SHOWN)),
        ),
        TranslatableText(
            messages.REASON_AND_OUTCOME,
            why=reply_text("500 internal_server_error"),
            what=TranslatableText(messages.READ_BACK, what=TranslatableText(messages.EFFECT_SHOWN)),
        ),
        TranslatableText(messages.READ_BACK, what=TranslatableText(messages.EFFECT_SHOWN)),
        TranslatableText(
            messages.NOT_SENT,
            what=call_error(
                "POST /installments/negotiate", TranslatableText(messages.NO_CONNECTION)
            ),
        ),
        TranslatableText(
            messages.NOT_SENT,
            what=call_error(
                "PUT /sales/HP1/refund", TranslatableText(messages.RATE_LIMITED, minutes=10)
            ),
        ),
        TranslatableText(messages.INTERRUPTED),
        TranslatableText(messages.SETTLED_BY_HAND, note="looked it up; it was there"),
        reply_text("400 invalid_parameter"),
        TranslatableText(
            messages.NOT_SENT,
            what=TranslatableText(messages.CREDENTIALS_REFUSED, reply="401 invalid_client"),
        ),
        call_error(
            "GET /sales/history",
            call_error("token", TranslatableText(messages.NO_CONNECTION)),
        ),
        TranslatableText(messages.NEGOTIATED, numbers="1, 2", day=date(2026, 10, 31)),
    ],
)
def test_a_recorded_reason_is_read_in_the_readers_language(tag: str, detail: str) -> None:
    stored = decode_text(encode_text(detail))
    assert stored == detail
    translated = translate(stored, Locale(tag))
    assert translated != detail
    assert not ENGLISH.search(translated.replace("looked it up; it was there", ""))
    assert all(word in translated for word in re.findall(r"HP\w+|\b\d{3}\b", detail))


@pytest.mark.parametrize(
    "text",
    [
        "answered 200",
        '{"message":',
        '{"message":"the platform shows it"}',
        '{"message":"answered {answer}","values":{}}',
        '{"message":"{a.b}","values":{"a":1}}',
        '{"message":"{0}","values":{}}',
        '{"message":1,"values":{}}',
        '{"message":"{","values":{}}',
    ],
)
def test_a_stored_text_that_is_no_message_with_its_values_is_read_as_it_is(text: str) -> None:
    assert decode_text(text) == text


def test_recorded_texts_are_one_line_of_limited_length() -> None:
    note = "a\nb " + "x" * 900
    detail = decode_text(encode_text(TranslatableText(messages.SETTLED_BY_HAND, note=note)))
    assert detail.startswith(messages.SETTLED_BY_HAND.format(note="a b xxx"))
    assert len(detail) < 530
    assert len(encode_text(note)) == 500
