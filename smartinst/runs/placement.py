"""A finished set of artifacts replaces the earlier set of its folder, whole or not at all."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path


def replace_folder(source: Path, folder: Path) -> None:
    """Moves `source` to `folder`. Nothing of an earlier set remains, as it could contradict it.

    Two runs of one folder take turns. A run that is killed between the two renames leaves the
    earlier set in `.earlier-…`.
    """
    earlier = folder.with_name(f".earlier-{folder.name}")
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(earlier, ignore_errors=True)
        if folder.exists():
            folder.rename(earlier)
        source.rename(folder)
        shutil.rmtree(earlier, ignore_errors=True)
