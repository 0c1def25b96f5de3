"""The bundled fonts: their files, their characters, and what replaces a missing character.

A character outside the bundle would be drawn in a system font and violate PDF/UA, so it
becomes ▯ in the PDF and in chart images; HTML and XLSX keep it.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

from smartinst.errors import ReportError
from smartinst.shipped import ASSETS

TEXT: Final = "fonts"
MONOSPACED: Final = "mono-fonts"
"""Folders of the bundle: Inter, and DejaVu Sans Mono for printed text and code in the PDF."""

REPLACEMENT: Final = "▯"
MAX_MARKS: Final = 2
TABULAR: Final = 0.6484375
"""Width of a tabular digit in em."""

_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
_SPACES: Final = re.compile(
    "[\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\x0b\x0c\x1c-\x1f\x85]"
)
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_PICTOGRAM: Final = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]"
    "[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?[\u20e3]?[\U000e0020-\U000e007f]*)"
)
_STACKED_MARKS: Final = re.compile(f"[\u0300-\u036f]{{{MAX_MARKS},}}")
_EMOJI: Final = re.compile(f"{_PICTOGRAM}(?:\u200d{_PICTOGRAM})*")


def font_files(folder: str = TEXT) -> list[Path]:
    """The TTF files of a font, the lightest first; ReportError if there are none."""
    files = sorted((ASSETS / folder).glob("*.ttf"), key=lambda path: (font_weight(path), path.name))
    if not files:
        raise ReportError(
            f"no fonts under {ASSETS / folder}: "
            "the checkout is incomplete, restore templates/assets"
        )
    return files


@lru_cache(maxsize=32)
def font_weight(path: Path) -> int:
    """The weight of a font file: 400 regular, 600 semibold, 700 bold."""
    with TTFont(path, lazy=True) as font:
        return int(font["OS/2"].usWeightClass)


@dataclass(frozen=True)
class Glyph:
    """Number of a character's glyph in its font, and its advance in em."""

    number: int
    advance: float


@lru_cache(maxsize=8)
def glyphs(font_file: bytes) -> Mapping[int, Glyph]:
    """Code point → glyph of a TTF file; fontTools does not look up the glyphs' names."""
    with TTFont(BytesIO(font_file), lazy=True) as font:
        font.setGlyphOrder([str(number) for number in range(font["maxp"].numGlyphs)])
        unit, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
        return {
            code: Glyph(int(number), metrics[number][0] / unit)
            for code, number in font.getBestCmap().items()
        }


@lru_cache(maxsize=2)
def characters(folder: str = TEXT) -> frozenset[int]:
    """Code points that all weights of a font have."""
    maps = [frozenset(glyphs(path.read_bytes())) for path in font_files(folder)]
    return frozenset.intersection(*maps)


@lru_cache(maxsize=2)
def _advances(tabular: bool) -> dict[int, float]:
    """Code point → width in em of the lightest weight."""
    regular = glyphs(font_files()[0].read_bytes())
    advances = {code: glyph.advance for code, glyph in regular.items()}
    digits = dict.fromkeys(range(ord("0"), ord("9") + 1), TABULAR) if tabular else {}
    return advances | digits


@lru_cache(maxsize=8192)
def text_width(text: str, *, tabular: bool = True) -> float:
    """The width of a text on one line, in em of the regular weight; `tabular`: of its digits."""
    advances = _advances(tabular)
    return sum(advances.get(ord(letter), 1.0) for letter in text)


@lru_cache(maxsize=2)
def _missing_character(folder: str) -> re.Pattern[str]:
    """Matches one character that a font lacks."""
    codes = sorted(characters(folder))
    in_bundle = "".join(re.escape(chr(code)) for code in codes if code >= 0x20)
    return re.compile(f"[^{in_bundle}\t\n\r]")


def replace_missing_characters(text: str, folder: str = TEXT) -> str:
    """The text with ▯ for each character (or emoji sequence) that a font of the bundle lacks.

    Control characters, joiners, directional marks and stacked accents are removed; unusual spaces
    become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _CONTROLS.sub("", unicodedata.normalize("NFC", text))
    codes = characters(folder)
    text = _SPACES.sub(lambda match: match[0] if ord(match[0]) in codes else " ", text)
    text = _EMOJI.sub(
        lambda match: match[0] if codes >= set(map(ord, match[0])) else REPLACEMENT, text
    )
    text = _STACKED_MARKS.sub("", _INVISIBLE.sub("", text))
    return _missing_character(folder).sub(_replace_character, text)


def _replace_character(match: re.Match[str]) -> str:
    """▯; empty for a combining mark, whose letter is already drawn or replaced."""
    return "" if unicodedata.category(match[0]).startswith("M") else REPLACEMENT


def data_uri(path: Path, kind: str) -> str:
    """A file as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
