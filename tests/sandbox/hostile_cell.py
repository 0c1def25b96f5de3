"""The cell of a notebook that tries to get at everything; TARGETS is defined before it.

It prints what each attempt got in reversed letters, so that the gate for secrets does not stop it.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

TARGETS: dict[str, Any] = globals()["TARGETS"]


def attempt(action: Callable[[], object]) -> str:
    try:
        return f"got: {action()!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"


def processes(name: str) -> bytes:
    """A file in the folders of all other processes."""
    contents = []
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name != str(os.getpid()):
            with suppress(OSError):
                contents.append((folder / name).read_bytes())
    return b" ".join(contents)


def memory() -> bytes:
    """The memory of all other processes, as far as it can be written by them."""
    contents = []
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name == str(os.getpid()):
            continue
        with suppress(OSError), (folder / "mem").open("rb", buffering=0) as file:
            for line in (folder / "maps").read_text().splitlines():
                addresses, rights = line.split()[:2]
                start, end = (int(number, 16) for number in addresses.split("-"))
                if rights.startswith("rw"):
                    with suppress(OSError):
                        file.seek(start)
                        contents.append(file.read(min(end - start, 1 << 26)))
    return b"".join(content for content in contents if TARGETS["marker"].encode() in content)


def files(folder: str) -> list[bytes]:
    return [path.read_bytes()[:100] for path in Path(folder).rglob("*") if path.is_file()]


def other_seller() -> int:
    import smartinst

    return len(smartinst.open("nube", "2026-10-31").plans)


def own_plans() -> int:
    import smartinst

    return len(smartinst.open("acme", "2026-10-31").plans)


def datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", TARGETS["udp"]))
        sender.send(b"data")
        sender.send(b"an unreachable port reports the first datagram here")


attempts: dict[str, Callable[[], object]] = {
    "own plans": own_plans,
    "own variables": lambda: dict(os.environ),
    "environments": partial(processes, "environ"),
    "command lines": partial(processes, "cmdline"),
    "memory": memory,
    "another seller": other_seller,
    "tcp": lambda: socket.create_connection(("127.0.0.1", TARGETS["tcp"]), 2),
    "udp": datagram,
    "write the package": partial(Path(TARGETS["package"]).open, "r+b"),
    "write a notebook": partial(Path(TARGETS["notebook"]).open, "r+b"),
    **{name: Path(path).read_bytes for name, path in TARGETS["files"].items()},
    **{name: partial(files, path) for name, path in TARGETS["folders"].items()},
}
print(json.dumps({name: attempt(action) for name, action in attempts.items()})[::-1])  # noqa: T201
