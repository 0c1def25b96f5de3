"""Markdown cells as safe HTML, split into blocks whose source is the message id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from smartinst.i18n.locales import Locale, available_languages
from smartinst.pages.reading.blocks import Heading, Prose

Translate = Callable[[str], str]


def translator(locale: str) -> Translate:
    """The translation into a language; without a catalogue, texts are unchanged."""
    return Locale(locale).gettext if locale in available_languages() else lambda text: text


def messages(source: str) -> list[str]:
    """The message ids of a Markdown source: the source of each block, for a heading its text."""
    return [text for _, text in _split(source)]


def parts(source: str, translate: Translate) -> Iterator[Heading | Prose]:
    """The headings and other blocks of a source, translated."""
    for level, text in _split(source):
        translation = translate(text)
        yield (
            Heading(level, plain_text(translation))
            if level
            else Prose(_markdown().render(translation))
        )


def plain_text(text: str) -> str:
    """A line of Markdown as text without markup."""
    inline = _markdown().parseInline(text)[0].children or []
    return "".join(
        token.content for token in inline if token.type in ("text", "code_inline", "text_special")
    )


def _split(source: str) -> Iterator[tuple[int, str]]:
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
    line = lines[0].strip()
    return line.strip("#").strip() if line.startswith("#") else line


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    """CommonMark and tables; HTML is shown as text, and a picture as its alternative text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", _alternative_text)
    for cell in ("th_open", "td_open"):
        parser.add_render_rule(cell, _aligned_cell)
    return parser


def _aligned_cell(
    renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """A cell aligned by a class, because the page's policy forbids `style` attributes."""
    if str(tokens[index].attrs.pop("style", "")).endswith("right"):
        tokens[index].attrs["class"] = "number"
    return str(renderer.renderToken(tokens, index, options, env))


def _alternative_text(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return str(escapeHtml(tokens[index].content))
