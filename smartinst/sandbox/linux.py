"""Calls of the Linux kernel that Python 3.11 has no function for; a failure raises OSError."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from ctypes import (
    CDLL,
    Array,
    c_char,
    c_int,
    c_long,
    c_uint32,
    c_ulong,
    create_string_buffer,
    get_errno,
)
from pathlib import Path
from typing import Final

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384

_PR_SET_DUMPABLE: Final = 4
_PR_CAPBSET_READ: Final = 23
_PR_CAPBSET_DROP: Final = 24
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_CAPABILITY_VERSION_3: Final = 0x20080522

_SIOCSIFFLAGS: Final = 0x8914
_IFF_UP: Final = 1
_IFF_RUNNING: Final = 64

_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_ADD_RULE: Final = 445
_LANDLOCK_RESTRICT_SELF: Final = 446
_ABI_QUERY: Final = 1
_RULE_PATH_BENEATH: Final = 1

FILE_READ: Final = 0b1101
"""Landlock's rights to execute and read files and to list folders."""
FOLDER_LIST: Final = 0b1000
"""Its right to list folders."""
_FILE_RIGHTS_BY_ABI: Final = (0, 13, 14, 15, 15, 16)
"""Number of the file rights that a Landlock version has; the last one counts for later ones."""
_RIGHTS_OF_FILES: Final = 0b1100000000000111
"""Those that a rule for a single file may have: execute, write, read, truncate, ioctl."""
_NETWORK_ABI: Final = 4
_TCP: Final = 0b11
_SCOPE_ABI: Final = 6
_SCOPES: Final = 0b11
"""Abstract sockets and signals."""

_LIBC: Final = CDLL(None, use_errno=True)


def _checked(result: int, call: str) -> int:
    if result < 0:
        number = get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
    return result


def _prctl(option: int, value: int = 0, call: str = "prctl") -> int:
    arguments = [c_ulong(number) for number in (value, 0, 0, 0)]
    return _checked(_LIBC.prctl(c_int(option), *arguments), call)


def set_dumpable(is_dumpable: bool) -> None:
    """Sets whether processes of the same user may read this one's memory and environment."""
    _prctl(_PR_SET_DUMPABLE, int(is_dumpable), "PR_SET_DUMPABLE")


def forbid_new_privileges() -> None:
    """Prevents programs that this process starts from gaining rights, for example by setuid."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, "PR_SET_NO_NEW_PRIVS")


def unshare(flags: int) -> None:
    """Moves this process, which must have one thread, into new namespaces."""
    _checked(_LIBC.unshare(c_int(flags)), "unshare")


def mount(
    source: Path | str, target: Path, kind: str = "", flags: int = 0, options: str = ""
) -> None:
    """Mounts a file system, or with MS_BIND a folder, at `target`."""
    texts = [os.fsencode(text) for text in (source, target, kind, options)]
    result = _LIBC.mount(texts[0], texts[1], texts[2] or None, c_ulong(flags), texts[3] or None)
    _checked(result, f"mount {target}")


def raise_loopback() -> None:
    """Brings up the loopback interface of a new network namespace."""
    import socket
    from fcntl import ioctl

    request = struct.pack("16sH22x", b"lo", _IFF_UP | _IFF_RUNNING)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        ioctl(control, _SIOCSIFFLAGS, request)


def drop_capabilities() -> None:
    """Gives up all capabilities permanently; a process that may not do so has none."""
    capability = 0
    try:
        while _prctl(_PR_CAPBSET_READ, capability) >= 0:
            try:
                _prctl(_PR_CAPBSET_DROP, capability)
            except PermissionError:
                break
            capability += 1
    except OSError:  # beyond the last capability of this kernel
        pass
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _checked(_LIBC.capset(header, (c_uint32 * 6)()), "capset")


def landlock_version() -> int:
    """The version of Landlock in this kernel; 0 if it has none or does not permit it."""
    result: int = _landlock(_LANDLOCK_CREATE_RULESET, None, 0, _ABI_QUERY)
    return max(result, 0)


def restrict_files(
    readable: Iterable[Path],
    writable: Iterable[Path],
    listable: Iterable[Path] = (),
    *,
    permits_tcp: bool,
) -> None:
    """Restricts this process and its children to these files, by Landlock.

    Below `listable`, only the names of files can be read.

    It also forbids them to inspect other processes and, if the kernel is recent enough, to send
    signals to these, to use their abstract sockets and, unless `permits_tcp`, to use TCP.
    """
    version = landlock_version()
    file_rights = (1 << _FILE_RIGHTS_BY_ABI[min(version, len(_FILE_RIGHTS_BY_ABI) - 1)]) - 1
    network_rights = _TCP if version >= _NETWORK_ABI and not permits_tcp else 0
    scopes = _SCOPES if version >= _SCOPE_ABI else 0
    attributes = struct.pack("=QQQ", file_rights, network_rights, scopes)
    size = 8 if version < _NETWORK_ABI else 16 if version < _SCOPE_ABI else 24
    rules = _checked(
        _landlock(_LANDLOCK_CREATE_RULESET, create_string_buffer(attributes, 24), size, 0),
        "landlock_create_ruleset",
    )
    try:
        for path in readable:
            _add_rule(rules, path, file_rights & FILE_READ)
        for path in writable:
            _add_rule(rules, path, file_rights)
        for path in listable:
            _add_rule(rules, path, FOLDER_LIST)
        forbid_new_privileges()
        _checked(_landlock(_LANDLOCK_RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    finally:
        os.close(rules)


def _add_rule(rules: int, path: Path, rights: int) -> None:
    """Allows `rights` below a path; a path that does not exist needs no rule."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        permitted = rights if path.is_dir() else rights & _RIGHTS_OF_FILES
        rule = create_string_buffer(struct.pack("=Qi", permitted, place), 12)
        _checked(_landlock(_LANDLOCK_ADD_RULE, rules, _RULE_PATH_BENEATH, rule, 0), str(path))
    finally:
        os.close(place)


def _landlock(call: int, *arguments: int | Array[c_char] | None) -> int:
    values = [c_long(value) if isinstance(value, int) else value for value in arguments]
    result: int = _LIBC.syscall(c_long(call), *values)
    return result
