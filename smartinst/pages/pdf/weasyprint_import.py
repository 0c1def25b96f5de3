"""WeasyPrint, imported when needed, without work that a report does not need.

It tries names of libraries that only other systems have, it parses a C declaration for each subset
of a font, and pydyf, its writer, compresses as strongly as it can: together a third of a second of
the import, and 25 ms of each document.
"""

from __future__ import annotations

import ctypes.util
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from types import SimpleNamespace
from typing import Any, Final

from smartinst.errors import MissingLibraryError

APT: Final = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
COMPRESSION: Final = 7
"""Level of zlib: level 9, that of pydyf, takes 2.5 times as long for a PDF that is 1 % smaller."""

_SIZED_ARRAY: Final = re.compile(r"(hb_codepoint_t)\[\d+\]")


def import_weasyprint() -> Any:
    """WeasyPrint; the rest of the package works without Pango. MissingLibraryError without it."""
    try:
        with redirect_stdout(StringIO()):  # it prints a banner before it raises
            with suppress(OSError), _without_library_search():
                import weasyprint
            import pydyf
            import weasyprint.urls
            from weasyprint.pdf import fonts
    except OSError as error:
        raise MissingLibraryError(f"the PDF needs Pango, which is missing; run: {APT}") from error
    if not isinstance(fonts.ffi, _UnsizedArrays):
        fonts.ffi = _UnsizedArrays(fonts.ffi)
    pydyf.zlib = SimpleNamespace(**vars(zlib) | {"compressobj": _compressor})
    return weasyprint


@contextmanager
def _without_library_search() -> Iterator[None]:
    """Lets ctypes search for no library, so that only the names that the linker knows are loaded.

    WeasyPrint tries Windows' names first. For each, ctypes starts ldconfig, gcc and ld: on Linux
    half of the time of the import.
    """
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None  # noqa: ARG005 (its parameter's name)
    try:
        yield
    finally:
        ctypes.util.find_library = search


class _UnsizedArrays:
    """An FFI of cffi; a new array of glyph numbers has the length of its values.

    WeasyPrint names the length in the type, `hb_codepoint_t[57]`. cffi would parse that with a
    parser of C, in 2.4 ms, twice for each font.
    """

    def __init__(self, ffi: Any) -> None:
        self._ffi = ffi

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ffi, name)

    def new(self, declaration: str, *values: Any) -> Any:
        """A new object of a C type; `hb_codepoint_t[N]` with values becomes `hb_codepoint_t[]`."""
        if values and (array := _SIZED_ARRAY.fullmatch(declaration)):
            declaration = f"{array[1]}[]"
        return self._ffi.new(declaration, *values)


def _compressor(level: int) -> Any:  # noqa: ARG001 (pydyf's)
    """A compressor of the level COMPRESSION."""
    return zlib.compressobj(COMPRESSION)
