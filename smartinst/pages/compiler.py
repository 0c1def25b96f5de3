"""An executed notebook becomes a page and a PDF: read once, laid out for each medium, nothing drawn again (docs/contracts.md §2).

book.ipynb ── outputs.read ── Notebook ──┬── layout, page.render ── offline HTML
                                         └── layout, pdf.render ─── PDF/UA
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
)

from smartinst.drawing.svg import lean
from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale, available_languages
from smartinst.pages.layout import sections
from smartinst.pages.reading import blocks, outputs
from smartinst.shipped import TEMPLATES

MAX_FILTERS: Final = 30


@dataclass(frozen=True)
class Compiled:
    """A report read from an executed notebook, ready to be rendered as often as wanted."""

    notebook: blocks.Notebook
    locale: Locale
    templates: tuple[Path, ...] = ()

    @cached_property
    def about(self) -> dict[str, Any]:
        """What head and cover say."""
        return describe(self.notebook, self.locale)


def compile_report(executed: Path, templates: Sequence[Path] = ()) -> Compiled:
    """The report of an executed notebook; `templates` are folders looked into before the shipped one.

    ReportError where the notebook cannot be read, or a cell of it failed.
    """
    notebook = outputs.read(executed)
    tag = str(notebook.about.get("locale") or "en")
    return Compiled(
        notebook, Locale(tag if tag in available_languages() else "en"), tuple(templates)
    )


def describe(notebook: blocks.Notebook, locale: Locale) -> dict[str, Any]:
    """Title, dates and running header in the reader's language."""
    own = notebook.about
    name = str(own.get("name") or notebook.path.stem)
    first = next(
        (one.text for one in notebook.blocks if isinstance(one, blocks.Heading) and one.level == 1),
        None,
    )
    title = first or own.get("title") or name
    seller = str(own.get("seller") or "")
    as_of = str(own.get("as_of") or "")
    dates = [locale.gettext("As of {date}", date=locale.date(as_of, "full"))] if as_of else []
    if through := own.get("data_through"):
        dates.append(locale.gettext("data through {date}", date=locale.date(through, "long")))
    subtitle = str(own.get("subtitle") or "")
    is_said = bool(as_of) and locale.date(as_of, "long") in subtitle
    running = " · ".join(part for part in (seller, title) if part)
    return {
        "name": name,
        "locale": locale.tag,
        "title": title,
        "seller": seller,
        "seller_id": str(own.get("seller_id") or ""),
        "as_of": as_of,
        "dates": dates,
        "subtitle": "" if is_said else subtitle,
        "filters": [chosen(one, locale) for one in list(own.get("filters") or ())[:MAX_FILTERS]],
        "running": running,
        "document_title": " · ".join(
            part for part in (running, locale.date(as_of, "long") if as_of else "") if part
        ),
        "description": " ".join([running, *dates]),
    }


def chosen(one: Mapping[str, Any], locale: Locale) -> dict[str, str]:
    """A filter as the cover tells it: statuses, countries, dates and which date they are, in the reader's language."""
    value = str(one.get("value") or "")
    written = {
        "status": lambda: ", ".join(locale.status(part) for part in value.split(", ")),
        "country": lambda: locale.country(value),
        "payment_method": lambda: locale.payment_type(value),
        "date_field": lambda: dates_of(locale).get(value, value),
        "from": lambda: locale.date(value),
        "to": lambda: locale.date(value),
    }
    name = str(one.get("name"))
    said = written[name]() if name in written else value
    return {"label": str(one.get("label") or name), "value": said}


def dates_of(locale: Locale) -> dict[str, str]:
    """What a range of dates may be of, as `where` says it → in the reader's language."""
    return {
        "purchase": locale.gettext("Purchase"),
        "due": locale.gettext("Due date"),
        "paid": locale.gettext("Payment"),
    }


def render(compiled: Compiled, medium: str, **context: Any) -> str:
    """The report's template (its own where there is one, else `report.html`) extending `medium`."""
    env = environment(compiled)
    wanted = [
        f"{compiled.about['name']}.html",
        f"{compiled.notebook.path.stem}.html",
        "report.html",
    ]
    own = [name for name in wanted if name not in ("base.html", "macros.html")]
    try:
        template = env.select_template(own)
        return template.render(
            layout_template=env.get_template(medium), about=compiled.about, **context
        )
    except TemplateError as error:
        raise ReportError(
            f"{compiled.notebook.path.name}: template {error.__class__.__name__}: {error}"
        ) from error


def environment(compiled: Compiled) -> Environment:
    """The templates in the reader's language, the report's own folders first."""
    return template_environment(compiled.templates, compiled.locale.tag)


@lru_cache(maxsize=8)
def template_environment(own: tuple[Path, ...], tag: str) -> Environment:
    """The shipped templates, looked up after those of the folders `own`; cached with what is compiled."""
    folders = [folder for folder in (*own, TEMPLATES) if folder.is_dir()]
    loaders: list[BaseLoader] = [FileSystemLoader(folder) for folder in folders]
    env = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=ChoiceLoader(loaders),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    locale = Locale(tag)
    env.install_gettext_callables(locale.gettext, locale.ngettext)  # type: ignore[attr-defined]  # the extension adds it
    return env


def pictures(made: sections.Layout, drawn: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Anchor → address of each chart's picture: that of `drawn`, else a data URI of the bundle's characters."""
    found = dict(drawn or {})
    for one in sections.charts(made):
        if one.anchor in found:
            continue
        if one.chart.svg:
            svg = lean(one.chart.svg).encode()
            found[one.anchor] = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
        elif one.chart.png:
            found[one.anchor] = f"data:image/png;base64,{one.chart.png}"
    return _WithDefault(found)


class _WithDefault(dict[str, str]):
    """A chart without a picture has the empty one."""

    def __missing__(self, _: str) -> str:
        return ""
