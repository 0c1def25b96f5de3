"""The palette survives grey printing and colour blindness, on paper and on the dark page: held by numbers."""

from __future__ import annotations

from itertools import combinations
from math import dist

import pytest

from smartinst.drawing import palette

Colors = dict[str, str]
Vector = tuple[float, float, float]

LIGHT = (palette.STATUS_COLORS, palette.PAPER)
DARK = (
    {name: palette.DARK[color] for name, color in palette.STATUS_COLORS.items()},
    palette.DARK[palette.PAPER],
)
SIGHTS = {  # Machado, Oliveira, Fernandes 2009, severity 1
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}


def linear(color: str) -> Vector:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts
    )
    return red, green, blue


def luminance(color: str) -> float:
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(color: str, sight: str) -> Vector:
    seen = [
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear(color), strict=True))))
        for row in SIGHTS[sight]
    ]
    red, green, blue = seen
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize(("colors", "paper"), [LIGHT, DARK], ids=["light", "dark"])
def test_every_status_stands_out_from_its_paper(colors: Colors, paper: str) -> None:
    assert min(contrast(color, paper) for color in colors.values()) >= 3


@pytest.mark.parametrize(("colors", "_paper"), [LIGHT, DARK], ids=["light", "dark"])
def test_every_two_statuses_differ_in_lightness(colors: Colors, _paper: str) -> None:
    assert (
        min(
            abs(lab(a, "usual")[0] - lab(b, "usual")[0])
            for a, b in combinations(colors.values(), 2)
        )
        >= 5
    )


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(("colors", "_paper"), [LIGHT, DARK], ids=["light", "dark"])
def test_every_two_statuses_differ_for_every_eye(colors: Colors, _paper: str, sight: str) -> None:
    assert (
        min(dist(lab(a, sight), lab(b, sight)) for a, b in combinations(colors.values(), 2)) >= 15
    )


def test_text_is_legible_on_its_ground() -> None:
    for text in (palette.INK, palette.MUTED, palette.ACCENT, palette.WARN):
        for ground in (palette.PAPER, palette.SURFACE):
            assert contrast(text, ground) >= 4.5
            assert contrast(palette.DARK[text], palette.DARK[ground]) >= 4.5


def test_every_colour_has_its_twin() -> None:
    used = {
        *palette.STATUS_COLORS.values(),
        *palette.PART_COLORS.values(),
        *palette.SERIES,
        *palette.AGING,
    }
    assert used <= palette.DARK.keys()
