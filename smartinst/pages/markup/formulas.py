"""Formulas in LaTeX or MathML as pictures, drawn by ziamath."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import Any, Final

SIZE: Final = 14
"""Size of type in formulas, in CSS pixels."""


@lru_cache(maxsize=512)
def latex_picture(latex: str) -> str:
    """An `img` element with the formula, or a `code` element with its source if that fails."""
    source = " ".join(latex.split())
    return _picture(lambda ziamath: ziamath.Latex(source, size=SIZE), source)


@lru_cache(maxsize=512)
def mathml_picture(mathml: str, text: str) -> str:
    """An `img` element with the formula, or a `code` element with its text if that fails."""
    return _picture(lambda ziamath: ziamath.Math(mathml, size=SIZE), text)


def _picture(draw: Callable[[Any], Any], alternative: str) -> str:
    import ziamath
    from ziamath.config import config
    from ziamath.zmath import loadedfonts

    config.svg2 = False  # shapes in place: other programs ignore <symbol>
    # If `\text` fails, ziamath leaves its font in the language of that text.
    loadedfonts["default"].language("math", "")  # type: ignore[no-untyped-call]
    try:
        formula = draw(ziamath)
        svg = formula.svg()
        width, height = (round(length + 2) for length in formula.getsize())
    except Exception:  # latex2mathml and ziamath raise errors of any class for unknown commands
        return f"<code>{escape(alternative)}</code>"
    address = base64.b64encode(svg.encode()).decode()
    return (
        f'<img class="formula" src="data:image/svg+xml;base64,{address}" '
        f'width="{width}" height="{height}" alt="{escape(alternative)}" />'
    )
