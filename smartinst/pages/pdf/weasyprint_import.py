"""Imports WeasyPrint on demand, and replaces what is slow in it.

The search for libraries of other systems takes a third of a second of the import. Parsing a C type
for each font and compressing at pydyf's level take 25 ms of each document.
"""

from __future__ import annotations

import ctypes.util
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from importlib import import_module
from io import StringIO
from threading import Lock
from types import SimpleNamespace
from typing import Any, Final

from smartinst.errors import MissingLibraryError

APT: Final = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
COMPRESSION_LEVEL: Final = 7
"""zlib's: level 9, that of pydyf, takes 2.5 times as long for a PDF that is 1 % smaller."""

_LOCK: Final = Lock()
"""The import changes what all threads of a process share, so only one thread imports at a time."""

_SIZED_ARRAY: Final = re.compile(r"(hb_codepoint_t)\[\d+\]")


def import_weasyprint() -> Any:
    """WeasyPrint; MissingLibraryError if Pango is missing, which only the PDF needs."""
    with _LOCK:
        try:
            if "weasyprint" not in sys.modules:
                _import_quickly()
            import weasyprint.urls
        except OSError as error:
            message = f"the PDF needs Pango, which is missing; run: {APT}"
            raise MissingLibraryError(message) from error
        _replace_slow_parts()
    return weasyprint


def _import_quickly() -> None:
    """Imports WeasyPrint without its search for libraries, or with it if that fails."""
    with redirect_stdout(StringIO()):  # it prints a banner before it raises
        with suppress(OSError), _without_library_search():
            import_module("weasyprint")
        import_module("weasyprint")


def _replace_slow_parts() -> None:
    """Replaces them once; a version of the libraries that has no such part remains as it is."""
    with suppress(ImportError, AttributeError):
        fonts: Any = import_module("weasyprint.pdf.fonts")
        if not isinstance(fonts.ffi, _UnsizedArrayFFI):
            fonts.ffi = _UnsizedArrayFFI(fonts.ffi)
    with suppress(ImportError, AttributeError):
        pydyf: Any = import_module("pydyf")
        if pydyf.zlib is zlib:
            pydyf.zlib = SimpleNamespace(**vars(zlib) | {"compressobj": _compressor})


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


class _UnsizedArrayFFI:
    """An FFI of cffi; a new array of glyph numbers has the length of its values.

    WeasyPrint names the length in the type, `hb_codepoint_t[57]`. cffi would parse that with a
    C parser, in 2.4 ms, twice for each font.
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


def _compressor(_level: int = -1, *arguments: Any, **options: Any) -> Any:
    """A compressor of COMPRESSION_LEVEL, regardless of the requested level."""
    options.pop("level", None)
    return zlib.compressobj(COMPRESSION_LEVEL, *arguments, **options)
