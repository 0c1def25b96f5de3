"""The preloaded process as the process that has the secrets uses it: starts it, gives it runs."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import Signals
from typing import Final, Self

from smartinst.runs.executors import LostResult
from smartinst.runs.failures import failed_outcome, lost_outcome, outcome_of_error
from smartinst.runs.limits import compile_time_error
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.sealed.assignment import Result
from smartinst.runs.sealed.checks import checked_parameters
from smartinst.runs.sealed.messages import Channel, Ended, Message, Probe, Start, Started
from smartinst.runs.sealed.supervision import kill_tree
from smartinst.sandbox.command import sandbox_command
from smartinst.sandbox.environment import clean_environment
from smartinst.sandbox.paths import readable_paths
from smartinst.sandbox.state import sandbox_state
from smartinst.settings import Limits, Settings

_LOGGER: Final = logging.getLogger(__name__)

STDERR: Final = 2

RUNS_PER_JOB: Final = 2
"""Runs given to the preloaded process for each job, so that it is never without work."""

ANSWER_SECONDS: Final = 120
"""Silence of the preloaded process after which it is asked, and ended if it does not answer."""

END_SECONDS: Final = 10
"""Time in which it ends all its runs."""

FURTHER_STAGES: Final = 2
"""Stages of a run that are no cells of the notebook: the parameters, and compiling."""


class Pool:
    """A preloaded process; at most `jobs` of the runs given to it run at a time.

    `work` is an empty folder for the folders of the runs. `expected` runs are about
    to be given to it.
    """

    def __init__(self, settings: Settings, jobs: int, work: Path, expected: int) -> None:
        self._settings, self._jobs, self._work = settings, jobs, work
        self._count = 0
        self._assigned: dict[str, RunRequest] = {}  # by folder
        self._start_times: dict[str, float] = {}  # by folder, of the runs that have started
        self.has_ended = False
        self._readable = readable_paths(settings)
        self._is_confined = settings.sandbox != "off"
        is_sandboxed = sandbox_state(settings).is_in_force
        sandbox = sandbox_command(work, self._readable) if is_sandboxed else []
        arguments = (str(jobs), str(expected))
        own_end, its_end = socket.socketpair()
        with its_end:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                [*sandbox, sys.executable, "-m", "smartinst.runs.sealed.preloaded", *arguments],
                stdin=its_end.fileno(),
                stdout=STDERR,
                env=clean_environment(work),
                cwd=work,
            )
        own_end.settimeout(ANSWER_SECONDS)
        self._channel = Channel(own_end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the preloaded process with all its runs."""
        if not self._assigned:  # it may still be importing
            self._process.kill()
        self._channel.connection.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            kill_tree(self._process.pid)
            self._process.wait()

    @property
    def has_started(self) -> bool:
        """Whether it has started any run."""
        return bool(self._start_times)

    def run(self, queue: deque[RunRequest]) -> Iterator[tuple[RunRequest, RunOutcome]]:
        """Each run of the queue with its outcome, in order of completion; empties the queue.

        If the preloaded process ends, `has_ended` is set, the queue has the runs that had not
        started, and `in_progress` the others.
        """
        while not self.has_ended and (queue or self._assigned):
            while queue and len(self._assigned) < RUNS_PER_JOB * self._jobs and not self.has_ended:
                request = queue.popleft()
                try:
                    self._assign(request)
                except Exception as error:
                    yield request, outcome_of_error(request, error)
            if self._assigned:
                yield from self._receive()
        for folder in [folder for folder in self._assigned if folder not in self._start_times]:
            queue.appendleft(self._assigned.pop(folder))

    def in_progress(self) -> list[RunRequest]:
        """The runs that have started and not ended."""
        return [self._assigned[folder] for folder in self._start_times if folder in self._assigned]

    def _assign(self, request: RunRequest) -> None:
        """Prepares a run and sends it to the preloaded process; raises if it cannot be run."""
        from smartinst.runs.sealed.preparation import prepare_run

        parameters = checked_parameters(request, self._settings)
        self._count += 1
        folder = self._work / str(self._count)
        folder.mkdir()
        try:
            cell_count = prepare_run(request, parameters, self._settings, self._readable, folder)
        except BaseException:
            shutil.rmtree(folder)
            raise
        self._assigned[str(folder)] = request
        limits = self._settings.limits
        start = Start(
            str(folder),
            limits.cell_seconds,
            limits.compile_seconds,
            limits.run_mb,
            cell_count + FURTHER_STAGES,
            tuple(map(str, self._readable)),
            self._is_confined,
        )
        try:
            self._channel.send(start)
        except (ConnectionError, TimeoutError):
            self.has_ended = True

    def _receive(self) -> Iterator[tuple[RunRequest, RunOutcome]]:
        """The runs that have ended, after waiting for a message."""
        messages = self._messages()
        if messages is None:
            self.has_ended = True
            return
        for message in messages:
            if isinstance(message, Started):
                self._start_times[message.folder] = time.perf_counter()
            elif isinstance(message, Ended):
                request = self._assigned.pop(message.folder)
                outcome = self._outcome(request, message)
                seconds = round(time.perf_counter() - self._start_times[message.folder])
                yield request, replace(outcome, seconds=seconds)

    def _messages(self) -> list[Message] | None:
        """The messages that have arrived, after waiting; None if the process has ended.

        It is ended if it is silent and does not answer: it hangs, or a notebook has stopped it.
        """
        try:
            return self._channel.receive()
        except TimeoutError:
            pass
        try:
            self._channel.send(Probe())
            return self._channel.receive()
        except (ConnectionError, TimeoutError):
            _LOGGER.warning("the process that starts the runs does not answer: it is ended")
            kill_tree(self._process.pid)
            return None

    def _outcome(self, request: RunRequest, ended: Ended) -> RunOutcome:
        """The outcome of a run; completes it if it was successful."""
        from smartinst.runs.sealed.completion import complete_run

        folder = Path(ended.folder)
        try:
            if ended.limit:
                error = _limit_error(request, ended, self._settings.limits)
                return failed_outcome(request, error, log=error)
            if ended.code:
                return lost_outcome(request, LostResult(_exit_reason(ended.code)))
            result = Result.read(folder)
            for line in result.warnings:
                _LOGGER.warning(line)
            if result.error is not None:
                return failed_outcome(request, result.error, result.log)
            return complete_run(request, self._settings, folder, result)
        except Exception as error:
            return outcome_of_error(request, error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _limit_error(request: RunRequest, ended: Ended, limits: Limits) -> str:
    place = f"{Path(request.definition.notebook).name}, {ended.stage}"
    match ended.limit:
        case "memory":
            return f"{place}: it took more memory than [limits] run_mb"
        case "compile_time":
            return compile_time_error(limits.compile_seconds)
        case _:
            return f"{place}: it took longer than [limits] cell_seconds"


def _exit_reason(code: int) -> str:
    cause = f"signal {_signal_name(-code)}" if code < 0 else f"exit code {code}"
    return f"the process that executed it ended: {cause}"


def _signal_name(number: int) -> str:
    """The name of a signal; real-time signals have only numbers."""
    return Signals(number).name if number in set(Signals) else str(number)
