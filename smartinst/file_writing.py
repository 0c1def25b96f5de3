"""Files that are written whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Writes a file whole; if that fails, an earlier file stays and nothing is left behind.

    A link, a device, a pipe and a file in a read-only folder are written directly. OSError names
    the path.
    """
    is_special = path.is_symlink() or (path.exists() and not path.is_file())
    try:
        if is_special or (path.exists() and not os.access(path.parent, os.W_OK)):
            path.write_bytes(content)
        else:
            _write_beside(path, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write_beside(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
