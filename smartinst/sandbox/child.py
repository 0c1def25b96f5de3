"""Isolation of one run's process: from the other runs, from its parents, and from their files."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from smartinst.sandbox import linux
from smartinst.sandbox.paths import program_paths, read_only_paths
from smartinst.shipped import PACKAGE

_DEVICES: Final = tuple(
    Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom", "tty")
)
_ETC_FILES: Final = tuple(
    Path("/etc", name) for name in ("passwd", "group", "hosts", "nsswitch.conf")
)
_SHARED_FOLDERS: Final = (Path("/tmp"), Path("/dev/shm"))  # noqa: S108 (each run gets its own)
_SHARED_MEGABYTES: Final = 256


@dataclass(frozen=True)
class Isolation:
    """How far the process of a run is isolated.

    `has_private_folder`: the folders of other runs are not visible. `has_private_network`: it has
    only a loopback of its own. `has_file_rules`: it can open only files that a run needs, and
    cannot inspect processes outside.
    """

    has_private_folder: bool
    has_private_network: bool
    has_file_rules: bool


def protect_process() -> None:
    """Prevents processes without capabilities from reading this one's memory and environment.

    For the processes that start runs. A program that this process starts is not protected.
    """
    linux.set_dumpable(False)
    linux.forbid_new_privileges()


@lru_cache(maxsize=1)
def cached_program_paths() -> tuple[Path, ...]:
    """`program_paths`, which take 3 ms: a preloaded process looks for them before it forks."""
    return program_paths()


def isolate_child(
    own_folder: Path,
    siblings_folder: Path,
    readable: Iterable[Path] = (),
    *,
    is_confined: bool = True,
    needs_loopback: bool = False,
) -> Isolation:
    """Isolates this process, which must have one thread, and all that it starts, permanently.

    It loses its capabilities, cannot gain others, and its memory cannot be read by other processes.
    Where the kernel permits, it sees of `siblings_folder` only `own_folder`. If `is_confined`, it
    also opens only `read_only_paths(readable)` and its own folder, and has no network; with
    `needs_loopback`, TCP stays open if no private network is possible. Its temporary files are in
    its own folder.
    """
    paths = read_only_paths(readable, cached_program_paths())
    private_folders = [
        folder
        for folder in _SHARED_FOLDERS
        if is_confined
        and folder.is_dir()
        and not any(path.is_relative_to(folder) for path in (*paths, siblings_folder))
    ]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    linux.set_dumpable(True)  # otherwise root owns the files of the namespace's maps
    has_namespaces = _enter_namespaces(with_network=is_confined)
    if has_namespaces:
        _hide_siblings(own_folder, siblings_folder)
        for folder in private_folders:
            _mount_temporary(folder, _SHARED_MEGABYTES)
    linux.drop_capabilities()
    linux.forbid_new_privileges()
    linux.set_dumpable(False)
    has_file_rules = is_confined and linux.landlock_version() > 0
    if has_file_rules:
        linux.restrict_files(
            (*paths, *_ETC_FILES, Path("/proc")),
            (own_folder, *_DEVICES, *(private_folders if has_namespaces else ())),
            (PACKAGE.parent,),  # Python lists the folder from which it imports a package
            permits_tcp=needs_loopback or has_namespaces,
        )
    os.environ.update({"HOME": str(own_folder), "TMPDIR": str(own_folder)})
    tempfile.tempdir = None
    return Isolation(has_namespaces, has_namespaces and is_confined, has_file_rules)


def _enter_namespaces(*, with_network: bool) -> bool:
    """Whether this process is now in a user and a mount namespace, in which it may mount."""
    user, group = os.geteuid(), os.getegid()
    flags = linux.CLONE_NEWUSER | linux.CLONE_NEWNS
    if with_network:
        flags |= linux.CLONE_NEWNET | linux.CLONE_NEWIPC
    try:
        linux.unshare(flags)
    except OSError:
        return False
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    if with_network:
        linux.raise_loopback()
    return True


def _hide_siblings(own_folder: Path, siblings_folder: Path) -> None:
    """Covers the folder of all runs by an empty one that has only this run's folder."""
    working_directory = Path.cwd()
    own = os.open(own_folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _mount_temporary(siblings_folder, 1)
        own_folder.mkdir(parents=True)
        linux.mount(f"/proc/self/fd/{own}", own_folder, flags=linux.MS_BIND | linux.MS_REC)
    finally:
        os.close(own)
    flags = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("none", siblings_folder, flags=flags)
    with suppress(FileNotFoundError):  # of another run: then there is no place to return to
        os.chdir(working_directory)  # what `..` means is resolved again
        return
    os.chdir(own_folder)


def _mount_temporary(folder: Path, megabytes: int) -> None:
    options = f"size={megabytes}m,mode=0755"
    linux.mount("tmpfs", folder, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)
