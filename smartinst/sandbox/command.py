"""The command that starts a program in a sandbox of bubblewrap."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from smartinst.sandbox.paths import SYSTEM_FOLDERS, read_only_paths
from smartinst.shipped import PACKAGE

PROGRAM: Final = "bwrap"
USER_ID: Final = 1000
"""The number of user and group inside the sandbox."""
_ETC: Final = PACKAGE / "sandbox" / "etc"
_NAMESPACES: Final = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
)


def find_program() -> str | None:
    """The path of bubblewrap; None if it is not installed."""
    return shutil.which(PROGRAM, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/bin")))


def sandbox_command(work_folder: Path, readable: Iterable[Path] = ()) -> list[str]:
    """The arguments to put before a command so that it runs in a sandbox.

    The command can read the system's libraries, Python with its packages, this package and
    `readable`, and can write `work_folder`, where it starts. It has no network except a loopback of
    its own, sees only processes of the sandbox, and has no capabilities. Each run in it calls
    `isolate_child`, so that it does not see the others.

    The caller starts it with `clean_environment`, which bubblewrap passes on, and from a thread
    that lives as long as the sandbox should: the end of that thread ends it.
    """
    return [
        find_program() or PROGRAM,
        *_NAMESPACES,
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--uid", str(USER_ID), "--gid", str(USER_ID), "--hostname", "smartinst"),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm", "--tmpfs", "/tmp"),  # noqa: S108
        *_system_folders(),
        *_read_only(readable),
        *("--bind", str(work_folder), str(work_folder), "--chdir", str(work_folder)),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--"),
    ]


def _system_folders() -> Iterator[str]:
    """Links such as /bin → usr/bin stay links; `read_only_paths` has the folders."""
    for folder in map(Path, SYSTEM_FOLDERS):
        if folder.is_symlink():
            yield from ("--symlink", str(folder.readlink()), str(folder))


def _read_only(readable: Iterable[Path]) -> Iterator[str]:
    links = [folder for folder in map(Path, SYSTEM_FOLDERS) if folder.is_symlink()]
    for path in read_only_paths(readable):
        if path not in links:
            yield from ("--ro-bind", str(path), str(path))
    for file in sorted(_ETC.iterdir()):
        yield from ("--ro-bind", str(file), f"/etc/{file.name}")
