"""The preloaded process as the process that has the secrets starts and ends it.

It needs seconds for its imports. Therefore a command starts it before its own: this module imports
nothing that takes time.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from smartinst.runs.sealed.messages import Channel, Message
from smartinst.runs.sealed.process_tree import kill_tree
from smartinst.sandbox.command import sandbox_command
from smartinst.sandbox.environment import clean_environment
from smartinst.sandbox.paths import readable_paths
from smartinst.sandbox.state import sandbox_state
from smartinst.settings import Settings

STDERR: Final = 2

PREFIX: Final = ".making-"
LOCK: Final = ".lock"
RUN_FOLDERS: Final = "runs"
"""The folder of a preloaded process that has the folders of its runs."""

ANSWER_SECONDS: Final = 120
"""Silence of the preloaded process after which it is asked, and ended if it does not answer."""

END_SECONDS: Final = 10
"""Time in which it ends all its runs."""


class PreloadedProcess:
    """A preloaded process, in a sandbox if there is one; `work` has the folders of its runs.

    `readable` are the paths that its runs may read; `is_confined`: they may read no others.
    """

    def __init__(self, settings: Settings, work: Path) -> None:
        self.work, self.readable = work, readable_paths(settings)
        self.is_confined = settings.sandbox != "off"
        self._has_answered = False
        is_sandboxed = sandbox_state(settings).is_in_force
        sandbox = sandbox_command(work, self.readable) if is_sandboxed else []
        own_end, its_end = socket.socketpair()
        with its_end:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                [*sandbox, sys.executable, "-m", "smartinst.runs.sealed.preloaded"],
                stdin=its_end.fileno(),
                stdout=STDERR,
                env=clean_environment(work),
                cwd=work,
            )
        own_end.settimeout(ANSWER_SECONDS)
        self._channel = Channel(own_end)

    def send(self, message: Message) -> None:
        """Sends a message; OSError if the process has ended or does not read."""
        self._channel.send(message)

    def receive(self) -> list[Message] | None:
        """The messages that have arrived, after waiting for some; None if the process has ended.

        TimeoutError if nothing arrives in ANSWER_SECONDS.
        """
        messages = self._channel.receive()
        self._has_answered = self._has_answered or bool(messages)
        return messages

    def kill(self) -> None:
        """Ends the process and all that it has started at once."""
        kill_tree(self._process.pid)

    def close(self) -> None:
        """Ends the process with all its runs."""
        if not self._has_answered:  # it may still be importing
            self.kill()
        self._channel.connection.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()


@contextmanager
def open_process(settings: Settings) -> Iterator[PreloadedProcess]:
    """A preloaded process with a folder of its own; both end with the block."""
    with _work_folder(settings.home / "runs") as work:
        process = PreloadedProcess(settings, work)
        try:
            yield process
        finally:
            process.close()


@contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    """A locked folder for the runs of a process; removes those of processes that were killed.

    `parent` ends with it if nothing else is in it.
    """
    home_lock = parent.with_name(f".{parent.name}{LOCK}")
    home_lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        with _locked(home_lock):  # no process removes a folder that is not locked yet
            parent.mkdir(exist_ok=True)
            stack.callback(_remove_if_empty, parent, home_lock)
            _remove_abandoned(parent)
            place = TemporaryDirectory(prefix=PREFIX, dir=parent, ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(place))
            stack.enter_context(_locked(folder / LOCK))
        work = folder / RUN_FOLDERS
        work.mkdir()
        yield work


def _remove_if_empty(folder: Path, lock: Path) -> None:
    with suppress(OSError), _locked(lock):
        folder.rmdir()


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(folder / LOCK, fcntl.LOCK_NB):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path, flags: int = 0) -> Iterator[None]:
    """Locks a file during the block; with LOCK_NB, BlockingIOError if it is already locked."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | flags)
        yield
