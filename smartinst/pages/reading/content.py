"""The blocks of cells and outputs after the stages: headings, text, charts, tables, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from bs4 import BeautifulSoup, Tag

from smartinst.pages.markup import markdown
from smartinst.pages.markup.drawable_html import drawable_html
from smartinst.pages.markup.safe_html import sanitize_html
from smartinst.pages.markup.undrawn import UndrawnContent
from smartinst.pages.reading.blocks import (
    Block,
    Chart,
    ForeignHtml,
    Heading,
    KeyFigures,
    Picture,
    PrintedText,
    Prose,
)
from smartinst.pages.reading.outputs import OWN_PREFIX, VEGALITE_PREFIX, joined_text
from smartinst.report.mime_bundles import KPI, TABLE, WITHOUT_SENTENCE
from smartinst.report.table import Table

HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")


def blocks_of_markdown(
    cell: Mapping[str, Any], undrawn: UndrawnContent
) -> Iterator[Heading | Prose]:
    """The headings and texts of a Markdown cell in the reader's language."""
    source = markdown.translated(joined_text(cell["source"]), undrawn.translate)
    attachments = cell.get("attachments")
    html = markdown.render(source, undrawn, attachments if isinstance(attachments, dict) else {})
    for block in _split_at_headings(drawable_html(html, undrawn)):
        yield block if isinstance(block, Heading) else Prose(block)


def blocks_of_raw(cell: Mapping[str, Any], undrawn: UndrawnContent) -> Iterator[Block]:
    """The blocks of a raw cell in HTML, Markdown or no format; none for YAML metadata.

    Other formats are for other programs, as in nbconvert: LaTeX, reStructuredText, Python.
    """
    metadata = cell["metadata"]
    source = joined_text(cell["source"]).strip("\n")
    match metadata.get("raw_mimetype") or metadata.get("format") or "":
        case "text/html":
            yield from _blocks_of_html(drawable_html(source, undrawn))
        case "text/markdown":
            yield from blocks_of_markdown(cell, undrawn)
        case "":
            if source.strip() and not source.lstrip().startswith("---"):
                yield PrintedText(source)


def blocks_of_output(data: Mapping[str, Any], undrawn: UndrawnContent) -> Iterator[Block]:
    """The blocks of an output that is already reduced to what can be drawn."""
    if (content := data.get(KPI)) is not None:
        yield _key_figures(content)
    elif (content := data.get(TABLE)) is not None:
        yield Table.from_json(content)
    elif not any(kind.startswith(OWN_PREFIX) for kind in data):
        yield from _blocks_of_other_output(data, undrawn)


def _key_figures(content: Mapping[str, Any]) -> KeyFigures:
    return KeyFigures(
        content.get("sentence") or "",
        tuple(content.get("currencies") or ()),
        tuple(content.get("net") or ()),
        content.get("note") or "",
        tuple(content.get("news") or ()),
        content.get("fixed_texts") or {},
    )


def _blocks_of_other_output(data: Mapping[str, Any], undrawn: UndrawnContent) -> Iterator[Block]:
    """The blocks of a chart, or of an output of another library."""
    if spec := next((data[kind] for kind in data if kind.startswith(VEGALITE_PREFIX)), None):
        yield _chart(spec, data)
    elif source := data.get("text/markdown"):
        yield from _computed_text(source, undrawn)
    elif svg := data.get("image/svg+xml"):
        yield Chart("", _sentence(data, ""), None, svg, None, None, True)
    elif picture := data.get("image/png"):
        yield Picture(picture, _sentence(data, ""))
    elif html := data.get("text/html"):
        yield from _blocks_of_html(html)
    elif text := joined_text(data.get("text/plain", "")).strip("\n"):
        yield PrintedText(text)


def _computed_text(source: str, undrawn: UndrawnContent) -> Iterator[Heading | Prose]:
    """Markdown that a cell computed, which is already in the reader's language."""
    html = drawable_html(markdown.render(source, undrawn), undrawn)
    for block in _split_at_headings(html):
        yield _below_title(block) if isinstance(block, Heading) else Prose(block)


def _blocks_of_html(html: str) -> Iterator[Heading | ForeignHtml]:
    for block in _split_at_headings(html):
        yield _below_title(block) if isinstance(block, Heading) else ForeignHtml(block)


def _below_title(heading: Heading) -> Heading:
    """The heading of an output, which is not the title of the report."""
    return replace(heading, level=max(heading.level, 2))


def _split_at_headings(html: str) -> Iterator[Heading | str]:
    """The headings of sanitized HTML, and the HTML between them, in order.

    A heading inside a list, a quotation or a cell becomes a bold paragraph, because a section
    cannot begin there.
    """
    if "<h" not in html:
        if html:
            yield html
        return
    soup = BeautifulSoup(html, "html.parser")
    while (wrapper := _wrapper(soup)) is not None:
        wrapper.unwrap()
    between: list[str] = []
    for node in list(soup.children):
        if isinstance(node, Tag) and node.name in HEADINGS:
            yield from _join(between)
            between = []
            if text := " ".join(node.get_text().split()):
                yield Heading(int(node.name[1]), text)
        else:
            if isinstance(node, Tag):
                _headings_to_paragraphs(node, soup)
            between.append(str(node))
    yield from _join(between)


def _wrapper(soup: BeautifulSoup) -> Tag | None:
    """The `div` around all of the HTML; None if there is none."""
    nodes = [node for node in soup.children if isinstance(node, Tag) or str(node).strip()]
    if len(nodes) == 1 and isinstance(nodes[0], Tag) and nodes[0].name == "div":
        return nodes[0]
    return None


def _headings_to_paragraphs(node: Tag, soup: BeautifulSoup) -> None:
    for heading in node.find_all(list(HEADINGS)):
        heading.wrap(soup.new_tag("p"))
        heading.name = "strong"


def _join(parts: list[str]) -> Iterator[str]:
    """The HTML of the parts, unless nothing of it is visible."""
    if html := sanitize_html("".join(parts).lstrip("\n")):
        yield html


def _chart(spec: Mapping[str, Any], data: Mapping[str, Any]) -> Chart:
    usermeta = spec.get("usermeta") or {}
    meta = usermeta.get("smartinst") or {}
    title = meta.get("title") or _title(spec.get("title"))
    svg, png = data.get("image/svg+xml"), data.get("image/png")
    return Chart(
        title=title,
        sentence=meta.get("sentence") or _sentence(data, title),
        spec=dict(spec),
        svg=joined_text(svg) if svg else None,
        png=joined_text(png) if png else None,
        figure=meta.get("figure"),
        is_wide=bool(meta.get("wide", not meta)),
        covers=str(meta.get("covers") or ""),
        is_on_paper=bool(meta.get("paper", True)),
    )


def _title(title: Any) -> str:
    text = title.get("text", "") if isinstance(title, dict) else title or ""
    return " ".join(text) if isinstance(text, list) else str(text)


def _sentence(data: Mapping[str, Any], title: str) -> str:
    """The alternative text: the plain text, unless it is a repr such as `alt.Chart(…)`.

    Of a chart for which nobody wrote a sentence, it is the title.
    """
    text = joined_text(data.get("text/plain", "")).strip()
    return title if text.startswith(("alt.", "<", "{", WITHOUT_SENTENCE)) else text[:1000] or title
