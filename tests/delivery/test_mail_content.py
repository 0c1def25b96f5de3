"""A mail fits its report: subject, buyers or figures, replies, sizes, links and dark mode."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from smartinst.delivery.message import compose, subject_period
from smartinst.delivery.transport.serialization import serialize
from smartinst.i18n.locales import Locale
from smartinst.pages.mail.content import MailContext, mail_content, recovery_tables
from smartinst.pages.mail.picture import mail_picture
from smartinst.pages.mail.plain_text import other_buyers
from smartinst.pages.reading.blocks import KeyFigures
from smartinst.pages.reading.report import Report, read_report
from smartinst.report.period import PeriodName
from smartinst.report.recovery import RECOVERY_COLUMNS
from smartinst.report.table import Table
from smartinst.runs.definitions import Definition
from smartinst.settings import MailSettings, Seller, Settings
from smartinst.shipped import NOTEBOOKS
from tests.support.executed import execute_in_process
from tests.support.workspace import AS_OF

LANGUAGES = ("pt-BR", "es", "en")
MESSAGE_ID = "<1.recovery.acme@example.com>"
INTERNAL_WORDS = re.compile(
    r"--[a-z]|smartinst |\bPAR ?30\b|billing.type|max_age|\bNone\b|\bnull\b|\bNaN\b|ipynb|\{"
)

NotebookOf = Callable[[str, str], Path]


@pytest.fixture(scope="module")
def notebooks(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookOf:
    """NotebookOf shipped notebooks of one seller, by notebook and language."""
    folder, paths = tmp_path_factory.mktemp("mails"), dict[tuple[str, str], Path]()

    def notebook(name: str, tag: str) -> Path:
        if (name, tag) not in paths:
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(workspace)
                paths[name, tag] = execute_in_process(
                    NOTEBOOKS / f"{name}.ipynb",
                    folder / f"{name}-{tag}.ipynb",
                    seller="acme",
                    as_of=AS_OF.isoformat(),
                    locale=tag,
                )
        return paths[name, tag]

    return notebook


def mail(
    notebook: Path, tag: str = "en", settings: MailSettings | None = None, **overrides: Any
) -> EmailMessage:
    """The message about a notebook with a PDF and a workbook, as a mail program parses it."""
    artifacts = {kind: notebook.with_suffix(f".{kind}") for kind in ("pdf", "xlsx")}
    for path in artifacts.values():
        path.write_bytes(b"x" * 3_000)
    values = {
        "name": "recovery-daily",
        "title": "Recovery",
        "notebook": notebook.name,
        "period": "day",
        "delivery": {"attach": ("pdf", "xlsx")},
        **overrides,
    }
    seller = Seller(id="acme", name="Acme", email="owner@example.com", locale=tag)
    message = compose(
        notebook,
        artifacts,
        seller,
        Definition.model_validate(values),
        f"{AS_OF}T08:30",
        MESSAGE_ID,
        Settings(mail=settings or MailSettings(), home=notebook.parent, workspace=notebook.parent),
    )
    return message_from_bytes(serialize(message), policy=policy.default)


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def links_of(message: EmailMessage) -> list[str]:
    return re.findall(r'href="([^"]+)"', text_of(message, "html"))


def debtors_of(notebook: Path) -> list[str]:
    """The buyers in the tables of a recovery report, first to contact first."""
    tables = recovery_tables(read_report(notebook).blocks)
    rows = [
        (int(table.value("rank", row)), str(table.value("buyer", row)))
        for table in tables
        for row in table.rows
    ]
    return [buyer for _, buyer in sorted(rows)]


def recovery_report(count: int) -> Report:
    """A recovery report of two groups whose ranks alternate; every third buyer has no phone."""
    columns = RECOVERY_COLUMNS
    rows = [
        (
            *(rank, f"Buyer {rank}", f"b{rank}@example.com", "Course", rank, "EUR", 100 * rank),
            *(None, None, f"https://wa.me/{rank}" if rank % 3 else None),
        )
        for rank in range(1, count + 1)
    ]
    tables = [
        Table(f"recovery_{part}", part, columns, tuple(rows[start::2]), role="recovery")
        for start, part in enumerate(("ask", "change"))
    ]
    return Report(
        Path("r.ipynb"), (KeyFigures("8 buyers.", (), (), "No data after 2 Dec."), *tables)
    )


@pytest.mark.parametrize(
    ("tag", "texts"),
    [
        (
            "pt-BR",
            ("1 de dezembro de 2026", "semana até 1 de dezembro de 2026", "novembro de 2026"),
        ),
        (
            "es",
            (
                "1 de diciembre de 2026",
                "semana hasta el 1 de diciembre de 2026",
                "noviembre de 2026",
            ),
        ),
        ("en", ("December 1, 2026", "week to December 1, 2026", "November 2026")),
    ],
)
def test_a_subject_has_the_period_of_the_report(tag: str, texts: tuple[str, str, str]) -> None:
    periods: tuple[PeriodName | None, ...] = (None, "day", "week", "month")
    day, locale = date(2026, 12, 1), Locale(tag)
    assert [subject_period(name, day, locale) for name in periods] == [texts[0], *texts]


def test_the_subject_of_a_monday_has_the_week_that_is_over() -> None:
    assert subject_period("week", date(2026, 11, 30), Locale("en")) == "week to November 29, 2026"


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_recovery_mail_has_the_first_five_buyers_with_their_buttons(
    notebooks: NotebookOf, tag: str
) -> None:
    notebook = notebooks("recovery", tag)
    debtors = debtors_of(notebook)
    assert debtors
    message = mail(notebook, tag)
    html, text = text_of(message, "html"), text_of(message, "plain")
    for buyer in debtors[:5]:
        assert buyer in html
        assert buyer in text
    links = links_of(message)
    assert 0 < len(links) <= 5
    assert all(link.startswith("https://wa.me/") for link in links)
    assert all(link.replace("&amp;", "&") in text for link in links)
    assert "cid:" not in html


def test_the_first_five_of_all_groups_are_listed_by_rank_and_the_others_counted() -> None:
    locale = Locale("en")
    attached = MailContext("Recovery", "today", ("list.pdf",))
    content = mail_content(recovery_report(8), locale, attached, "{name}")
    assert [buyer.name for buyer in content.buyers] == [f"Buyer {rank}" for rank in range(1, 6)]
    assert [buyer.link for buyer in content.buyers][:3] == [
        "https://wa.me/1",
        "https://wa.me/2",
        "",
    ]
    assert content.buyers[2].email == "b3@example.com"
    assert content.buyers[2].email_link == "mailto:b3@example.com"
    assert content.buyers[0].email_link == ""
    assert content.buyers[0].delay == "1 day late"
    assert content.buyers_omitted == 3
    assert content.note == "No data after 2 Dec."
    assert other_buyers(3, attached, locale) == "3 more buyers are in the attached list."
    assert other_buyers(1, MailContext("Recovery", "today"), locale) == "and 1 more buyer"


@pytest.mark.parametrize(
    ("tag", "texts"),
    [
        (
            "pt-BR",
            ("Mais 1 comprador está na lista anexa.", "Mais 2 compradores estão na lista anexa."),
        ),
        (
            "es",
            (
                "1 comprador más está en la lista adjunta.",
                "2 compradores más están en la lista adjunta.",
            ),
        ),
    ],
)
def test_counts_of_buyers_have_plural_forms(tag: str, texts: tuple[str, str]) -> None:
    attached = MailContext("Recovery", "today", ("list.pdf",))
    assert tuple(other_buyers(count, attached, Locale(tag)) for count in (1, 2)) == texts


def test_names_of_buyers_can_be_kept_out_of_the_body(notebooks: NotebookOf) -> None:
    notebook = notebooks("recovery", "en")
    message = mail(notebook, delivery={"attach": ("pdf",), "buyers_in_body": False})
    for content in (text_of(message, "html"), text_of(message, "plain")):
        assert "wa.me" not in content
        assert not [buyer for buyer in debtors_of(notebook) if buyer in content]
        assert re.search(r"\d+ buyers to write to today", content)


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("name", ["seller", "recovery"])
def test_mails_have_no_internal_words_and_name_only_attached_files(
    notebooks: NotebookOf, name: str, tag: str
) -> None:
    message = mail(notebooks(name, tag), tag, period="week")
    attached = {part.get_filename() for part in message.iter_attachments()}
    html, text = text_of(message, "html"), text_of(message, "plain")
    body = re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    for content in (f"{message['Subject']} {body}", text):
        assert not INTERNAL_WORDS.search(content), INTERNAL_WORDS.search(content)
        names = set(re.findall(r"[\w-]+\.(?:pdf|xlsx|html)\b", content))
        assert names <= attached
    assert attached == set(re.findall(r"[\w-]+\.(?:pdf|xlsx)", text))
    assert len(html.encode()) < 100_000


def test_attachments_are_named_in_the_language_of_the_reader(notebooks: NotebookOf) -> None:
    names = {
        tag: [
            part.get_filename() for part in mail(notebooks("recovery", tag), tag).iter_attachments()
        ]
        for tag in LANGUAGES
    }
    assert names == {
        "pt-BR": ["recuperacao-acme-2026-10-31.pdf", "recuperacao-acme-2026-10-31.xlsx"],
        "es": ["recuperacion-acme-2026-10-31.pdf", "recuperacion-acme-2026-10-31.xlsx"],
        "en": ["recovery-acme-2026-10-31.pdf", "recovery-acme-2026-10-31.xlsx"],
    }


def test_a_mail_of_figures_has_one_small_picture_of_the_main_currency(
    notebooks: NotebookOf,
) -> None:
    message = mail(notebooks("seller", "en"), period="week")
    html = text_of(message, "html")
    widths = re.findall(r'<img [^>]*class="(\w+)"[^>]*width="(\d+)"', html)
    assert dict(widths).keys() == {"light", "dark"}
    assert all(400 <= int(width) <= 536 for _, width in widths)
    assert all("width:100%" in style for style in re.findall(r'<img [^>]*style="([^"]+)"', html))
    cards = re.findall(r"<strong[^>]*>([A-Z]{3})</strong>", html)
    assert len(cards) == 1
    (alternative,) = set(re.findall(r'<img [^>]*alt="([^"]+)"', html))
    assert alternative.startswith("Received by month")
    assert "more currenc" in html


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        (MailSettings(), "reports@example.com"),
        (MailSettings(reply_to="Help <help@example.com>"), "help@example.com"),
    ],
    ids=["sender", "configured"],
)
def test_a_mail_says_who_sends_it_and_where_replies_go(
    notebooks: NotebookOf, settings: MailSettings, address: str
) -> None:
    message = mail(notebooks("recovery", "en"), "en", settings)
    assert [mailbox.addr_spec for mailbox in message["Reply-To"].addresses] == [address]
    for content in (text_of(message, "html"), text_of(message, "plain")):
        assert f"Replies go to {address}." in content
        assert "sends you this report on schedule" in content


def test_an_attachment_above_the_limit_is_left_out_with_a_sentence_or_a_link(
    notebooks: NotebookOf,
) -> None:
    notebook = notebooks("recovery", "en")
    limited = MailSettings(max_mb=0.005)  # one file of 3,000 bytes is 4,105 bytes in base64
    message = mail(notebook, "en", limited)
    assert [part.get_filename() for part in message.iter_attachments()] == [
        "recovery-acme-2026-10-31.pdf"
    ]
    for content in (text_of(message, "html"), text_of(message, "plain")):
        assert "recovery-acme-2026-10-31.xlsx is too large for an e-mail" in content
    assert not [link for link in links_of(message) if "wa.me" not in link]
    run = notebook.parent / "runs" / "acme"
    run.mkdir(parents=True, exist_ok=True)
    copy = run / notebook.name
    copy.write_bytes(notebook.read_bytes())
    settings = MailSettings(max_mb=0.005, files="https://files.example.com/{path}")
    values = {"name": "r", "title": "Recovery", "notebook": "n.ipynb"}
    files = {kind: copy.with_suffix(f".{kind}") for kind in ("pdf", "xlsx")}
    for path in files.values():
        path.write_bytes(b"x" * 3_000)
    linked = compose(
        copy,
        files,
        Seller(id="acme", name="Acme", email="owner@example.com"),
        Definition.model_validate({**values, "delivery": {"attach": ("pdf", "xlsx")}}),
        f"{AS_OF}T08:30",
        MESSAGE_ID,
        Settings(mail=settings, home=notebook.parent),
    )
    links = [link for link in links_of(linked) if "wa.me" not in link]
    assert links == [f"https://files.example.com/acme/{copy.stem}.xlsx"]


@pytest.mark.parametrize("address", ["http://x.example/{path}", "https://x.example/", "/{path}"])
def test_the_address_of_files_is_https_and_has_a_path(address: str) -> None:
    with pytest.raises(ValueError, match="files"):
        MailSettings(files=address)


def test_a_mail_has_rules_for_dark_mode_without_custom_properties(notebooks: NotebookOf) -> None:
    html = text_of(mail(notebooks("recovery", "en")), "html")
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme" in html
    assert "var(" not in html


def test_an_unsubscribe_address_is_text_and_a_page_is_a_link(notebooks: NotebookOf) -> None:
    notebook = notebooks("seller", "en")
    address = mail(notebook, "en", MailSettings(unsubscribe="mailto:stop@example.com"))
    assert links_of(address) == []
    assert "Stop receiving it: stop@example.com" in text_of(address, "html")
    page = mail(notebook, "en", MailSettings(unsubscribe="https://example.com/stop?s={seller}"))
    assert links_of(page) == ["https://example.com/stop?s=acme"]


def test_the_picture_has_the_same_amounts_from_the_dataset_the_chart_and_the_table(
    notebooks: NotebookOf,
) -> None:
    report, locale = read_report(notebooks("seller", "en")), Locale("en")
    currency = str(
        next(b for b in report.blocks if isinstance(b, KeyFigures)).currencies[0]["currency"]
    )
    for_print = replace(report, dataset=None)
    tables = [block for block in report.blocks if isinstance(block, Table)]
    whole = tuple(replace(table, total_rows=len(table.rows)) for table in tables)
    pictures = [
        mail_picture(source, currency, locale, "{name}")
        for source in (report, for_print, replace(for_print, blocks=whole))
    ]
    assert pictures[0] is not None
    assert pictures == [pictures[0]] * 3
    part = tuple(replace(table, total_rows=len(table.rows) + 1) for table in tables)
    assert mail_picture(replace(for_print, blocks=part), currency, locale, "{name}") is None
    assert currency in pictures[0].title


def test_a_weekly_mail_has_a_picture_of_the_last_six_weeks_in_two_modes() -> None:
    history = [0, 100, 200, 300, 400, 500, 600, 123_456]
    items = [{"name": "received", "label": "Received", "minor": 123_456, "history": history}]
    figures = KeyFigures("", ({"currency": "EUR", "items": items},), ())
    report = Report(Path("w.ipynb"), (figures,), {"period_end": "2026-10-31"})
    picture = mail_picture(report, "EUR", Locale("pt-BR"), "{name}")
    assert picture is not None
    assert picture.title == "Recebido por semana, EUR"
    assert "até 26/09/2026 € 2,00" in picture.sentence
    assert picture.sentence.endswith("até 31/10/2026 € 1.234,56.")
    assert 400 <= picture.width <= 536
    assert picture.dark is not None
    assert (picture.dark.width, picture.dark.sentence) == (picture.width, picture.sentence)
    assert picture.dark.png != picture.png
