"""Folders of a backup or a restore while it lasts, and those that a killed one has left behind.

Each has a file that its process locks, so that the folders of ended processes are told apart: they
contain data of sellers, and the next backup or restore at the same place removes them. A folder
without that file is not smartinst's and is never touched.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from smartinst.settings import Settings

RESTORING: Final = ".smartinst-restoring-"
BACKUP: Final = ".smartinst-backup-"
LOCK: Final = ".smartinst-lock"
_WITHOUT_LOCKS: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
"""Errors of file systems that have no locks."""


@contextmanager
def temporary_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder for the block, after those of ended processes are removed."""
    remove_leftovers(parent, prefix)
    folder, lock = _new_folder(parent, prefix)
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(parent: Path, prefix: str) -> None:
    """Removes the folders that ended processes have left, each while its lock is held."""
    for folder in _folders(parent, prefix):
        with suppress(OSError), (folder / LOCK).open("r+") as file:
            if _lock(file):
                shutil.rmtree(folder, ignore_errors=True)


def restore_leftovers(settings: Settings) -> list[str]:
    """What ended restores have left beside the home and in the workspace."""
    places = {settings.workspace.resolve(), settings.home.resolve().parent}
    folders = (folder for place in sorted(places) for folder in _folders(place, RESTORING))
    return [str(folder) for folder in folders if _has_ended(folder)]


def _folders(parent: Path, prefix: str) -> list[Path]:
    """The folders of running and ended processes in a folder."""
    return [path.parent for path in sorted(parent.glob(f"{prefix}*/{LOCK}"))]


def _has_ended(folder: Path) -> bool:
    """Whether no process has locked a folder; False if it cannot be examined."""
    with suppress(OSError), (folder / LOCK).open("r+") as file:
        return _lock(file)
    return False


def _new_folder(parent: Path, prefix: str) -> tuple[Path, IO[str]]:
    """A folder with its open lock; another one if a cleanup removes it before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with suppress(FileNotFoundError):
            file = (folder / LOCK).open("x")
            if _lock_if_possible(file) and (folder / LOCK).exists():
                return folder, file
            file.close()


def _lock_if_possible(file: IO[str]) -> bool:
    """Like `_lock`, but True where the file system has no locks: cleanups skip such a folder."""
    try:
        return _lock(file)
    except OSError as error:
        if error.errno in _WITHOUT_LOCKS:
            return True
        raise


def _lock(file: IO[str]) -> bool:
    """Locks a file until it is closed; False if another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
