"""What a run may read: system libraries, the interpreter, the package, files of the workspace."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from smartinst.credentials import environment, secret_files
from smartinst.errors import ConfigurationError
from smartinst.settings import Settings
from smartinst.shipped import NOTEBOOKS, PACKAGE, TEMPLATES

SYSTEM_FOLDERS: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES: Final = (
    *(f"/etc/{name}" for name in ("alternatives", "fonts", "localtime", "timezone", "mime.types")),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
    *("/var/cache/fontconfig", "/nix/store"),
)
_PARTS_OF_PREFIX: Final = ("bin", "lib", "lib64", "share", "etc", "include", "pyvenv.cfg")
"""Parts of a Python installation: an environment may be a workspace's own folder."""
_PACKAGE_FOLDERS: Final = ("site-packages", "dist-packages")


def read_only_paths(
    readable: Iterable[Path] = (), program: Iterable[Path] | None = None
) -> tuple[Path, ...]:
    """Everything that a run may read outside its own folder, with targets of symbolic links.

    No path is inside another one; `readable` are the paths that the settings add, and
    `program` are those of `program_paths` if they were found before.
    """
    program_and_system = program_paths() if program is None else program
    return _outermost({*program_and_system, *_existing(readable)})


def program_paths() -> tuple[Path, ...]:
    """The paths that every run may read: the system's, the interpreter's and the package's."""
    system = map(Path, (*SYSTEM_FOLDERS, *SYSTEM_FILES))
    return _outermost(_existing((*system, *_interpreter(), PACKAGE, TEMPLATES, NOTEBOOKS)))


def _existing(candidates: Iterable[Path]) -> set[Path]:
    """The paths that exist, and where their symbolic links lead."""
    existing = {path for path in candidates if path.exists()}
    return existing | {path.resolve() for path in existing}


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The sorted paths, without those inside another one."""
    outermost: list[Path] = []
    for path in sorted(paths):
        if not any(path.is_relative_to(folder) for folder in outermost):
            outermost.append(path)
    return tuple(outermost)


def _interpreter() -> Iterator[Path]:
    """The folders of Python and its environment, also where their symbolic links lead."""
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    for prefix in (*map(Path, prefixes), *_prefixes_of(Path(sys.executable))):
        yield from (prefix / part for part in _PARTS_OF_PREFIX)
    for folder in map(Path, sys.path):  # also the user's, and those that .pth files name
        if folder.name in _PACKAGE_FOLDERS:
            yield folder


def _prefixes_of(program: Path) -> Iterator[Path]:
    """The prefix of a program, and of each program that it is a symbolic link to."""
    for _ in range(40):  # as many links as the kernel follows
        yield program.parent.parent
        if not program.is_symlink():
            return
        program = Path(os.path.normpath(program.parent / program.readlink()))


def readable_paths(settings: Settings) -> tuple[Path, ...]:
    """The workspace's notebooks and templates, and the paths of the setting `readable`.

    ConfigurationError if a run could read data, configuration or secrets through one of them.
    """
    workspace = settings.workspace
    own = tuple(filter(Path.is_dir, (workspace / "notebooks", workspace / "templates")))
    paths = (*own, *settings.readable)
    private = [path.resolve() for path in _private_paths(settings)]
    for path in paths:
        for private_path in private:
            if private_path.is_relative_to(path.resolve()):
                raise ConfigurationError(
                    f"runs would read {private_path}, because {path} is readable for them; "
                    "move it, or name narrower folders in `readable`"
                )
            if path not in own and path.resolve().is_relative_to(private_path):
                raise ConfigurationError(
                    f"runs would read {path} in {private_path}, which is closed to runs: "
                    "name a folder outside it in `readable`"
                )
    return paths


def _private_paths(settings: Settings) -> Iterator[Path]:
    """Paths that no run may read: data of all sellers, configuration, files of secrets."""
    workspace = settings.workspace
    configuration = environment().get("SMARTINST_CONFIG") or "smartinst.toml"
    yield from (settings.home, workspace / configuration, workspace / ".env")
    if "://" not in settings.ledger:
        yield Path(settings.ledger)
    if settings.database.startswith("sqlite:///"):
        yield Path(unquote(urlsplit(settings.database).path))
    yield from secret_files()
