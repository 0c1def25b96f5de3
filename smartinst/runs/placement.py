"""Replaces the artifacts in a folder by a new set, and removes them."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import suppress
from pathlib import Path


def replace_folder(source: Path, folder: Path) -> None:
    """Moves `source` to `folder`; no file of an earlier set remains.

    Runs with the same folder wait for each other. A run that is killed between the two renames
    leaves the earlier set in `.earlier-…`.
    """
    lock_file, earlier = _lock_file(folder), _earlier_set(folder)
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(earlier, ignore_errors=True)
        if folder.exists():
            folder.rename(earlier)
        source.rename(folder)
        shutil.rmtree(earlier, ignore_errors=True)


def remove_folder(folder: Path) -> None:
    """Removes the artifacts in a folder, with what `replace_folder` keeps beside it.

    The folder above goes too, if nothing else is in it. OSError if something cannot be removed.
    """
    for place in (folder, _earlier_set(folder)):
        with suppress(FileNotFoundError):
            shutil.rmtree(place)
    _lock_file(folder).unlink(missing_ok=True)
    with suppress(OSError):  # artifacts of other runs
        folder.parent.rmdir()


def _lock_file(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.lock")


def _earlier_set(folder: Path) -> Path:
    return folder.with_name(f".earlier-{folder.name}")
