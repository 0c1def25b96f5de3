"""The errors of cells in messages and mails: their types, without texts that may name a buyer.

The text of an error is in the log of its run. Only errors that smartinst itself raises have theirs
in messages: they name places. What raised an error is read from its traceback, since a notebook may
raise any class, and name its own as it likes.
"""

from __future__ import annotations

import builtins
import os
import re
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from smartinst import errors
from smartinst.machine_errors import MAX_NAME_LENGTH, UNNAMED_ERROR

_COLOR_CODES: Final = re.compile(r"\x1b\[[0-9;]*m")
_FILE_OF_CELL: Final = re.compile(r"\((?:<[^>]*>|\d+\.py), line (\d+)\)")
_SYNTAX_ERRORS: Final = ("SyntaxError", "IndentationError", "TabError")
_LONGEST_ERROR: Final = 300
_FRAME: Final = re.compile(r"(?:File (.+?):\d+(?:, in |\n|$)|Cell )")
"""The beginning of a frame in a traceback of IPython; the file, if it is not a cell."""
_PACKAGE: Final = str(Path(errors.__file__).parent) + os.sep
_LIBRARIES: Final = tuple(
    {sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)


def error_text(error: Mapping[str, Any]) -> str:
    """The error of a cell in one line: `ZeroDivisionError: division by zero`."""
    text = _COLOR_CODES.sub("", f"{error.get('ename')}: {error.get('evalue')}")
    line = text.strip(": \n").partition("\n")[0].strip()
    line = _FILE_OF_CELL.sub(r"(line \1)", line)
    return line if len(line) <= _LONGEST_ERROR else f"{line[:_LONGEST_ERROR]}…"


def error_name(error: Mapping[str, Any]) -> str:
    """The error of a cell for messages and mails: its type, without its text.

    An error that smartinst raised has its text, one in the syntax its line. A type that is neither
    Python's nor raised by a library is not named.
    """
    name, file = str(error.get("ename")), _raising_file(error)
    is_own = isinstance(getattr(errors, name, None), type)
    if is_own and file.startswith(_PACKAGE):
        return error_text(error)
    if not (is_own or _is_of_python(name) or _is_of_library(name, file)):
        return UNNAMED_ERROR
    place = _FILE_OF_CELL.search(str(error.get("evalue"))) if name in _SYNTAX_ERRORS else None
    return f"{name} (line {place[1]})" if place else name


def _is_of_python(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _is_of_library(name: str, file: str) -> bool:
    is_name = name.isascii() and name.isidentifier() and len(name) <= MAX_NAME_LENGTH
    return is_name and file.startswith((*_LIBRARIES, _PACKAGE))


def _raising_file(error: Mapping[str, Any]) -> str:
    """The file whose code raised the error of a cell; empty if that was a cell, or is unknown.

    The frames are those before the message, which may itself look like a frame.
    """
    lines = error.get("traceback")
    parts = [_COLOR_CODES.sub("", str(line)) for line in lines] if isinstance(lines, list) else []
    message = _COLOR_CODES.sub("", f"{error.get('ename')}: {error.get('evalue')}")
    if message not in parts:
        return ""
    frames = [frame for part in parts[: parts.index(message)] if (frame := _FRAME.match(part))]
    return str(Path(frames[-1][1]).expanduser()) if frames and frames[-1][1] else ""
