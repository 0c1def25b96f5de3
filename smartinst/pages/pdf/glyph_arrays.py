"""Arrays of glyph numbers for HarfBuzz, whose C type is parsed once and not per number of glyphs.

WeasyPrint names the length of each array in its type: `hb_codepoint_t[57]`. cffi parses such a
declaration with a parser of C, which takes 2.4 ms, and a document has two of them per font.
"""

from __future__ import annotations

import re
from typing import Any, Final

_SIZED: Final = re.compile(r"(hb_codepoint_t)\[\d+\]")


def parse_type_once(fonts: Any) -> None:
    """Lets WeasyPrint's module of fonts take the length of such an array from its values."""
    if not isinstance(fonts.ffi, _UnsizedArrays):
        fonts.ffi = _UnsizedArrays(fonts.ffi)


class _UnsizedArrays:
    """An FFI of cffi; a new array of glyph numbers has the length of its values."""

    def __init__(self, ffi: Any) -> None:
        self._ffi = ffi

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ffi, name)

    def new(self, declaration: str, *values: Any) -> Any:
        """A new object of a C type; `hb_codepoint_t[N]` with values becomes `hb_codepoint_t[]`."""
        if values and (array := _SIZED.fullmatch(declaration)):
            declaration = f"{array[1]}[]"
        return self._ffi.new(declaration, *values)
