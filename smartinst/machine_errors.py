"""Faults of the machine in one line: an unusable file or database (read-only, full, missing)."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path


def machine_error(error: Exception) -> str | None:
    """One line about the file or database; None if the error is a bug."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{error.filename or 'the disk'}: {error.strerror}{free_space(error.filename)}"
    if isinstance(error, OSError) and (error.filename is not None or error.errno is not None):
        return f"{error.filename or 'the machine'}: {error.strerror}"
    if "sqlalchemy" in sys.modules:  # many commands do not load it
        from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError

        if isinstance(error, DatabaseError) and not isinstance(
            error, (DataError, IntegrityError, ProgrammingError)
        ):
            return f"database: {error.orig}"
    return None


def free_space(path: str | bytes | os.PathLike[str] | None) -> str:
    """The free space of a file's disk, in brackets; empty if it cannot be measured."""
    folder = Path(os.fsdecode(path or "."))
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return ""
    return f" ({usage.free / 1e6:.1f} MB of {usage.total / 1e6:.0f} MB are free)"
