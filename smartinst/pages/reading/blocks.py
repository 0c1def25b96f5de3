"""The content of a report as read from the executed notebook, for compiler and layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smartinst.report.table import Table


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a report's own title."""

    level: int
    text: str


@dataclass(frozen=True)
class Prose:
    """Text of Markdown as safe HTML."""

    html: str


@dataclass(frozen=True)
class Chart:
    """A chart: its spec for the page, its SVG for paper, and a sentence with its message.

    covers  which plans a chart that the page cannot compute has: `all` plans of the seller or those
            of the `report`; empty if its figure follows the filters, or it names none
    """

    title: str
    sentence: str
    spec: dict[str, Any] | None
    svg: str | None
    png: str | None
    figure: dict[str, Any] | None
    is_wide: bool
    covers: str = ""
    is_on_paper: bool = True


@dataclass(frozen=True)
class KeyFigures:
    """Key figures: one sentence, and for each currency the most important amounts.

    news         the sentences one by one, each with a `text` and a `tone`: worse, better or neutral
    fixed_texts  what is the same for any plans of the report (`headline.key_figures`)
    """

    sentence: str
    currencies: tuple[dict[str, Any], ...]
    net: tuple[dict[str, Any], ...]
    note: str = ""
    news: tuple[dict[str, Any], ...] = ()
    fixed_texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignHtml:
    """Sanitized HTML that another library displayed."""

    html: str


@dataclass(frozen=True)
class PrintedText:
    """Text that a cell printed."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A bitmap as base64, in a format of pictures.py, with a text alternative."""

    png: str
    sentence: str


Block = Heading | Prose | Chart | Table | KeyFigures | ForeignHtml | PrintedText | Picture
