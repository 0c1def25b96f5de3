"""What a report shows, as the executed notebook carries it: the values that compiler and layout pass on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a report's own title."""

    level: int
    text: str


@dataclass(frozen=True)
class Prose:
    """Paragraphs of a Markdown cell as safe HTML."""

    html: str


@dataclass(frozen=True)
class Chart:
    """A chart that stands alone: its spec for the page, its SVG for paper, a sentence with its message and figures."""

    title: str
    sentence: str
    spec: dict[str, Any] | None
    svg: str | None
    png: str | None
    figure: dict[str, Any] | None
    wide: bool


@dataclass(frozen=True)
class Table:
    """A table of raw values (minor units, ISO dates, English statuses) with the columns that say how to write them."""

    name: str
    title: str
    caption: str
    columns: tuple[dict[str, Any], ...]
    rows: tuple[tuple[Any, ...], ...]
    more: str | None
    figure: dict[str, Any] | None
    role: str
    total_rows: int = 0
    left_columns: int = 0
    sort: tuple[tuple[str, str], ...] = ()
    top: int | None = None
    nonzero: tuple[str, ...] = ()
    every: dict[str, Any] | None = None
    all_rows: tuple[tuple[Any, ...], ...] | None = None


@dataclass(frozen=True)
class Figures:
    """Key figures: one sentence, and per currency what a reader looks for first."""

    sentence: str
    currencies: tuple[dict[str, Any], ...]
    net: tuple[dict[str, Any], ...]
    note: str = ""


@dataclass(frozen=True)
class Plain:
    """Text as it was printed."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A bitmap as base64 PNG, with words for who cannot see it."""

    png: str
    sentence: str


Block = Heading | Prose | Chart | Table | Figures | Plain | Picture
