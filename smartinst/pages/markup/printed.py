"""Text that a cell printed, as HTML with the colours of a terminal."""

from __future__ import annotations

from typing import Final

import nh3
from markupsafe import Markup, escape

_NAMES: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_SHADES: Final = [f"{name}{shade}" for name in _NAMES for shade in ("", "-intense")]
_STYLES: Final = {f"ansi-{shade}-{layer}" for shade in _SHADES for layer in ("fg", "bg")} | {
    "ansi-bold",
    "ansi-underline",
}


def colored_text(text: str) -> Markup:
    """The text with spans for the 16 colours; sequences for other colours are removed."""
    if "\x1b" not in text:
        return escape(text)
    from nbconvert.filters.ansi import ansi2html

    spans = nh3.clean(
        ansi2html(text), tags={"span"}, attributes={}, allowed_classes={"span": _STYLES}
    )
    return Markup(  # noqa: S704 - sanitized by nh3
        spans.replace("&nbsp;", "\N{NO-BREAK SPACE}").replace("\x1b", "")
    )
