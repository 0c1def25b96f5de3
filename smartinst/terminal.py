"""Text for a terminal: control characters are shown, so that no data can command the terminal.

ESC becomes ␛ and so on (U+2400 to U+2421). What would turn the direction of text, or cannot be
seen, becomes �; not the joiners U+200C and U+200D, which names and emoji need.
"""

from __future__ import annotations

import io
import sys
from typing import Any, Final, TextIO

_INVISIBLE: Final = (
    *(0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF, 0xE0001),
    *range(0x2028, 0x202F),  # line and paragraph ends, embeddings and overrides
    *range(0x2060, 0x2070),  # isolates, word joiner, invisible operators
    *range(0xFFF9, 0xFFFC),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0020, 0xE0080),  # tags
)
"""Formatting marks (Unicode Cf, Zl, Zp) without a picture of their own."""

_PICTURES: Final = (
    {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys(range(128, 160), 9243)  # ESC and a letter in one byte
    | dict.fromkeys(_INVISIBLE, 0xFFFD)
)


def visible(text: str) -> str:
    """The text with its control characters shown, except line ends and tabs."""
    return text if text.isascii() and text.isprintable() else text.translate(_PICTURES)


def visible_line(text: object) -> str:
    """The text in one line, with its control characters shown."""
    return " ".join(visible(str(text)).split())


class VisibleStream(io.TextIOWrapper):
    """A stream that shows control characters instead of sending them to a terminal."""

    def write(self, text: str) -> int:
        super().write(visible(text))
        return len(text)


def show_control_characters() -> None:
    """Protects stderr, and stdout if it is a terminal; a file or pipe gets the data as they are.

    A progress bar draws with control characters: it writes to `sys.__stderr__`.
    """
    sys.stderr = _protected(sys.stderr)
    if sys.stdout is not None and sys.stdout.isatty():
        sys.stdout = _protected(sys.stdout)


def _protected(stream: TextIO | None) -> Any:
    if stream is None or isinstance(stream, VisibleStream) or not hasattr(stream, "buffer"):
        return stream
    stream.flush()
    return VisibleStream(
        stream.buffer, encoding=stream.encoding, errors="backslashreplace", line_buffering=True
    )
