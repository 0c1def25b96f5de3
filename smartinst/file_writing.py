"""Files that are written whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path


def write_file(path: Path, content: bytes, *, is_durable: bool = False) -> None:
    """Writes a file whole; if that fails, an earlier file stays and nothing is left behind.

    A link, a device, a pipe and a file in a read-only folder are written directly. OSError names
    the path. `is_durable`: after the return, the file survives a power failure.
    """
    is_special = path.is_symlink() or (path.exists() and not path.is_file())
    try:
        if is_special or (path.exists() and not os.access(path.parent, os.W_OK)):
            path.write_bytes(content)
        else:
            _write_beside(path, content, is_durable=is_durable)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write_beside(path: Path, content: bytes, *, is_durable: bool) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if is_durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes the names of a folder's files durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
