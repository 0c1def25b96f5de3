"""A message has the notebook's content and the seller's language; headers cannot be injected."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest

from smartinst.addresses import parse_mailbox
from smartinst.delivery.message import compose, unsubscribe_link
from smartinst.delivery.transport.folder import FolderTransport, open_transport
from smartinst.delivery.transport.send_result import OwnFault, Sent
from smartinst.delivery.transport.smtp import SmtpTransport
from smartinst.delivery.transport.verified_message import (
    ExpectedHeaders,
    VerifiedMessage,
    verify_message,
)
from smartinst.errors import ConfigurationError, ReportError
from smartinst.report.book import open_book
from smartinst.runs.definition_sections import Delivery
from smartinst.runs.definitions import Definition
from smartinst.settings import DeliverySettings, MailSettings, Seller, Settings, load_settings
from tests.support.executed import write_executed
from tests.support.golden import assert_matches_golden
from tests.support.workspace import AS_OF

MESSAGE_ID = "<1.weekly.acme@example.com>"
COMMON_WORDS = {
    "pt-BR": {
        "não",
        "são",
        "parcelas",
        "em",
        "dos",
        "seu",
        "sua",
        "receber",
        "da",
        "na",
        "um",
        "uma",
        "moeda",
    },
    "es": {
        "los",
        "las",
        "el",
        "y",
        "con",
        "su",
        "cuotas",
        "del",
        "al",
        "en",
        "una",
        "adjunto",
        "según",
        "cobrar",
    },
    "en": {
        "the",
        "and",
        "of",
        "your",
        "is",
        "this",
        "for",
        "to",
        "with",
        "by",
        "attached",
        "received",
        "overdue",
    },
}

MAIN_PART_ENDS = {
    "pt-BR": "O relatório completo",
    "es": "El informe completo",
    "en": "The full report",
}


@pytest.fixture(scope="module")
def notebooks(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, int], Path]:
    """Executed notebooks by language and number of currencies."""
    folder, settings = tmp_path_factory.mktemp("mail"), load_settings(workspace, {})
    wheres: dict[int, dict[str, str]] = {1: {"currency": "USD"}, 5: {}}
    return {
        (tag, count): write_executed(
            folder / f"seller-acme-{tag}-{count}.ipynb",
            open_book("acme", AS_OF, wheres[count], locale=tag, settings=settings),
        )
        for tag, count in [*((tag, 1) for tag in COMMON_WORDS), ("es", 5)]
    }


def seller(locale: str = "en", **overrides: object) -> Seller:
    values = {
        "id": "acme",
        "name": "Acme Cursos",
        "email": "owner@example.com",
        "timezone": "America/Sao_Paulo",
    }
    return Seller.model_validate({**values, "locale": locale, **overrides})


def sent_message(
    executed: Path, to: Seller, mail: MailSettings | None = None, **overrides: object
) -> EmailMessage:
    """The message as a mail program parses it."""
    content = sent_bytes(executed, to, mail, **overrides)
    return message_from_bytes(content, policy=policy.default)


def sent_bytes(
    executed: Path, to: Seller, mail: MailSettings | None = None, **overrides: object
) -> bytes:
    """The message as it is sent."""
    pdf = executed.with_name("weekly-acme-2026-11-01.pdf")
    pdf.write_bytes(b"%PDF-1.7 none")
    definition = Definition.model_validate(
        {
            "name": "weekly",
            "title": "Smart Installments",
            "notebook": "seller.ipynb",
            "delivery": Delivery(),
            **overrides,
        }
    )
    settings = Settings(mail=mail or MailSettings(), workspace=executed.parent)
    message = compose(
        executed, {"pdf": pdf}, to, definition, "2026-11-02T07:00", MESSAGE_ID, settings
    )
    expected = ExpectedHeaders(
        parse_mailbox(settings.mail.sender),
        to.email,
        MESSAGE_ID,
        to.locale,
        unsubscribe_link(settings, to),
    )
    return verify_message(message, expected).content


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class BodyParser(HTMLParser):
    """The resources that a body loads, and its images without alternative text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loaded, self.without_alt, self.tags = list[str](), list[str](), Counter[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags[tag] += 1
        self.loaded += [
            attributes[name] or "" for name in ("src", "background", "srcset") if name in attributes
        ]
        if tag == "link":
            self.loaded.append(attributes.get("href") or "")
        if tag == "img" and not (attributes.get("alt") or "").strip():
            self.without_alt.append(attributes.get("src") or "")


@pytest.mark.parametrize("tag", list(COMMON_WORDS))
def test_the_message_equals_its_golden_file(
    notebooks: dict[tuple[str, int], Path], tag: str
) -> None:
    message = sent_message(
        notebooks[tag, 1], seller(tag), MailSettings(unsubscribe="mailto:stop@example.com")
    )
    headers = "\n".join(
        f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Date", "Message-ID")
    )
    assert_matches_golden(f"mail-{tag}.txt", f"{headers}\n\n{body(message, 'plain')}")
    assert_matches_golden(f"mail-{tag}.html", body(message, "html"))


@pytest.mark.parametrize("tag", list(COMMON_WORDS))
def test_text_around_the_report_is_in_the_sellers_language(
    notebooks: dict[tuple[str, int], Path], tag: str
) -> None:
    message = sent_message(notebooks[tag, 1], seller(tag))
    text = f"{message['Subject']} {body(message, 'plain').rpartition(MAIN_PART_ENDS[tag])[2]}"
    words = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    scores = {
        language: sum(words[word] for word in common) for language, common in COMMON_WORDS.items()
    }
    assert max(scores, key=lambda language: scores[language]) == tag, scores
    assert f'<html lang="{tag}"' in body(message, "html")


@pytest.mark.parametrize("key", [("pt-BR", 1), ("es", 5)], ids=["cards", "table"])
def test_the_body_loads_nothing_from_outside_and_is_small(
    notebooks: dict[tuple[str, int], Path], key: tuple[str, int]
) -> None:
    message = sent_message(notebooks[key], seller(key[0]))
    html = body(message, "html")
    page = BodyParser(html)
    content_ids = {
        str(part["Content-ID"]).strip("<> ") for part in message.walk() if part["Content-ID"]
    }
    assert len(content_ids) == 2
    assert sorted(page.loaded) == sorted(f"cid:{content_id}" for content_id in content_ids)
    assert not page.without_alt
    assert page.tags["script"] == 0
    assert "url(" not in html
    assert "var(" not in html
    assert len(html.encode()) + len(body(message, "plain").encode()) < 100_000
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert all(
        part.get_content().startswith(b"\x89PNG") and len(part.get_content()) < 600_000
        for part in pictures
    )


def test_exactly_the_files_of_attach_are_attached(notebooks: dict[tuple[str, int], Path]) -> None:
    message = sent_message(notebooks["en", 1], seller())
    assert [
        (part.get_content_type(), part.get_filename()) for part in message.iter_attachments()
    ] == [("application/pdf", "smart-installments-acme-2026-11-02.pdf")]
    assert not list(sent_message(notebooks["en", 1], seller(), delivery=None).iter_attachments())
    with pytest.raises(ReportError, match="attach: no xlsx"):
        sent_message(notebooks["en", 1], seller(), delivery=Delivery(attach=("pdf", "xlsx")))


def test_the_sentence_and_figures_are_those_of_the_notebook(
    notebooks: dict[tuple[str, int], Path],
) -> None:
    from smartinst.pages.reading import blocks
    from smartinst.pages.reading.report import read_report

    report = read_report(notebooks["en", 1])
    (figures,) = (one for one in report.blocks if isinstance(one, blocks.KeyFigures))
    message = sent_message(notebooks["en", 1], seller())
    assert figures.sentence in body(message, "plain")
    for one in figures.currencies:
        assert all(item["label"] in body(message, "html") for item in one["items"])


@pytest.mark.parametrize(
    ("link", "header", "post"),
    [
        (None, None, None),
        ("mailto:stop@example.com", "<mailto:stop@example.com>", None),
        (
            "https://example.com/stop?s={seller}",
            "<https://example.com/stop?s=acme>",
            "List-Unsubscribe=One-Click",
        ),
    ],
    ids=["none", "mailto", "https"],
)
def test_the_unsubscribe_headers_follow_the_configuration(
    notebooks: dict[tuple[str, int], Path], link: str | None, header: str | None, post: str | None
) -> None:
    message = sent_message(notebooks["en", 1], seller(), MailSettings(unsubscribe=link))
    assert message["List-Unsubscribe"] == header
    assert message["List-Unsubscribe-Post"] == post


def test_an_address_of_an_earlier_version_that_is_not_exactly_one_is_rejected(
    notebooks: dict[tuple[str, int], Path],
) -> None:
    recipient = seller().model_copy(update={"email": "a@x.example, b@y.example"})
    with pytest.raises(ConfigurationError, match="seller acme: email"):
        sent_message(notebooks["en", 1], recipient)


@pytest.mark.parametrize(
    "name",
    ["Ana\r\nBcc: b@y.example", "Ana, b@y.example", '"><b@y.example>', "Ação & Cia <x@y.example>"],
)
def test_a_name_cannot_add_recipients(notebooks: dict[tuple[str, int], Path], name: str) -> None:
    message = sent_message(notebooks["en", 1], seller(name=name))
    assert [address.addr_spec for address in message["To"].addresses] == ["owner@example.com"]
    assert message["Bcc"] is None
    assert message["Cc"] is None


@pytest.mark.parametrize("tag", list(COMMON_WORDS))
def test_the_message_and_its_texts_name_their_language(
    notebooks: dict[tuple[str, int], Path], tag: str
) -> None:
    message = sent_message(notebooks[tag, 1], seller(tag))
    languages = [(part.get_content_type(), part["Content-Language"]) for part in message.walk()]
    assert [entry for entry in languages if entry[1]] == [
        ("multipart/mixed", tag),
        ("text/plain", tag),
        ("text/html", tag),
    ]


def test_long_links_and_picture_ids_are_not_encoded(
    notebooks: dict[tuple[str, int], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.MESSAGE_ID", f"<{'1' * 36}@{'x' * 60}.{'y' * 60}.example>")
    link = f"https://example.com/stop/{'z' * 300}?s={{seller}}"
    content = sent_bytes(notebooks["en", 1], seller(), MailSettings(unsubscribe=link))
    message = message_from_bytes(content, policy=policy.default)
    assert f"\r\nList-Unsubscribe: <{link.format(seller='acme')}>\r\n".encode() in content
    content_ids = re.findall(rb"(?m)^Content-ID: <([!-~]+)>\r$", content)
    assert len(content_ids) == 2
    assert all(f"cid:{name.decode()}" in body(message, "html") for name in content_ids)


@pytest.mark.parametrize(
    "link", ["http://example.com", "javascript:alert(1)", "https://x.example>\r\nBcc: b@y.example"]
)
def test_an_unsubscribe_link_with_another_scheme_is_rejected(link: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe"):
        MailSettings(unsubscribe=link)


def test_title_and_date_are_one_line_headers(notebooks: dict[tuple[str, int], Path]) -> None:
    message = sent_message(notebooks["en", 1], seller(), title="Mine\r\nBcc: b@y.example")
    assert message["Subject"] == "Mine Bcc: b@y.example · November 2, 2026"
    assert message["Bcc"] is None
    assert message["Date"].datetime == datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


def test_a_folder_stores_each_message_once(
    tmp_path: Path, notebooks: dict[tuple[str, int], Path]
) -> None:
    content = sent_bytes(notebooks["en", 1], seller())
    message = VerifiedMessage(content, "owner@example.com", MESSAGE_ID)
    with FolderTransport(tmp_path / "outbox") as folder:
        assert [folder.send(message) for _ in range(2)] == [Sent(), Sent()]
    (path,) = (tmp_path / "outbox").iterdir()
    assert path.name == "1.weekly.acme-example.com.eml"
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"] == MESSAGE_ID


def test_a_folder_that_cannot_be_written_is_an_own_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = VerifiedMessage(b"\r\n", "owner@example.com", MESSAGE_ID)
    assert isinstance(FolderTransport(tmp_path / "file").send(message), OwnFault)


def test_the_configuration_chooses_between_server_and_folder(tmp_path: Path) -> None:
    assert isinstance(open_transport(Settings(home=tmp_path)), SmtpTransport)
    transport = open_transport(Settings(home=tmp_path, delivery=DeliverySettings(to="folder")))
    assert isinstance(transport, FolderTransport)
    assert transport.folder == tmp_path / "outbox"
