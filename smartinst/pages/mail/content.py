"""What a mail says: texts, key figures, buyers to write to and one picture, in one language.

HTML and plain text are written from the same content (body.py, plain_text.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from smartinst.addresses import mailto_link
from smartinst.i18n.locales import Locale
from smartinst.pages.layout.headline_view import HeadlineView, view_headline
from smartinst.pages.layout.table_view import CellView, ColumnHead, TableView, view_table
from smartinst.pages.mail.picture import MailPicture, mail_picture
from smartinst.pages.reading.blocks import Block, KeyFigures
from smartinst.pages.reading.report import Report
from smartinst.report.table import Table

COLUMNS: Final = ("received", "overdue", "due_7")
"""Key figures in the table of a mail with several currencies and no attachment."""

MAX_CURRENCIES: Final = 12
MAX_SENTENCE: Final = 1_200
MAX_BUYERS: Final = 5
"""Limits of rows by currency, of a sentence's characters, and of buyers with a button."""


@dataclass(frozen=True)
class MailContext:
    """What a mail says beside its report.

    period       as text, such as `November 2026`
    files        names of the attached files
    sender       name and address of the sender
    reply_to     address of replies
    notes        sentences on files that are not attached
    unsubscribe  link to unsubscribe (None: no link)
    has_buyers   whether buyers' names may be in the body
    """

    title: str
    period: str
    files: tuple[str, ...] = ()
    sender: str = ""
    reply_to: str = ""
    notes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    unsubscribe: str | None = None
    has_buyers: bool = True

    @property
    def period_line(self) -> str:
        """The period as the first words of a line."""
        return self.period[:1].upper() + self.period[1:]

    @property
    def unsubscribe_address(self) -> str:
        """The address to which a message stops the report; empty if that is a web page."""
        link = self.unsubscribe or ""
        return link.removeprefix("mailto:").partition("?")[0] if link.startswith("mailto:") else ""


@dataclass(frozen=True)
class BuyerView:
    """A buyer to write to: name, what is owed and since when, what to do, and the link.

    `email` is for a buyer without a link, and `email_link` begins a message to it; empty if it is
    no address that a mail program can write to.
    """

    name: str
    product: str
    amount: str
    delay: str
    action: str
    link: str
    email: str = ""
    email_link: str = ""


@dataclass(frozen=True)
class MailContent:
    """The content of a mail between its head and its foot.

    news            the sentences of the report one by one, if it has any: `text` and `tone`
    cards           key figures of the main currency
    head            with `rows`, the table of all currencies, if nothing is attached
    omitted         number of currencies that are neither in cards nor in rows
    buyers          first to contact first
    buyers_omitted  number of further buyers
    """

    sentence: str
    news: tuple[Mapping[str, Any], ...] = ()
    cards: tuple[dict[str, Any], ...] = ()
    head: tuple[ColumnHead, ...] = ()
    rows: tuple[tuple[CellView, ...], ...] = ()
    omitted: int = 0
    net: tuple[CellView, ...] = ()
    note: str = ""
    buyers: tuple[BuyerView, ...] = ()
    buyers_omitted: int = 0
    picture: MailPicture | None = None


def mail_content(report: Report, locale: Locale, mail: MailContext, cid: str) -> MailContent:
    """The content of a mail about a report; `cid` is the pattern of a picture's Content-ID."""
    figures = next((block for block in report.blocks if isinstance(block, KeyFigures)), None)
    figures = figures or KeyFigures("", (), ())
    tables = recovery_tables(report.blocks)
    if tables:
        return _recovery_content(figures, tables, locale, mail)
    content = _figures_content(figures, locale, mail)
    main_currency = str(figures.currencies[0]["currency"]) if figures.currencies else ""
    return replace(content, picture=mail_picture(report, main_currency, locale, cid))


def recovery_tables(content: Iterable[Block]) -> list[Table]:
    """The tables of the recovery queue."""
    return [block for block in content if isinstance(block, Table) and block.role == "recovery"]


def _recovery_content(
    figures: KeyFigures, tables: Sequence[Table], locale: Locale, mail: MailContext
) -> MailContent:
    buyers = _buyers(tables, locale) if mail.has_buyers else []
    count = sum(max(table.total_rows, len(table.rows)) for table in tables)
    top_buyers = tuple(buyers[:MAX_BUYERS])
    return MailContent(
        shortened(figures.sentence),
        note=figures.note,
        buyers=top_buyers,
        buyers_omitted=count - len(top_buyers) if top_buyers else 0,
    )


def _buyers(tables: Sequence[Table], locale: Locale) -> list[BuyerView]:
    """The rows of all groups, first to contact first."""
    ranked = []
    for table in tables:
        view = view_table(table, locale)
        names = [head.name for head in view.head]
        for row, values in zip(table.rows, view.rows, strict=True):
            text = {name: cell.text for name, cell in zip(names, values, strict=True)}
            address = str(table.value("whatsapp", row) or "")
            link = address if address.startswith("https://wa.me/") else ""
            email = "" if link else str(table.value("email", row) or "")
            buyer = BuyerView(
                text.get("buyer", ""),
                text.get("product", ""),
                text.get("overdue_minor", ""),
                locale.gettext("{days} late", days=text.get("days_past_due", "")),
                table.title,
                link,
                email,
                mailto_link(email),
            )
            ranked.append((int(table.value("rank", row) or 0), buyer))
    return [buyer for _, buyer in sorted(ranked, key=lambda pair: pair[0])]


def _figures_content(figures: KeyFigures, locale: Locale, mail: MailContext) -> MailContent:
    """The main currency as cards; all currencies as rows if nothing is attached."""
    if mail.files or len(figures.currencies) <= 1:
        main = replace(figures, currencies=figures.currencies[:1])
        view = view_headline(main, locale, paper=False)
        content = _content(view)
        return replace(content, omitted=max(0, len(figures.currencies) - 1))
    return _content(view_headline(figures, locale, paper=False))


def _content(headline: HeadlineView) -> MailContent:
    head, rows = _main_columns(headline.view)
    return MailContent(
        shortened(headline.sentence),
        tuple({**item, "text": shortened(item["text"])} for item in headline.news),
        tuple(
            {
                **card,
                "pairs": [
                    card["items"][index : index + 2] for index in range(0, len(card["items"]), 2)
                ],
            }
            for card in headline.cards
        ),
        head,
        rows[:MAX_CURRENCIES],
        max(0, len(rows) - MAX_CURRENCIES),
        headline.net[:MAX_CURRENCIES],
        headline.note,
    )


def _main_columns(
    view: TableView | None,
) -> tuple[tuple[ColumnHead, ...], tuple[tuple[CellView, ...], ...]]:
    if view is None:
        return (), ()
    names = [head.name for head in view.head]
    figures = [name for name in COLUMNS if name in names] or names[1:4]
    indexes = [0, *(names.index(name) for name in figures)]
    head = tuple(view.head[index] for index in indexes)
    return head, tuple(tuple(row[index] for index in indexes) for row in view.rows)


def shortened(text: str) -> str:
    """A sentence on one line, with at most MAX_SENTENCE characters."""
    line = re.sub(r"[ \t\r\n]+", " ", text).strip()  # amounts keep their no-break spaces
    return line if len(line) <= MAX_SENTENCE else line[: MAX_SENTENCE - 1] + "…"
