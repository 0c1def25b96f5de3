"""A run that tries to get at everything, started by a process that has secrets in its memory.

`python -m tests.sandbox.hostile_run parent|pool FOLDER OPTIONS`: the parent starts the pool, the
pool forks one run, the run prints what it got.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from smartinst.sandbox.child import isolate_child, protect_process
from smartinst.sandbox.command import sandbox_command
from smartinst.sandbox.environment import clean_environment

SECRET: Final = "ZmVu" + "Y2Vk"
"""Content of everything that a run must not get; written in two parts, so that no process has it
in its command line or code by accident."""
LIBC: Final = ctypes.CDLL(None, use_errno=True)


def parent(folder: Path, options: dict[str, Any]) -> None:
    """Holds the secret in its memory, offers sockets, and starts the pool."""
    memory = ctypes.create_string_buffer(SECRET.encode())
    protect_process()
    offers = list(_offers(folder))
    options |= {
        "parent": os.getpid(),
        "parent_address": ctypes.addressof(memory),
        "tcp": offers[0].getsockname()[1],
        "udp": offers[1].getsockname()[1],
        "pythonpath": os.environ.get("PYTHONPATH", ""),
    }
    work = folder / "workspace/var/runs/.work"
    readable = [Path(path) for path in options["readable"]]
    prefix = sandbox_command(work, readable) if options["has_sandbox"] else []
    words = [*prefix, sys.executable, "-m", "tests.sandbox.hostile_run", "pool", str(folder)]
    variables = {"PYTHONPATH": options["pythonpath"]} if options["pythonpath"] else {}
    completed = subprocess.run(
        [*words, json.dumps(options)], env=clean_environment(work, variables), check=False
    )
    for offer in offers:
        offer.close()
    sys.exit(completed.returncode)


def _offers(folder: Path) -> Iterator[socket.socket]:
    """A TCP server, a UDP socket, and Unix sockets with a path and without, as databases have."""
    yield socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    yield udp
    for address in (str(folder / "workspace/var/database.socket"), f"\0{folder}"):
        server = socket.socket(socket.AF_UNIX)
        server.bind(address)
        server.listen()
        yield server


def pool(folder: Path, options: dict[str, Any]) -> None:
    """Forks a run, which isolates itself and makes every attempt."""
    protect_process()
    work = folder / "workspace/var/runs/.work"
    memory = ctypes.create_string_buffer(SECRET.encode())
    options["pool_address"] = ctypes.addressof(memory)
    if os.fork() == 0:
        run_folder = work / "1"
        isolation = isolate_child(
            run_folder,
            work,
            [Path(path) for path in options["readable"]],
            is_confined=options["is_confined"],
        )
        attempts = {
            name: _result(attempt) for name, attempt in _attempts(folder, run_folder, options)
        }
        print(json.dumps({"isolation": vars(isolation), "attempts": attempts}), flush=True)  # noqa: T201
        os._exit(0)
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))


def _result(attempt: Callable[[], object]) -> str:
    try:
        return f"got: {attempt()!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _attempts(
    folder: Path, run_folder: Path, options: dict[str, Any]
) -> Iterator[tuple[str, Callable[[], object]]]:
    workspace, work = folder / "workspace", run_folder.parent
    for name, path in {
        "ledger": workspace / "var/ledger/plans.parquet",
        "database": workspace / "var/smartinst.db",
        "configuration": workspace / "smartinst.toml",
        "dotenv": workspace / ".env",
        "secret file": folder / "secrets/mail",
        "home of another": folder / "other/diary",
        "another run": work / "2/facts.parquet",
        "another run by dots": Path("../2/facts.parquet"),
    }.items():
        yield name, path.read_bytes
    pids = {"parent": options["parent"], "pool": os.getppid()}
    for name, pid in pids.items():
        process = Path("/proc", str(pid))
        yield f"environment of {name}", (process / "environ").read_bytes
        address = options.get(f"{name}_address", 0)
        yield f"memory of {name}", partial(_read_memory, process, address)
        yield f"folders of {name}", Path(f"{process}/root{work}/2/facts.parquet").read_bytes
        yield f"trace {name}", partial(_ptrace, pid)
        yield f"signal {name}", partial(os.kill, pid, 0)
    yield "every environment", _all_environments
    yield "tcp", lambda: socket.create_connection(("127.0.0.1", options["tcp"]), 2).close()
    yield "udp", lambda: _send_datagram(options["udp"])
    yield "unix socket", lambda: _connect(str(workspace / "var/database.socket"))
    yield "abstract socket", lambda: _connect(f"\0{folder}")
    yield "resolve a name", lambda: socket.getaddrinfo("example.com", 443)
    for name, path in {
        "write the package": Path(str(sys.modules["smartinst"].__file__)),
        "write a notebook": workspace / "notebooks/own.ipynb",
        "write to the system": Path("/usr/lib/os-release"),
        "write to another run": work / "2/facts.parquet",
    }.items():
        yield name, partial(path.open, "r+b")
    yield "write beside the runs", lambda: (work / "hostile").write_bytes(b"")
    yield "unmount", lambda: _unmount(work)
    yield "unmount in a namespace", lambda: _unmount_in_namespace(work)
    yield "capabilities", _capabilities
    yield "read a notebook", (workspace / "notebooks/own.ipynb").read_bytes
    yield "write its folder", lambda: (run_folder / "out").write_text("report", encoding="ascii")
    yield "start a program", lambda: subprocess.check_output(["id", "-u"])
    yield "use Polars", _use_polars


def _read_memory(process: Path, address: int) -> bytes:
    with (process / "mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(len(SECRET))


def _ptrace(pid: int) -> None:
    if LIBC.ptrace(16, pid, 0, 0) != 0:  # PTRACE_ATTACH
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.waitpid(pid, 0)
    LIBC.ptrace(17, pid, 0, 0)


def _all_environments() -> bytes:
    """Environments of all processes except its own."""
    texts = []
    for process in Path("/proc").glob("[0-9]*"):
        if process.name != str(os.getpid()):
            with suppress(OSError):
                texts.append((process / "environ").read_bytes())
    return b"\0".join(texts)


def _send_datagram(port: int) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        sender.send(b"data")
        return sender.send(b"an unreachable port reports the first datagram here")


def _connect(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address)


def _unmount(folder: Path) -> list[str]:
    if LIBC.umount2(os.fsencode(folder), 2) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return sorted(path.name for path in folder.iterdir())


def _unmount_in_namespace(folder: Path) -> list[str]:
    """In a child, so that this process stays as it is."""
    code = (
        "import ctypes, os, sys; libc = ctypes.CDLL(None);"
        "assert libc.unshare(0x10020000) == 0, 'unshare';"
        "assert libc.umount2(os.fsencode(sys.argv[1]), 2) == 0, 'umount';"
        "print(os.listdir(sys.argv[1]))"
    )
    completed = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False
    )
    if completed.returncode:
        raise OSError(completed.stderr.splitlines()[-1])
    return [completed.stdout]


def _capabilities() -> str:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    sets = {line for line in status.splitlines() if line.startswith("Cap")}
    if all(int(line.split()[1], 16) == 0 for line in sets):
        raise PermissionError("none")
    return " ".join(sorted(sets))


def _use_polars() -> int:
    import polars as pl

    return int(pl.LazyFrame({"a": [1, 2]}).sum().collect().item())


if __name__ == "__main__":
    {"parent": parent, "pool": pool}[sys.argv[1]](Path(sys.argv[2]), json.loads(sys.argv[3]))
