"""Faults of the machine in one line: an unusable file or database (read-only, full, missing)."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from smartinst.errors import SmartinstError

MIN_FREE_BYTES: Final = 1 << 20
"""A disk with less free space is called full."""

MAX_NAME_LENGTH: Final = 60
"""A longer type name is not shown: it may be text rather than a name."""
UNNAMED_ERROR: Final = "an error (its type and text are in the log)"
"""Stands for a type whose name may be any text, since a notebook may have defined it."""

_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)
_NO_SPACE_TEXTS: Final = tuple(map(os.strerror, _NO_SPACE))
_NOT_WRITABLE: Final = (errno.EROFS, errno.EACCES, errno.EPERM)
_READ_ONLY_DATABASE: Final = "attempt to write a readonly database"


def machine_error(error: Exception, folders: Sequence[Path] = ()) -> str | None:
    """One line about the file or database; None if the error is a bug.

    `folders` are those that must be writable, the home first: one that is not is named itself.
    """
    if line := no_space_error(error):
        return next(filter(None, map(full_disk, folders)), line) if _names_no_file(error) else line
    if line := _unwritable_error(error, folders):
        return line
    if isinstance(error, OSError) and (error.filename is not None or error.errno is not None):
        return f"{error.filename or 'the machine'}: {error.strerror}"
    if (reason := _database_reason(error)) is not None:
        return f"database: {reason}"
    return None


def error_summary(error: Exception) -> str:
    """One line about any error, for the operator: its text only if that cannot name a buyer.

    The texts of smartinst's own errors name places; other errors, except those of the machine, may
    quote a row, so that only their types are named.
    """
    if isinstance(error, SmartinstError):
        return str(error)
    return machine_error(error) or type_name(error)


def type_name(error: BaseException) -> str:
    """The type of an error, if a module defines it under this name; a notebook is not one."""
    kind = type(error)
    module = sys.modules.get(kind.__module__)
    is_known = getattr(module, "__name__", "__main__") != "__main__" and (
        getattr(module, kind.__name__, None) is kind
    )
    is_name = kind.__name__.isidentifier() and len(kind.__name__) <= MAX_NAME_LENGTH
    return kind.__name__ if is_known and is_name else UNNAMED_ERROR


def no_space_error(error: Exception) -> str | None:
    """One line about a full disk; None for another error.

    Copies of folders (shutil.Error) and libraries in Rust name their error only in their text.
    """
    if not isinstance(error, OSError):
        return None
    if error.errno in _NO_SPACE:
        if error.filename is None:
            return f"the disk: {error.strerror}"
        return f"{error.filename}: {error.strerror}{free_space(error.filename)}"
    if error.errno is None:
        text = next((text for text in _NO_SPACE_TEXTS if text in str(error)), None)
        return text and f"the disk: {text}"
    return None


def _names_no_file(error: Exception) -> bool:
    return getattr(error, "filename", None) is None


def unwritable(folder: Path) -> str | None:
    """Why nothing can be written below a folder, which need not exist yet; None if it can."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if os.access(folder, os.W_OK):
        return None
    is_read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return os.strerror(errno.EROFS if is_read_only else errno.EACCES)


def _unwritable_error(error: Exception, folders: Sequence[Path]) -> str | None:
    """The folder that cannot be written, if that is the cause of an error."""
    if isinstance(error, OSError):
        if error.errno not in _NOT_WRITABLE:
            return None
        path = None if error.filename is None else Path(os.fsdecode(error.filename)).absolute()
        folders = [folder for folder in folders if path is None or path.is_relative_to(folder)]
    elif _database_reason(error) != _READ_ONLY_DATABASE:
        return None
    for folder in folders:
        if reason := unwritable(folder):
            return f"the home {folder} cannot be written: {reason}"
    return None


def _database_reason(error: Exception) -> str | None:
    """What a database says of itself; None if an error is of a statement or no database's."""
    if "sqlalchemy" in sys.modules:  # many commands do not load it
        from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

        if isinstance(error, DatabaseError) and not isinstance(
            error, (DataError, IntegrityError, ProgrammingError)
        ):
            return str(error.orig)
    return None


def full_disk(path: Path) -> str | None:
    """One line about the disk of a file or folder if it has no space left; else None."""
    try:
        free_bytes = shutil.disk_usage(_folder_of(path)).free
    except OSError:
        return None
    if free_bytes >= MIN_FREE_BYTES:
        return None
    return f"{path}: {_NO_SPACE_TEXTS[0]}{free_space(path)}"


def free_space(path: str | bytes | os.PathLike[str]) -> str:
    """The free space of a file's disk, in brackets; empty if it cannot be measured."""
    try:
        usage = shutil.disk_usage(_folder_of(Path(os.fsdecode(path))))
    except OSError:
        return ""
    return f" ({usage.free / 1e6:.1f} MB of {usage.total / 1e6:.0f} MB are free)"


def _folder_of(path: Path) -> Path:
    """The nearest folder that exists."""
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path
