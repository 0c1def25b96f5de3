"""Rendering of a report by Jinja templates, as page or print sheet (docs/contracts.md §2).

executed.ipynb ── read_report ── Report ─┬─ layout, html.page ── offline HTML
                                         ├─ layout, pdf.render ─ PDF/UA
                                         ├─ xlsx ─────────────── workbook
                                         └─ mail ─────────────── mail
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
)
from jinja2.bccache import Bucket

from smartinst.drawing.embedded_font import embed_font
from smartinst.drawing.svg.prepared import minify_svg
from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale, available_languages
from smartinst.pages.layout import section_views
from smartinst.pages.layout.omissions import Attachments
from smartinst.pages.reading.blocks import Heading
from smartinst.pages.reading.report import Report
from smartinst.shipped import TEMPLATES

MAX_FILTERS: Final = 30


@dataclass(frozen=True)
class Edition:
    """A report in one language, with the folders of its templates.

    `formats`: those of the files that the reader receives together; texts name no others.
    """

    report: Report
    locale: Locale
    templates: tuple[Path, ...] = ()
    formats: frozenset[str] = frozenset()

    @cached_property
    def about(self) -> dict[str, Any]:
        """The template variable `about`: the content of head and cover."""
        return describe(self.report, self.locale)

    @property
    def attachments(self) -> Attachments:
        """The files to which texts may refer."""
        return Attachments(
            has_workbook="xlsx" in self.formats,
            has_notebook="ipynb" in self.formats,
            has_dataset=self.report.dataset is not None,
        )


def edition_of(
    report: Report, templates: Sequence[Path] = (), formats: Iterable[str] = ()
) -> Edition:
    """The report in its own language; `templates` are searched before the shipped folder.

    `formats` are those of the files that the reader receives together.
    """
    tag = str(report.cover.get("locale") or "en")
    locale = Locale(tag if tag in available_languages() else "en")
    return Edition(report, locale, tuple(templates), frozenset(formats))


def describe(report: Report, locale: Locale) -> dict[str, Any]:
    """Title, dates and running header in the reader's language."""
    cover = report.cover
    name = str(cover.get("name") or report.path.stem)
    headings = (block for block in report.blocks if isinstance(block, Heading))
    top_heading = next((heading.text for heading in headings if heading.level == 1), None)
    title = top_heading or cover.get("title") or name
    seller = str(cover.get("seller") or "")
    as_of = str(cover.get("as_of") or "")
    dates = [locale.gettext("As of {date}", date=locale.date(as_of, "full"))] if as_of else []
    if last_day := cover.get("data_through"):
        dates.append(locale.gettext("data through {date}", date=locale.date(last_day, "long")))
    subtitle = str(cover.get("subtitle") or "")
    repeats_date = bool(as_of) and locale.date(as_of, "long") in subtitle
    running = " · ".join(part for part in (seller, title) if part)
    return {
        "name": name,
        "locale": locale.tag,
        "title": title,
        "seller": seller,
        "seller_id": str(cover.get("seller_id") or ""),
        "as_of": as_of,
        "density": str(cover.get("density") or ""),
        "dates": dates,
        "subtitle": "" if repeats_date else subtitle,
        "filters": [
            filter_text(filter_, locale)
            for filter_ in list(cover.get("filters") or ())[:MAX_FILTERS]
        ],
        "running": running,
        "document_title": " · ".join(
            part for part in (running, locale.date(as_of, "long") if as_of else "") if part
        ),
        "description": " ".join([running, *dates]),
    }


def filter_text(filter_: Mapping[str, Any], locale: Locale) -> dict[str, str]:
    """Label and value of a filter in the reader's language, as the cover shows them."""
    value = str(filter_.get("value") or "")
    formats: dict[str, Callable[[], str]] = {
        "status": lambda: ", ".join(locale.status(part) for part in value.split(", ")),
        "country": lambda: locale.country(value),
        "payment_method": lambda: locale.payment_type(value),
        "date_field": lambda: date_fields(locale).get(value, value),
        "from": lambda: locale.date(value),
        "to": lambda: locale.date(value),
    }
    name = str(filter_.get("name"))
    text = formats[name]() if name in formats else value
    return {"label": str(filter_.get("label") or name), "value": text}


def date_fields(locale: Locale) -> dict[str, str]:
    """The dates to which a range can apply: value in `where` → label in the reader's language."""
    return {
        "purchase": locale.gettext("Purchase"),
        "due": locale.gettext("Due date"),
        "paid": locale.gettext("Payment"),
    }


def render_template(edition: Edition, medium: str, **context: Any) -> str:
    """The HTML of the report's own template or `report.html`, which extends `medium`."""
    environment = template_environment(edition.templates, edition.locale.tag)
    file = edition.report.path
    names = [f"{edition.about['name']}.html", f"{file.stem}.html", "report.html"]
    try:
        template = environment.select_template(
            [name for name in names if name not in ("base.html", "macros.html")]
        )
        return template.render(
            layout_template=environment.get_template(medium),
            about=edition.about,
            attachments=edition.attachments,
            **context,
        )
    except TemplateError as error:
        raise ReportError(f"{file.name}: template {type(error).__name__}: {error}") from error


class _CompiledTemplates(BytecodeCache):
    """Templates compiled in this process, which are the same in every language."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives the code of an unchanged template to Jinja."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code that Jinja has compiled."""
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED: Final = _CompiledTemplates()


@lru_cache(maxsize=8)
def template_environment(folders: tuple[Path, ...], tag: str) -> Environment:
    """The templates of `folders`, then the shipped ones, in a language."""
    existing = [folder for folder in (*folders, TEMPLATES) if folder.is_dir()]
    loaders: list[BaseLoader] = [FileSystemLoader(folder) for folder in existing]
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=ChoiceLoader(loaders),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    locale = Locale(tag)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        locale.gettext, locale.ngettext
    )
    return environment


def picture_addresses(
    layout: section_views.Layout, addresses: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """Anchor of each chart → address of its picture: from `addresses`, a data URI, or empty."""
    pictures = defaultdict(str, addresses or {})
    for chart in section_views.charts(layout):
        if chart.anchor in pictures:
            continue
        if chart.chart.svg:
            svg = minify_svg(chart.chart.svg)
            if addresses is None and chart.chart.spec is None:  # the page shows the picture itself
                svg = embed_font(svg)
            if not svg:
                continue
            content = base64.b64encode(svg.encode()).decode()
            pictures[chart.anchor] = f"data:image/svg+xml;base64,{content}"
        elif chart.chart.png:
            pictures[chart.anchor] = f"data:image/png;base64,{chart.chart.png}"
    return pictures
