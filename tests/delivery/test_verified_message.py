"""A message whose bytes read differently than expected is refused, and no other message is."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any, Final

import pytest

from smartinst.addresses import Mailbox
from smartinst.delivery import delivery_ledger, message
from smartinst.delivery.transport.verified_message import ExpectedHeaders, header_mismatches
from smartinst.settings import MailSettings
from tests.delivery.test_tick import MONDAY, OPERATOR, DeliveryService, service

__all__ = ["service"]

EXPECTED: Final = ExpectedHeaders(
    Mailbox("Reports", "r@x.example"),
    "owner@example.com",
    "<1@x.example>",
    "en",
    "https://x.example/stop?s=acme",
    "help@x.example",
)
CONTENT: Final = b"""\
From: Reports <r@x.example>
To: =?utf-8?q?Ana=2C_Bia?=
 <owner@example.com>
Reply-To: help@x.example
Subject: Report
Date: Mon, 02 Nov 2026 10:00:00 +0000
Message-ID: <1@x.example>
List-Unsubscribe: <https://x.example/stop?s=acme>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=="
Content-Language: en

--==
Content-Type: text/plain
Content-Language: en

text
--==
Content-Type: text/html
Content-Language: en

<p>text</p>
--==--
""".replace(b"\n", b"\r\n")
LINK: Final = b"<https://x.example/stop?s=acme>"


def test_a_message_as_expected_has_no_mismatch() -> None:
    assert list(header_mismatches(CONTENT, EXPECTED)) == []


@pytest.mark.parametrize(
    ("old", "new", "mismatch"),
    [
        (b"=?utf-8?q?Ana=2C_Bia?=", b"Ana, Bia", "To: expected only owner@example.com"),
        (b"=?utf-8?q?Ana=2C_Bia?=", b"Ana <b@x.example>,", "To: expected only"),
        (b"<owner@example.com>", b"<other@example.com>", "To: expected only"),
        (b"Subject:", b"To: b@x.example\r\nSubject:", "unexpected or repeated: to"),
        (b"Subject:", b"Bcc: b@x.example\r\nSubject:", "unexpected or repeated: bcc"),
        (b"Subject:", b"Reply-To: b@x.example\r\nSubject:", "unexpected or repeated: reply-to"),
        (b"Reply-To: help@", b"Reply-To: other@", "Reply-To: expected only help@x.example"),
        (b"Subject: Report\r\n", b"", "missing: subject"),
        (b"From: Reports", b"From: Other", "From: expected ('Reports', 'r@x.example')"),
        (b"<r@x.example>", b"<s@x.example>", "From: expected"),
        (b"<1@x.example>", b"<2@x.example>", "Message-ID: expected <1@x.example>"),
        (LINK, b"<https://x.example/>", "List-Unsubscribe: expected <https://x.example/stop"),
        (LINK, b"\r\n " + LINK, "List-Unsubscribe: expected"),
        (LINK, b"=?utf-8?q?=3Chttps=3A//x=2Eexample/stop=3E?=", "List-Unsubscribe: expected"),
        (b"Subject: Report", b"Subject: Report\nBcc: b@x.example", "not printable ASCII"),
        (b"Subject: Report", b"Subject: Report\r\rBcc: b@x.example", "not printable ASCII"),
        (b"Subject: Report", "Subject: Relatório".encode(), "not printable ASCII"),
        (b"Subject: Report", b"Subject: " + b"x" * 999, "too long"),
        (b"Content-Language: en\r\n\r\ntext", b"\r\ntext", "text/plain: expected Content-Language"),
        (b"Content-Language: en\r\n\r\n<p>", b"\r\n<p>", "text/html: expected Content-Language"),
        (b"--==--", b"", "multipart/alternative: CloseBoundaryNotFoundDefect"),
    ],
)
def test_every_mismatch_is_named(old: bytes, new: bytes, mismatch: str) -> None:
    assert old in CONTENT
    mismatches = list(header_mismatches(CONTENT.replace(old, new, 1), EXPECTED))
    assert any(mismatch in text for text in mismatches), mismatches


def write_second_recipient(patch: pytest.MonkeyPatch) -> None:
    """Makes the composer write a second recipient into the messages to acme."""
    compose = message.compose

    def composed(*arguments: Any, **options: Any) -> EmailMessage:
        written = compose(*arguments, **options)
        if arguments[2].id == "acme":
            del written["To"]
            written["To"] = "acme@example.com, b@x.example"
        return written

    patch.setattr(message, "compose", composed)


def test_a_delivery_with_wrong_headers_is_refused_and_can_be_retried(
    service: DeliveryService,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        write_second_recipient(patch)
        report = service.tick()
    assert service.states() == {"acme": "refused", "nube": "sent"}
    assert service.server.accepted_counts == {"nube@example.com": 1}
    (problem,) = report.problems
    assert "refused: not sent, its headers are wrong: To: expected only acme@" in problem
    assert "b@x.example" in problem
    with service.engine.begin() as connection:
        (row,) = [
            row for row in delivery_ledger.list_deliveries(connection) if row["state"] == "refused"
        ]
        delivery_ledger.requeue(connection, row["id"], MONDAY)
    service.tick()
    assert service.states() == {"acme": "sent", "nube": "sent"}
    assert row["message_id"] in service.server.message_ids


def test_the_operator_can_be_configured_with_a_name(service: DeliveryService) -> None:
    mail = MailSettings(operator=f"Plantão <{OPERATOR}>")
    service.settings = service.settings.model_copy(update={"mail": mail})
    service.errors["acme"] = "cell 3"
    service.tick()
    assert [text.count("cell 3") for text in service.server.notice_texts] == [1]
