"""Folders of a backup or a restore while it lasts, and those that a killed one has left behind.

Each has a file that its process locks, so that the folders of ended processes are told apart: they
contain data of sellers, and the next backup or restore at the same place removes them.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from smartinst.settings import Settings

RESTORING: Final = ".restoring-"
BACKUP: Final = ".backup-"
_LOCK: Final = "lock"
_SUFFIX: Final = re.compile(r"[a-z0-9_]{8}")
"""What `tempfile` appends to a prefix."""


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
    """Removes the folders that ended processes have left."""
    for folder in leftovers(parent, prefix):
        shutil.rmtree(folder, ignore_errors=True)


def restore_leftovers(settings: Settings) -> list[str]:
    """What ended restores have left beside the home and in the workspace."""
    places = {settings.workspace.resolve(), settings.home.resolve().parent}
    return [str(path) for place in sorted(places) for path in leftovers(place, RESTORING)]


def leftovers(parent: Path, prefix: str) -> list[Path]:
    """The folders with a prefix whose process has ended; none that cannot be examined."""
    folders = [
        path
        for path in parent.glob(f"{prefix}*")
        if path.is_dir() and not path.is_symlink() and _SUFFIX.fullmatch(path.name, len(prefix))
    ]
    return sorted(folder for folder in folders if _has_ended(folder))


def _has_ended(folder: Path) -> bool:
    """Whether no process has locked a folder."""
    with suppress(OSError), (folder / _LOCK).open("a") as file:
        return _lock(file)
    return False


def _new_folder(parent: Path, prefix: str) -> tuple[Path, IO[str]]:
    """A folder with its open lock; another one if a cleanup removes it before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with suppress(FileNotFoundError):
            file = (folder / _LOCK).open("a")
            if _lock(file) and (folder / _LOCK).exists():
                return folder, file
            file.close()


def _lock(file: IO[str]) -> bool:
    """Locks a file until it is closed; False if another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
