"""The body of a mail, as HTML and as text: the headline of a report and two of its charts.

Nothing is computed here: sentence, figures and pictures come from the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import css_inline
from markupsafe import Markup

from smartinst.drawing.chart_images import svg_to_png
from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages import stylesheets
from smartinst.pages.compiler import Edition, template_environment
from smartinst.pages.layout import sections
from smartinst.pages.layout.headline_view import HeadlineView
from smartinst.pages.layout.table_view import CellView, ColumnHead, TableView
from smartinst.pages.reading import blocks
from smartinst.pages.reading.report import Report

CHARTS: Final = (
    "revenue_by_month",
    "possible_by_month",
    "aging",
    "revenue",
    "status_by_installments",
)
"""Figures whose charts a mail prefers; it has at most two, in this order."""

COLUMNS: Final = ("received", "overdue", "due_7")
"""Key figures in the table of a mail with too many currencies for cards."""

MAX_CURRENCIES: Final = 12
MAX_SENTENCE: Final = 1_200
MAX_PICTURE_WIDTH: Final = 536
"""Largest width of a picture, in pixels."""


@dataclass(frozen=True)
class MailPicture:
    """A chart as PNG: its name and width in the mail, and its alternative text."""

    name: str
    png: bytes
    width: int
    title: str
    sentence: str


@dataclass(frozen=True)
class MailBody:
    """HTML and text of one message, and the pictures to which the HTML refers as `cid:<name>`."""

    html: str
    text: str
    pictures: tuple[MailPicture, ...]


@dataclass(frozen=True)
class MailContext:
    """Title, period, names of attached files, and the link to unsubscribe (None: no link)."""

    title: str
    period: str
    files: tuple[str, ...] = ()
    unsubscribe: str | None = None


def mail_body(
    report: Report,
    locale: Locale,
    mail: MailContext,
    cid: str = "{name}",
    templates: Sequence[Path] = (),
) -> MailBody:
    """The body of a mail about a report; `cid` is the pattern of a picture's Content-ID."""
    edition = Edition(report, locale, tuple(templates))
    top = [block for block in report.blocks if isinstance(block, blocks.KeyFigures)]
    headline = _headline(sections.build_layout(top, locale).headline)
    pictures = tuple(_pictures(report.blocks, cid))
    template = template_environment(edition.templates, locale.tag).get_template("mail/mail.html")
    css = stylesheets.variables() + stylesheets.template_styles("mail/mail.css")
    html = template.render(
        about=edition.about,
        key=headline,
        pictures=pictures,
        mail=mail,
        css=Markup(css),  # noqa: S704 - our own stylesheet
    )
    text = _text(edition.about, headline, pictures, mail, locale)
    return MailBody(_inline_styles(html), text, pictures)


def _headline(headline: HeadlineView | None) -> dict[str, Any]:
    """Cards of up to three currencies, or at most twelve rows with three columns."""
    if headline is None:
        headline = HeadlineView("", (), None, ())
    head, rows = _main_columns(headline.view)
    return {
        "sentence": _shorten(headline.sentence),
        "cards": [
            {
                **card,
                "pairs": [card["items"][at : at + 2] for at in range(0, len(card["items"]), 2)],
            }
            for card in headline.cards
        ],
        "head": head,
        "rows": rows[:MAX_CURRENCIES],
        "more": max(0, len(rows) - MAX_CURRENCIES),
        "net": headline.net[:MAX_CURRENCIES],
        "note": headline.note,
    }


def _main_columns(view: TableView | None) -> tuple[list[ColumnHead], list[list[CellView]]]:
    if view is None:
        return [], []
    names = [head.name for head in view.head]
    figures = [name for name in COLUMNS if name in names] or names[1:4]
    indexes = [0, *(names.index(name) for name in figures)]
    head = [view.head[index] for index in indexes]
    return head, [[row[index] for index in indexes] for row in view.rows]


def _pictures(content: Iterable[blocks.Block], cid: str) -> Iterable[MailPicture]:
    charts = [block for block in content if isinstance(block, blocks.Chart) and block.svg]
    by_figure = {str((chart.figure or {}).get("name")): chart for chart in reversed(charts)}
    preferred = [by_figure[name] for name in CHARTS if name in by_figure]
    for number, chart in enumerate((preferred or charts)[:2], 1):
        try:
            png, width = svg_to_png(chart.svg or "", MAX_PICTURE_WIDTH)
        except ValueError as error:
            raise ReportError(
                f"chart {chart.title or number}: no picture for the mail: {error}"
            ) from error
        name = cid.format(name=f"chart-{number}")
        yield MailPicture(name, png, width, chart.title, _shorten(chart.sentence or chart.title))


def _inline_styles(html: str) -> str:
    """The HTML with rules as `style` attributes, for mail programs; media queries are kept."""
    inliner = css_inline.CSSInliner(
        load_remote_stylesheets=False,
        keep_at_rules=True,
        resolve_css_variables=True,
        minify_css=True,
    )
    return inliner.inline(html)


def _text(
    about: dict[str, Any],
    key: dict[str, Any],
    pictures: Sequence[MailPicture],
    mail: MailContext,
    locale: Locale,
) -> str:
    _ = locale.gettext
    unsubscribe = f"{_('Stop receiving it')}: {(mail.unsubscribe or '').removeprefix('mailto:')}"
    parts = [
        [
            f"{mail.title} · {about['seller']}" if about["seller"] else mail.title,
            " · ".join(about["dates"]),
        ],
        [key["sentence"]],
        *(_card(card) for card in key["cards"]),
        [_row(key["head"], row) for row in key["rows"]],
        [_omitted_currencies(key["more"], mail, locale)],
        [f"{_('Net, your commission:')} {' · '.join(_net(amount) for amount in key['net'])}"]
        if key["net"]
        else [],
        [key["note"]],
        *(dict.fromkeys((picture.title, picture.sentence)) for picture in pictures),
        [_("The full report is attached:"), *mail.files] if mail.files else [],
        [
            _("You receive this message because this report is scheduled for you."),
            unsubscribe if mail.unsubscribe else "",
        ],
    ]
    return "\n\n".join("\n".join(filter(None, part)) for part in parts if any(part)) + "\n"


def _omitted_currencies(count: int, mail: MailContext, locale: Locale) -> str:
    """A note on the currencies that the mail omits; empty if there are none."""
    if not count:
        return ""
    if mail.files:
        return locale.ngettext(
            "{n} more currency is in the full report.",
            "{n} more currencies are in the full report.",
            count,
        )
    return locale.ngettext("and {n} more currency", "and {n} more currencies", count)


def _card(card: dict[str, Any]) -> list[str]:
    return [f"{card['currency']} – {card['name']}", *(f"  {_item(item)}" for item in card["items"])]


def _item(item: dict[str, str]) -> str:
    change = " ".join(filter(None, (item["change"], item["note"])))
    return f"{item['label']}: {item['text']}" + (f" ({change})" if change else "")


def _row(heads: Sequence[ColumnHead], row: Sequence[CellView]) -> str:
    return f"{row[0].text}: " + "; ".join(
        f"{head.label} {cell.text}" for head, cell in zip(heads[1:], row[1:], strict=True)
    )


def _net(amount: CellView) -> str:
    return f"{amount.text} ({amount.about})" if amount.about else amount.text


def _shorten(text: str) -> str:
    line = re.sub(r"[ \t\r\n]+", " ", text).strip()  # amounts keep their no-break spaces
    return line if len(line) <= MAX_SENTENCE else line[: MAX_SENTENCE - 1] + "…"
