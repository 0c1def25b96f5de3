"""The palette has enough contrast for grey printing and colour-blind readers, light and dark."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import dist

import pytest

from smartinst.drawing import palette
from smartinst.facts import PLAN_STATUSES

Colors = dict[str, str]
Vector = tuple[float, float, float]

LIGHT_COLORS = (palette.STATUS_COLORS, palette.PAPER)
DARK_COLORS = (
    {name: palette.DARK[color] for name, color in palette.STATUS_COLORS.items()},
    palette.DARK[palette.PAPER],
)
VISIONS = {  # Machado, Oliveira, Fernandes 2009, severity 1
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
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def luminance(color: str) -> float:
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(color: str, background: str) -> float:
    darker, lighter = sorted((luminance(color), luminance(background)))
    return (lighter + 0.05) / (darker + 0.05)


def lab(color: str, vision: str) -> Vector:
    channels = [
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear(color), strict=True))))
        for row in VISIONS[vision]
    ]
    red, green, blue = channels
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize(("colors", "paper"), [LIGHT_COLORS, DARK_COLORS], ids=["light", "dark"])
def test_every_status_has_contrast_with_its_background(colors: Colors, paper: str) -> None:
    assert min(contrast(color, paper) for color in colors.values()) >= 3


@pytest.mark.parametrize(("colors", "_paper"), [LIGHT_COLORS, DARK_COLORS], ids=["light", "dark"])
def test_statuses_differ_in_lightness(colors: Colors, _paper: str) -> None:
    assert (
        min(
            abs(lab(a, "usual")[0] - lab(b, "usual")[0])
            for a, b in combinations(colors.values(), 2)
        )
        >= 5
    )


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize(("colors", "_paper"), [LIGHT_COLORS, DARK_COLORS], ids=["light", "dark"])
def test_statuses_differ_for_colour_blind_readers(colors: Colors, _paper: str, vision: str) -> None:
    assert (
        min(dist(lab(a, vision), lab(b, vision)) for a, b in combinations(colors.values(), 2)) >= 15
    )


@pytest.mark.parametrize(
    ("colors", "min_difference"),
    [(LIGHT_COLORS[0], 10), (DARK_COLORS[0], 7)],
    ids=["light", "dark"],
)
def test_neighbours_in_stacks_differ_most_in_lightness(
    colors: Colors, min_difference: float
) -> None:
    stack = [lab(colors[status], "usual")[0] for status in PLAN_STATUSES]
    # A status that does not occur makes neighbours of those around it.
    neighbours = [*pairwise(stack), *zip(stack, stack[2:], strict=False)]
    assert min(abs(a - b) for a, b in neighbours) >= min_difference


def test_text_has_contrast_with_its_background() -> None:
    for text in (palette.INK, palette.MUTED, palette.ACCENT, palette.WARN, palette.SUCCESS):
        for background in (palette.PAPER, palette.SURFACE):
            assert contrast(text, background) >= 4.5
            assert contrast(palette.DARK[text], palette.DARK[background]) >= 4.5


def test_every_colour_has_one_for_the_dark_page() -> None:
    colors = {
        *palette.STATUS_COLORS.values(),
        *palette.PART_COLORS.values(),
        *palette.SERIES,
        *palette.AGING,
    }
    assert colors <= palette.DARK.keys()
