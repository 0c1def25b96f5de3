"""The body of a mail as HTML and as text, and its picture.

Figures and sentences come from the notebook; only the picture is drawn here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import css_inline
from markupsafe import Markup

from smartinst.drawing import palette
from smartinst.i18n.locales import Locale
from smartinst.pages import stylesheets
from smartinst.pages.compiler import Edition, template_environment
from smartinst.pages.mail.content import MailContext, mail_content
from smartinst.pages.mail.picture import MailPicture
from smartinst.pages.mail.plain_text import (
    foot_lines,
    omitted_currencies,
    other_buyers,
    plain_text,
)
from smartinst.pages.reading.report import Report


@dataclass(frozen=True)
class MailBody:
    """HTML and text of one message, and the pictures to which the HTML refers as `cid:<name>`."""

    html: str
    text: str
    pictures: tuple[MailPicture, ...]


def mail_body(
    report: Report,
    locale: Locale,
    mail: MailContext,
    cid: str = "{name}",
    templates: Sequence[Path] = (),
) -> MailBody:
    """The body of a mail about a report; `cid` is the pattern of a picture's Content-ID."""
    edition = Edition(report, locale, tuple(templates))
    content = mail_content(report, locale, mail, cid)
    template = template_environment(edition.templates, locale.tag).get_template("mail/mail.html")
    css = stylesheets.variables() + stylesheets.template_styles("mail/mail.css")
    sender, replies, _ = foot_lines(mail, locale)
    html = template.render(
        about=edition.about,
        content=content,
        omitted_currencies=omitted_currencies(content.omitted, mail, locale),
        other_buyers=other_buyers(content.buyers_omitted, mail, locale),
        mail=mail,
        sender=sender,
        replies=replies,
        css=Markup(css),  # noqa: S704 - our own stylesheet
        dark_css=Markup(dark_styles()),  # noqa: S704 - our own stylesheet
    )
    text = plain_text(edition.about, content, mail, locale)
    charts = (content.picture, content.picture.dark) if content.picture else ()
    return MailBody(_inline_styles(html), text, tuple(filter(None, charts)))


def dark_styles() -> str:
    """The rules for mail programs in dark mode, with colors instead of custom properties."""
    colors = {name: palette.DARK.get(color, color) for name, color in stylesheets.COLORS.items()}
    css = stylesheets.template_styles("mail/dark.css")
    return re.sub(r"var\(--([a-z]+)\)", lambda match: colors[match[1]], css)


def _inline_styles(html: str) -> str:
    """The HTML with rules as `style` attributes, for mail programs; media queries are kept."""
    inliner = css_inline.CSSInliner(
        load_remote_stylesheets=False,
        keep_at_rules=True,
        resolve_css_variables=True,
        minify_css=True,
    )
    return inliner.inline(html)
