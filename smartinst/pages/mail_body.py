"""What a mail says: the headline of an executed notebook and two of its charts, as HTML and as text.

Nothing is computed here: sentence, figures and pictures are those that the notebook carries.
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
from smartinst.pages.reading import blocks
from smartinst.pages.reading.report import Report
from smartinst.shipped import TEMPLATES

CHARTS: Final = (
    "revenue_by_month",
    "possible_by_month",
    "aging",
    "revenue",
    "status_by_installments",
)
"""Figures by name that a mail shows, the first two that the notebook has; else its first two charts."""

COLUMNS: Final = ("received", "overdue", "due_7")
"""Figures that a mail's table shows where there are too many currencies for cards."""

MAX_CURRENCIES: Final = 12
MAX_SENTENCE: Final = 1_200
MAX_PICTURE_WIDTH: Final = 536
"""Pixels that a mail has for a picture."""


@dataclass(frozen=True)
class MailPicture:
    """A chart as a PNG, its name in the mail, its width there, and its words for who cannot see it."""

    name: str
    png: bytes
    width: int
    title: str
    sentence: str


@dataclass(frozen=True)
class MailBody:
    """The two forms of one message, and the pictures that the HTML form shows as `cid:<name>`."""

    html: str
    text: str
    pictures: tuple[MailPicture, ...]


@dataclass(frozen=True)
class MailContext:
    """What the sender adds: title, period, names of attached files, and the link to unsubscribe (None: no link)."""

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
    """The body of a mail about a report, in `locale`; `cid` is the pattern of a picture's Content-ID."""
    edition = Edition(report, locale, tuple(templates))
    headline = _headline(sections.build_layout(report.blocks, locale).headline)
    pictures = tuple(_pictures(report.blocks, cid))
    template = template_environment(edition.templates, locale.tag).get_template("mail/mail.html")
    html = template.render(
        about=edition.about,
        key=headline,
        pictures=pictures,
        mail=mail,
        css=Markup(_styles()),  # noqa: S704 - our own stylesheet
    )
    text = _text(edition.about, headline, pictures, mail, locale)
    return MailBody(_inline_styles(html), text, pictures)


def _headline(found: HeadlineView | None) -> dict[str, Any]:
    """Cards of up to three currencies, or rows of at most twelve with the three columns that matter most."""
    if found is None:
        return {
            "sentence": "",
            "cards": (),
            "head": (),
            "rows": (),
            "more": 0,
            "net": (),
            "note": "",
        }
    head, rows = _few_columns(found)
    return {
        "sentence": _cut(found.sentence),
        "cards": [{**card, "pairs": _by_twos(card["items"])} for card in found.cards],
        "head": head,
        "rows": rows[:MAX_CURRENCIES],
        "more": max(0, len(rows) - MAX_CURRENCIES),
        "net": found.net[:MAX_CURRENCIES],
        "note": found.note,
    }


def _few_columns(found: HeadlineView) -> tuple[list[Any], list[list[Any]]]:
    if found.view is None:
        return [], []
    names = [head.name for head in found.view.head]
    wanted = [name for name in COLUMNS if name in names] or names[1:4]
    at = [0, *(names.index(name) for name in wanted)]
    return [found.view.head[n] for n in at], [[row[n] for n in at] for row in found.view.rows]


def _by_twos(items: Sequence[Any]) -> list[list[Any]]:
    return [list(items[at : at + 2]) for at in range(0, len(items), 2)]


def _pictures(shown: Iterable[blocks.Block], cid: str) -> Iterable[MailPicture]:
    charts = [one for one in shown if isinstance(one, blocks.Chart) and one.svg]
    named = {str((one.figure or {}).get("name")): one for one in reversed(charts)}
    chosen = [named[name] for name in CHARTS if name in named]
    for number, chart in enumerate((chosen or charts)[:2], 1):
        try:
            png, width = svg_to_png(chart.svg or "", MAX_PICTURE_WIDTH)
        except ValueError as error:
            raise ReportError(
                f"chart {chart.title or number}: no picture for the mail: {error}"
            ) from error
        name = cid.format(name=f"chart-{number}")
        yield MailPicture(name, png, width, chart.title, _cut(chart.sentence or chart.title))


def _styles() -> str:
    return stylesheets.variables() + (TEMPLATES / "mail" / "mail.css").read_text(encoding="utf-8")


def _inline_styles(html: str) -> str:
    """The rules written into every element, since mail programs drop style sheets; media queries stay."""
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
    parts = [
        [
            f"{mail.title} · {about['seller']}" if about["seller"] else mail.title,
            " · ".join(about["dates"]),
        ],
        [key["sentence"]],
        *(_card(card) for card in key["cards"]),
        [_row(key["head"], row) for row in key["rows"]],
        [_and_more(key["more"], locale)] if key["more"] else [],
        [f"{_('Net, your commission:')} {' · '.join(_net(one) for one in key['net'])}"]
        if key["net"]
        else [],
        [key["note"]],
        *(dict.fromkeys((one.title, one.sentence)) for one in pictures),
        [_("The full report is attached:"), *mail.files] if mail.files else [],
        [
            _("You receive this message because this report is scheduled for you."),
            *_unsubscribe(mail, locale),
        ],
    ]
    return "\n\n".join("\n".join(filter(None, part)) for part in parts if any(part)) + "\n"


def _and_more(count: int, locale: Locale) -> str:
    return locale.ngettext(
        "{n} more currency is in the full report.",
        "{n} more currencies are in the full report.",
        count,
    )


def _card(card: dict[str, Any]) -> list[str]:
    return [f"{card['currency']} – {card['name']}", *(f"  {_item(item)}" for item in card["items"])]


def _item(item: dict[str, str]) -> str:
    behind = " ".join(filter(None, (item["change"], item["note"])))
    return f"{item['label']}: {item['text']}" + (f" ({behind})" if behind else "")


def _row(head: Sequence[Any], row: Sequence[Any]) -> str:
    return f"{row[0].text}: " + "; ".join(
        f"{at.label} {cell.text}" for at, cell in zip(head[1:], row[1:], strict=True)
    )


def _net(one: Any) -> str:
    return f"{one.text} ({one.about})" if one.about else str(one.text)


def _unsubscribe(mail: MailContext, locale: Locale) -> list[str]:
    if not mail.unsubscribe:
        return []
    return [f"{locale.gettext('Stop receiving it')}: {mail.unsubscribe.removeprefix('mailto:')}"]


def _cut(text: str) -> str:
    plain = re.sub(r"[ \t\r\n]+", " ", text).strip()  # no-break spaces hold amounts together
    return plain if len(plain) <= MAX_SENTENCE else plain[: MAX_SENTENCE - 1] + "…"
