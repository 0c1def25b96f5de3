"""Stylesheets of page and print: palette, font faces, and the CSS of templates."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from smartinst.drawing import fonts, palette
from smartinst.shipped import ASSETS, TEMPLATES

WEB_FONTS: Final = {400: "Inter-Regular.latin.woff2", 600: "Inter-SemiBold.latin.woff2"}
"""Latin subsets of the font in the offline page, by weight."""

COLORS: Final = {
    "ink": palette.INK,
    "muted": palette.MUTED,
    "grid": palette.GRID,
    "surface": palette.SURFACE,
    "paper": palette.PAPER,
    "accent": palette.ACCENT,
    "warn": palette.WARN,
    "good": palette.SUCCESS,
}
"""Custom property → colour, except those of the parts of a total."""


def slug(status: str) -> str:
    """The class name of a status."""
    return status.lower().replace(" ", "-")


def variables(dark: bool = False) -> str:
    """The palette as custom properties of `:root`, and one property for each status."""
    shades = palette.DARK if dark else {}
    parts = {
        name.removesuffix("_minor").replace("_", "-"): color
        for name, color in palette.PART_COLORS.items()
    }
    root = ";".join(
        f"--{name}:{shades.get(color, color)}" for name, color in (COLORS | parts).items()
    )
    statuses = "".join(
        f".s-{slug(status)}{{--status:{shades.get(color, color)}}}"
        for status, color in palette.STATUS_COLORS.items()
    )
    return f":root{{{root}}}{statuses}"


def dark_charts(scope: str) -> str:
    """Rules that replace the colours of charts inside `scope` with those of the dark page."""
    return "".join(
        f'{scope} [{attribute}="{color}" i]{{{attribute}:{dark_color}}}'
        for color, dark_color in palette.DARK.items()
        for attribute in ("fill", "stroke")
    )


@lru_cache(maxsize=1)
def page_styles() -> str:
    """The style element of the offline page."""
    faces = "".join(
        f"@font-face{{font-family:{palette.FONT};font-weight:{weight};font-display:swap;"
        f"src:url({fonts.data_uri(ASSETS / 'fonts' / name, 'font/woff2')}) format('woff2')}}"
        for weight, name in WEB_FONTS.items()
    )
    dark_rules = variables(dark=True) + dark_charts(".drawing")
    dark = f"@media screen and (prefers-color-scheme:dark){{{dark_rules}}}"
    sheets = template_styles("terminal.css") + template_styles("page/page.css")
    return f"{faces}{variables()}{dark}\n{sheets}"


@lru_cache(maxsize=1)
def print_styles() -> str:
    """The style element of the print sheet; its fonts are fetched from `asset:`."""
    faces = "".join(
        f"@font-face{{font-family:{family};font-weight:{fonts.font_weight(path)};"
        f"src:url(asset:///{path.parent.name}/{path.name})}}"
        for family, folder in ((palette.FONT, fonts.TEXT), ("Monospaced", fonts.MONOSPACED))
        for path in fonts.font_files(folder)
    )
    sheets = template_styles("terminal.css") + template_styles("print/print.css")
    return f"{faces}{variables()}\n{sheets}"


def template_styles(name: str) -> str:
    """The CSS file of this name in templates/."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
