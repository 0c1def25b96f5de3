"""The bundled font: where it lies, which characters it has, and what is drawn for those that it lacks.

A character outside the bundle would fall back to whatever the machine has, differ per machine and fail PDF/UA, so it is
drawn as ▯ in the PDF and in chart pictures; HTML and XLSX keep it.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

from smartinst.errors import ReportError
from smartinst.shipped import ASSETS

MISSING: Final = "▯"
MAX_MARKS: Final = 2
TABULAR: Final = 0.6484375
"""Width in em of a digit in a column of figures."""

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
_EMOJI: Final = re.compile(f"{_PICTOGRAM}(?:\u200d{_PICTOGRAM})*")


def files() -> list[Path]:
    """The bundle's TTF files, lightest first."""
    found = sorted((ASSETS / "fonts").glob("*.ttf"), key=lambda path: (weight(path), path.name))
    if not found:
        raise ReportError(
            f"no fonts under {ASSETS / 'fonts'}: the checkout is incomplete, get templates/assets again"
        )
    return found


@lru_cache(maxsize=32)
def weight(path: Path) -> int:
    """A font file's weight: 400 regular, 600 semibold, 700 bold."""
    with TTFont(path, lazy=True) as font:
        return int(font["OS/2"].usWeightClass)


@lru_cache(maxsize=1)
def characters() -> frozenset[int]:
    """Code points that every weight of the bundle has."""
    maps = [frozenset(_advances())]
    for path in files()[1:]:
        with TTFont(path, lazy=True) as font:
            maps.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*maps)


@lru_cache(maxsize=1)
def _advances() -> dict[int, float]:
    """Code point → width in em of the lightest weight; digits as they stand in a column, all of one width."""
    with TTFont(files()[0], lazy=True) as font:
        unit, widths = font["head"].unitsPerEm, font["hmtx"].metrics
        found = {code: widths[name][0] / unit for code, name in font.getBestCmap().items()}
    return found | dict.fromkeys(range(ord("0"), ord("9") + 1), TABULAR)


@lru_cache(maxsize=8192)
def width(text: str) -> float:
    """How long a text is on one line, in em of the regular weight."""
    known = _advances()
    return sum(known.get(ord(letter), 1.0) for letter in text)


@lru_cache(maxsize=1)
def _lacking() -> re.Pattern[str]:
    """One character that the bundle lacks, with the marks that stand on it."""
    has = "".join(re.escape(chr(code)) for code in sorted(characters()) if code >= 0x20)
    return re.compile(f"[^{has}\t\n\r]")


@lru_cache(maxsize=1)
def _marks() -> re.Pattern[str]:
    return re.compile(f"[\u0300-\u036f]{{{MAX_MARKS},}}")


def drawable(text: str) -> str:
    """The text with what the bundle can draw, and ▯ for each character (or emoji sequence) that it cannot.

    Controls, joiners and directional marks leave nothing behind; odd spaces become spaces; towers of accents are cut.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = _CONTROLS.sub("", unicodedata.normalize("NFC", text))
    plain = _SPACES.sub(lambda found: found[0] if ord(found[0]) in characters() else " ", plain)
    plain = _EMOJI.sub(_pictogram, plain)
    plain = _marks().sub("", _INVISIBLE.sub("", plain))
    return _lacking().sub(_missing, plain)


def _pictogram(found: re.Match[str]) -> str:
    known = all(ord(one) in characters() for one in found[0])
    return found[0] if known else MISSING


def _missing(found: re.Match[str]) -> str:
    """Nothing for a mark, which stands on a letter that is drawn or replaced already."""
    return "" if unicodedata.category(found[0]).startswith("M") else MISSING


def data_uri(path: Path, kind: str) -> str:
    """A file as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
