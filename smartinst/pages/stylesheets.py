"""What the stylesheets take from Python: the palette as variables, for paper and for light and dark screens, and fonts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from smartinst.drawing import fonts, palette
from smartinst.shipped import ASSETS, TEMPLATES

WEB_FONTS: Final = {400: "Inter-Regular.latin.woff2", 600: "Inter-SemiBold.latin.woff2"}
"""Latin subsets of the bundle that the offline page carries, by weight."""

COLORS: Final = {
    "ink": palette.INK,
    "muted": palette.MUTED,
    "grid": palette.GRID,
    "surface": palette.SURFACE,
    "paper": palette.PAPER,
    "accent": palette.ACCENT,
    "warn": palette.WARN,
}
"""The palette's ground and ink, by what stylesheets call them."""


def slug(status: str) -> str:
    """A status as a class name."""
    return status.lower().replace(" ", "-")


def variables(dark: bool = False) -> str:
    """The palette as custom properties, and the colour of each status."""

    def twin(color: str) -> str:
        return palette.DARK[color] if dark else color

    named = {
        **COLORS,
        **{
            name.removesuffix("_minor").replace("_", "-"): color
            for name, color in palette.PART_COLORS.items()
        },
    }
    root = ";".join(f"--{name}:{twin(color)}" for name, color in named.items())
    statuses = "".join(
        f".s-{slug(name)}{{--status:{twin(color)}}}"
        for name, color in palette.STATUS_COLORS.items()
    )
    return f":root{{{root}}}{statuses}"


def dark_charts(scope: str) -> str:
    """A chart's colours on a dark ground: what is painted in a colour is painted in its twin, inside of `scope`."""
    rules = []
    for color, twin in palette.DARK.items():
        for property_ in ("fill", "stroke"):
            rules.append(f'{scope} [{property_}="{color}" i]{{{property_}:{twin}}}')
    return "".join(rules)


@lru_cache(maxsize=1)
def page_styles() -> str:
    """Everything the offline page's style element holds."""
    faces = "".join(
        f"@font-face{{font-family:{palette.FONT};font-weight:{weight};font-display:swap;"
        f"src:url({fonts.data_uri(ASSETS / 'fonts' / name, 'font/woff2')}) format('woff2')}}"
        for weight, name in WEB_FONTS.items()
    )
    dark = f"@media screen and (prefers-color-scheme:dark){{{variables(dark=True)}{dark_charts('.drawing')}}}"
    return f"{faces}{variables()}{dark}\n{(TEMPLATES / 'page' / 'page.css').read_text(encoding='utf-8')}"


@lru_cache(maxsize=2)
def print_styles(is_solved: bool = True) -> str:
    """Everything the print stylesheet holds; fonts are fetched by their names in the bundle."""
    faces = "".join(
        f"@font-face{{font-family:{palette.FONT};font-weight:{fonts.weight(path)};src:url(asset:///fonts/{path.name})}}"
        for path in fonts.files()
    )
    css = f"{faces}{variables()}\n{(TEMPLATES / 'print' / 'print.css').read_text(encoding='utf-8')}"
    return solved(css) if is_solved else css


def solved(css: str) -> str:
    """The stylesheet with the custom properties of `:root` put where they are used.

    WeasyPrint would solve each again for every style of every element; a template's own `var()` finds them still.
    """
    known = dict(
        re.findall(r"--([\w-]+):\s*([^;}]+)", "".join(re.findall(r":root\s*{[^}]*}", css)))
    )
    return re.sub(r"var\(--([\w-]+)\)", lambda found: known.get(found[1], found[0]), css)
