"""One output of a notebook as blocks: headings, prose, charts, tables, key figures, pictures.

Nothing is computed or drawn here. Outputs of smartinst contain data; the outputs of other libraries
(text, HTML, a picture) are reduced to what is safe to display.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from smartinst.pages.reading import markdown
from smartinst.pages.reading.blocks import (
    Block,
    Chart,
    ForeignHtml,
    Heading,
    KeyFigures,
    Picture,
    PrintedText,
)
from smartinst.pages.reading.safe_html import sanitize_html
from smartinst.report.mime_bundles import KPI, TABLE
from smartinst.report.table import Table

PREFIX: Final = "application/vnd.smartinst."
"""The other MIME types of smartinst are not displayed."""


def blocks_of(bundle: dict[str, Any]) -> Iterator[Block]:
    """The blocks of one output, from its richest supported MIME type; errors name no cell."""
    if (content := bundle.get(KPI)) is not None:
        yield KeyFigures(
            content.get("sentence") or "",
            tuple(content.get("currencies") or ()),
            tuple(content.get("net") or ()),
            content.get("note") or "",
        )
    elif (content := bundle.get(TABLE)) is not None:
        yield Table.from_json(content)
    elif any(kind.startswith(PREFIX) for kind in bundle):
        return
    elif spec := next(
        (bundle[kind] for kind in bundle if kind.startswith("application/vnd.vegalite")), None
    ):
        yield _chart(spec, bundle)
    elif markdown := bundle.get("text/markdown"):
        yield from _computed_text(joined_text(markdown))
    elif svg := bundle.get("image/svg+xml"):
        yield Chart("", _sentence(bundle, ""), None, joined_text(svg), None, None, True)
    elif picture := bundle.get("image/png") or bundle.get("image/jpeg"):
        yield Picture(_base64(joined_text(picture)), _sentence(bundle, ""))
    elif html := sanitize_html(joined_text(bundle.get("text/html", ""))):
        yield ForeignHtml(html)
    elif text := joined_text(bundle.get("text/plain", "")).strip("\n"):
        yield PrintedText(text)


def _computed_text(source: str) -> Iterator[Block]:
    """Markdown that a cell computed, which is already in the reader's language."""
    for block in markdown.parts(source, lambda text: text):
        yield replace(block, level=max(block.level, 2)) if isinstance(block, Heading) else block


def _chart(spec: dict[str, Any], bundle: dict[str, Any]) -> Chart:
    usermeta = spec.get("usermeta") or {}
    meta = usermeta.get("smartinst") or {}
    title = meta.get("title") or _title(spec.get("title"))
    svg, png = bundle.get("image/svg+xml"), bundle.get("image/png")
    return Chart(
        title=title,
        sentence=meta.get("sentence") or _sentence(bundle, title),
        spec=spec,
        svg=joined_text(svg) if svg else None,
        png=_base64(joined_text(png)) if png else None,
        figure=meta.get("figure"),
        is_wide=bool(meta.get("wide", not meta)),
    )


def _title(title: Any) -> str:
    text = title.get("text", "") if isinstance(title, dict) else title or ""
    return " ".join(text) if isinstance(text, list) else str(text)


def _sentence(bundle: dict[str, Any], title: str) -> str:
    """The alternative text: the plain text, unless it is a repr such as `alt.Chart(…)`."""
    text = joined_text(bundle.get("text/plain", "")).strip()
    return title if text.startswith(("alt.", "<", "{")) else text[:1000] or title


def joined_text(source: Any) -> str:
    """The text of a notebook's multi-line string, which is a string or a list of lines."""
    return "".join(source) if isinstance(source, list) else str(source)


def _base64(text: str) -> str:
    try:
        return base64.b64encode(base64.b64decode("".join(text.split()), validate=True)).decode()
    except binascii.Error as error:
        raise ValueError(f"a picture is not base64: {error}") from error
