"""Markdown of notebooks as HTML, by nbconvert's parser and renderer, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import unquote

from mistune import HTMLRenderer
from mistune.plugins import import_plugin
from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
    MathInlineParser,
)

from smartinst.pages.markup.formulas import latex_picture
from smartinst.pages.markup.pictures import PICTURE_TYPES
from smartinst.pages.markup.undrawn import Translate, UndrawnContent

CellAttachments = Mapping[str, Mapping[str, Any]]
"""Name of a file → MIME type → its content in base64, as in a cell's `attachments`."""

_CODE_BLOCK: Final = re.compile(r"^ {0,3}(```+|~~~+).*?^ {0,3}\1[ \t]*$", re.MULTILINE | re.DOTALL)
_MESSAGE: Final = re.compile(
    r"^(?P<mark>#{1,6}[ \t]+)(?P<heading>.+?)(?P<end>[ \t]*#*[ \t]*)$"
    r"|^(?P<paragraph>(?!#{1,6}[ \t])\S.*(?:\n(?!#{1,6}[ \t]).*\S.*)*)",
    re.MULTILINE,
)
"""A message id: the text of a heading, or the lines of a paragraph."""


def messages(source: str) -> list[str]:
    """The message ids of a Markdown source, without code blocks."""
    return [_message_id(match) for match in _messages(source)]


def translated(source: str, translate: Translate) -> str:
    """The source with each of its messages translated."""
    parts: list[str] = []
    end = 0
    for match in _messages(source):
        text = f"{match['mark'] or ''}{translate(_message_id(match))}{match['end'] or ''}"
        parts += [source[end : match.start()], text]
        end = match.end()
    return "".join([*parts, source[end:]])


def _messages(source: str) -> Iterator[re.Match[str]]:
    code = [match.span() for match in _CODE_BLOCK.finditer(source)]
    for match in _MESSAGE.finditer(source):
        if not any(start < match.end() and match.start() < end for start, end in code):
            yield match


def _message_id(match: re.Match[str]) -> str:
    return match["heading"] or match["paragraph"]


def render(source: str, undrawn: UndrawnContent, attachments: CellAttachments | None = None) -> str:
    """The source as HTML that is not yet sanitized; formulas and attachments are pictures."""
    markdown = MarkdownWithMath(
        _Renderer(undrawn, attachments or {}),
        inline=_InlineParser(hard_wrap=False),
        plugins=[import_plugin(name) for name in _PLUGINS],
    )
    return markdown.render(source)


_PLUGINS: Final = (*MarkdownWithMath.DEFAULT_PLUGINS, "footnotes")


class _InlineParser(MathInlineParser):
    """Reads formulas, but not amounts such as `$5 and $10`, `$5 or US$ 4`, `R$ 5`, `US$5`."""

    SPECIFICATION: ClassVar[dict[str, str]] = {
        **MathInlineParser.SPECIFICATION,
        "inline_math_tex": (
            r"(?s:(?<![\w$\\])\$(?=[^\s$])(?!\d[\d.,]*\s+[^\W\d_]{2})"
            r"(?P<math_inline_tex>(?:\\.|[^$\\])+?)(?<!\s)\$(?![\w$]|\s\d))"
        ),
    }


class _Renderer(IPythonRenderer):
    """nbconvert's renderer, without anchors, highlighting and controls."""

    def __init__(self, undrawn: UndrawnContent, attachments: CellAttachments) -> None:
        super().__init__(escape=False, exclude_anchor_links=True)
        self._undrawn = undrawn
        self._attachments = attachments

    def block_code(self, code: str, info: str | None = None) -> str:  # noqa: ARG002
        return HTMLRenderer.block_code(self, code, None)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("attachment:"):
            url = self._attached_picture(url.removeprefix("attachment:"))
        return HTMLRenderer.image(self, text, url, title)

    def _attached_picture(self, name: str) -> str:
        """The address of an attached picture; the name itself if there is none."""
        contents = self._attachments.get(name) or self._attachments.get(unquote(name), {})
        for mime_type in PICTURE_TYPES:
            if content := contents.get(mime_type):
                joined = "".join(content) if isinstance(content, list) else str(content)
                return f"data:{mime_type};base64,{''.join(joined.split())}"
        return name

    def inline_math(self, body: str) -> str:
        return latex_picture(body)

    def block_math(self, body: str) -> str:
        return f'<span class="display">{latex_picture(body)}</span>'

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def task_list_item(self, text: str, checked: bool = False, **_attributes: Any) -> str:
        return f"<li>{'[✓]' if checked else '[ ]'} {text}</li>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        tag = "th" if head else "td"
        style = ' class="number"' if align == "right" else ""
        text = text.replace("\\|", "|")  # mistune keeps the backslash in code
        return f"<{tag}{style}>{text}</{tag}>\n"

    def footnote_ref(self, key: str, index: int) -> str:  # noqa: ARG002
        return f"<sup>{index}</sup>"

    def footnotes(self, text: str) -> str:
        return f"<ol>\n{text}</ol>\n"

    def footnote_item(self, text: str, key: str, index: int) -> str:  # noqa: ARG002
        return f"<li>{text}</li>\n"


def formula_html(source: str) -> str:
    """A LaTeX output, such as SymPy's, as the picture of a formula; empty if it is none.

    A formula is between dollars or brackets, or is a LaTeX environment other than a table.
    """
    body = source.strip()
    formula = re.fullmatch(r"\$\$?(?:\\displaystyle)?(.+?)\$\$?|\\\[(.+?)\\\]", body, re.DOTALL)
    if formula:
        return f"<p>{latex_picture(formula[1] or formula[2])}</p>"
    if body.startswith("\\begin{") and not _TEXT_ENVIRONMENT.search(body):
        return f"<p>{latex_picture(body)}</p>"
    return ""


_TEXT_ENVIRONMENT: Final = re.compile(r"\\begin\{(?:(?:long)?tab(?:le|ular|bing)|[vV]erbatim)")
