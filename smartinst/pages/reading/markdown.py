"""Markdown cells: cut into blocks, each through the catalogue (its source is the message id), then to safe HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from smartinst.i18n.locales import Locale, available_languages

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Piece:
    """A heading's text (level 1–6), or other blocks as HTML (level 0)."""

    level: int
    text: str


def translator(locale: str) -> Translate:
    """Message → text in a language; a language that has no catalogue leaves texts as they are."""
    return Locale(locale).gettext if locale in available_languages() else lambda text: text


def messages(source: str) -> list[str]:
    """The message ids of a Markdown source: each block's source, a heading's without its signs."""
    return [text for _, text in _cut(source)]


def pieces(source: str, translate: Translate) -> Iterator[Piece]:
    """The source's blocks, translated; headings apart."""
    for level, text in _cut(source):
        said = translate(text)
        yield Piece(level, plain(said)) if level else Piece(0, _markdown().render(said))


def plain(text: str) -> str:
    """A line of Markdown as text without marks."""
    inline = _markdown().parseInline(text)[0].children or []
    return "".join(
        token.content for token in inline if token.type in ("text", "code_inline", "text_special")
    )


def _cut(source: str) -> Iterator[tuple[int, str]]:
    lines = source.splitlines()
    for token in _markdown().parse(source):
        if token.level or token.map is None or token.nesting < 0:
            continue
        if token.type == "heading_open":
            level = int(token.tag[1])
            yield level, _heading(lines[token.map[0] : token.map[1]])
        else:
            yield 0, "\n".join(lines[token.map[0] : token.map[1]]).strip("\n")


def _heading(lines: list[str]) -> str:
    first = lines[0].strip()
    return first.strip("#").strip() if first.startswith("#") else first


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    """CommonMark and tables; HTML is shown as text, pictures by their words, links only to the web."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", _words_of_image)
    for cell in ("th_open", "td_open"):
        parser.add_render_rule(cell, _cell)
    return parser


def _cell(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A cell that stands right, by the stylesheet: the page's policy allows no style of an element's own."""
    if str(tokens[at].attrs.pop("style", "")).endswith("right"):
        tokens[at].attrs["class"] = "number"
    return str(renderer.renderToken(tokens, at, options, env))


def _words_of_image(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return str(escapeHtml(tokens[at].content))
