"""Numbers, matrices and colours of an SVG as operands of PDF; ValueError for any other value."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Final

from tinycss2.color4 import Color, parse_color

Matrix = tuple[float, float, float, float, float, float]
"""Coefficients a to f of a transformation, as in SVG and PDF."""

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
MAX_NUMBER: Final = 1e6
"""Largest coordinate; a larger one loses digits in PDF readers."""

_NUMBERS: Final = re.compile(r"[-+\d.eE,\s]*")
_TRANSFORMS: Final = re.compile(r"(?:\s*(?:translate|scale|rotate)\([^()]*\))*\s*")
_TRANSFORM: Final = re.compile(r"(translate|scale|rotate)\(([^()]*)\)")


@lru_cache(maxsize=4096)
def floats(text: str) -> tuple[float, ...]:
    """The numbers of a list separated by commas or spaces."""
    if not _NUMBERS.fullmatch(text) or ",," in text:
        raise ValueError(f"not numbers: {text[:60]}")
    values = tuple(float(part) for part in text.replace(",", " ").split())
    if any(abs(value) > MAX_NUMBER for value in values):
        raise ValueError(f"a number is too large: {text[:60]}")
    return values


@lru_cache(maxsize=1024)
def single_float(text: str) -> float:
    """A number without a unit, or in px."""
    (value,) = floats(text.strip().removesuffix("px"))
    return value


@lru_cache(maxsize=4096)
def operand(value: float) -> str:
    """A number in PDF: at most four decimals, no exponent."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def operands(*values: float) -> str:
    return " ".join(map(operand, values))


def product(first: Matrix, second: Matrix) -> Matrix:
    """The transformation that applies `first` to points, then `second`."""
    a, b, c, d, e, f = first
    a2, b2, c2, d2, e2, f2 = second
    return (
        a * a2 + b * c2,
        a * b2 + b * d2,
        c * a2 + d * c2,
        c * b2 + d * d2,
        e * a2 + f * c2 + e2,
        e * b2 + f * d2 + f2,
    )


def transformation(text: str) -> Matrix:
    """A `transform` of translations, scales and rotations about the origin."""
    if not _TRANSFORMS.fullmatch(text):
        raise ValueError(f"not a transformation of Vega: {text[:60]}")
    matrix = IDENTITY
    for name, arguments in _TRANSFORM.findall(text):
        matrix = product(_step(name, floats(arguments)), matrix)
    return matrix


def _step(name: str, values: tuple[float, ...]) -> Matrix:
    if name == "rotate":
        (degrees,) = values
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
        return (cosine, sine, -sine, cosine, 0.0, 0.0)
    if name == "scale":
        x, y = values * 2 if len(values) == 1 else values
        return (x, 0.0, 0.0, y, 0.0, 0.0)
    x, y = [*values, 0.0] if len(values) == 1 else values
    return (1.0, 0.0, 0.0, 1.0, x, y)


@lru_cache(maxsize=256)
def rgb_and_alpha(color: str) -> tuple[str, float]:
    """Operands of a colour in sRGB, and its opacity."""
    parsed = parse_color(color)
    if not isinstance(parsed, Color) or parsed.space != "srgb" or None in parsed.coordinates:
        raise ValueError(f"not a color of sRGB: {color[:60]}")
    channels = (min(max(float(channel), 0.0), 1.0) for channel in parsed.coordinates)
    return operands(*channels), float(parsed.alpha)
