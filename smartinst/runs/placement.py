"""Replaces the artifacts in a folder by a new set."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path


def replace_folder(source: Path, folder: Path) -> None:
    """Moves `source` to `folder`; no file of an earlier set remains.

    Runs with the same folder wait for each other. A run that is killed between the two renames
    leaves the earlier set in `.earlier-…`.
    """
    earlier = folder.with_name(f".earlier-{folder.name}")
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(earlier, ignore_errors=True)
        if folder.exists():
            folder.rename(earlier)
        source.rename(folder)
        shutil.rmtree(earlier, ignore_errors=True)
