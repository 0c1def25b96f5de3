"""Symbolic links with which Delta Lake finds local folders whose names it misreads.

delta-rs turns a folder into a URL, and its log reader decodes that URL twice: a folder `a%20b` is
written as `a%20b` and its log is read from `a b`. A symbolic link with the decoded name, beside the
folder, makes both names mean the same folder. Characters that crash delta-rs are
refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import unquote

from smartinst.errors import LedgerError

_UNUSABLE: Final = frozenset("[]^|\\") | {chr(code) for code in (*range(32), 127)}


def make_addressable(root: str) -> None:
    """Adds the links that Delta Lake needs to read tables under `root`, a folder or an address.

    LedgerError if a folder's name cannot be used, or if the name of a link is taken.
    """
    if "://" in root:
        return
    path = Path(root).resolve()
    for folder in (*reversed(path.parents), path):
        if unusable := sorted(_UNUSABLE & set(folder.name)):
            raise _unusable(folder, f"contains {unusable[0]!r}")
        if (decoded := _decoded_name(folder)) != folder.name:
            _link(folder, decoded)


def _decoded_name(folder: Path) -> str:
    """The name under which delta-rs looks for a folder."""
    try:
        name = unquote(folder.name, errors="strict")
    except UnicodeDecodeError as error:
        raise _unusable(folder, "contains % before two digits that are no character") from error
    if name in (".", "..") or {"/"} & set(name) - set(folder.name) or _UNUSABLE & set(name):
        raise _unusable(folder, "contains % before two digits that mean another folder")
    return name


def _link(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    link = folder.parent / name
    try:
        link.symlink_to(folder.name)
    except FileExistsError:
        if not (link.is_symlink() and link.exists() and link.samefile(folder)):
            raise _unusable(folder, f"is read by Delta Lake as {name!r}, which exists") from None
    except OSError as error:
        raise _unusable(folder, f"needs a link {name!r} beside it: {error.strerror}") from error


def _unusable(folder: Path, reason: str) -> LedgerError:
    return LedgerError(
        f"ledger: the name of the folder {folder} {reason}; rename it, or set `ledger` to a folder "
        "without such characters"
    )
