"""The runs that are given to a preloaded process, and their outcomes.

A run that ends its own process is run once more, in a Jupyter kernel, in case the engine is at
fault.
"""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import Signals
from typing import Final

from smartinst.isolated_call import compile_time_error
from smartinst.machine_errors import full_disk
from smartinst.runs.executors import LostResult
from smartinst.runs.failures import failed_outcome, lost_outcome, outcome_of_error
from smartinst.runs.limits import MAX_FOLDER_BYTES, MAX_PROCESSES
from smartinst.runs.run_request import RunOutcome, RunRequest, artifact_folder
from smartinst.runs.sealed.assignment import Result, read_errors
from smartinst.runs.sealed.checks import checked_parameters
from smartinst.runs.sealed.messages import Ended, Message, Probe, Start, Started, Work
from smartinst.runs.sealed.preloaded_process import PreloadedProcess
from smartinst.settings import Limits, Settings
from smartinst.terminal import visible

_LOGGER: Final = logging.getLogger(__name__)

RUNS_PER_JOB: Final = 2
"""Runs given to the preloaded process for each job, so that it is never without work."""

MAX_LINES: Final = 100
"""Lines that one run may write to the log of the command."""

FURTHER_STAGES: Final = 2
"""Stages of a run that are no cells of the notebook: the parameters, and compiling."""


class Pool:
    """Gives runs to a preloaded process, which executes at most `jobs` of them at a time.

    `run_count` runs are about to be given to it.
    """

    def __init__(
        self, process: PreloadedProcess, settings: Settings, jobs: int, run_count: int
    ) -> None:
        self._process, self._settings, self._jobs = process, settings, jobs
        self._count = 0
        self._assigned: dict[str, RunRequest] = {}  # by folder
        self._repetitions = deque[RunRequest]()  # to be run once more
        self._repeated = set[str]()  # folders of these
        self._start_times: dict[str, float] = {}  # by folder, of the runs that have started
        self.has_ended = False
        self._send(Work(jobs, run_count))

    @property
    def has_started(self) -> bool:
        """Whether it has started any run."""
        return bool(self._start_times)

    def run(self, queue: deque[RunRequest]) -> Iterator[tuple[RunRequest, RunOutcome]]:
        """Each run of the queue with its outcome, in order of completion; empties the queue.

        If the preloaded process ends, `has_ended` is set, the queue has the runs that had not
        started, and `in_progress` the others.
        """
        while not self.has_ended and (queue or self._repetitions or self._assigned):
            while (queue or self._repetitions) and self._has_place():
                is_repeated = bool(self._repetitions)
                request = (self._repetitions or queue).popleft()
                try:
                    self._assign(request, is_repeated=is_repeated)
                except Exception as error:
                    yield request, outcome_of_error(request, error)
            if self._assigned:
                yield from self._receive()
        attempted = self._start_times.keys() | self._repeated
        for folder in [folder for folder in self._assigned if folder not in attempted]:
            queue.appendleft(self._assigned.pop(folder))

    def in_progress(self) -> list[RunRequest]:
        """The runs that have started and not ended, and those that were to be repeated."""
        return [*self._assigned.values(), *self._repetitions]

    def _has_place(self) -> bool:
        return len(self._assigned) < RUNS_PER_JOB * self._jobs and not self.has_ended

    def _assign(self, request: RunRequest, *, is_repeated: bool) -> None:
        """Prepares a run and sends it to the preloaded process; raises if it cannot be run."""
        from smartinst.runs.sealed.preparation import prepare_run

        settings = kernel_settings(self._settings) if is_repeated else self._settings
        parameters = checked_parameters(request, settings)
        self._count += 1
        folder = self._process.work / str(self._count)
        folder.mkdir()
        try:
            cell_count = prepare_run(request, parameters, settings, self._process.readable, folder)
        except BaseException:
            shutil.rmtree(folder)
            raise
        self._assigned[str(folder)] = request
        if is_repeated:
            self._repeated.add(str(folder))
        limits = self._settings.limits
        start = Start(
            str(folder),
            limits.cell_seconds,
            limits.compile_seconds,
            limits.run_mb,
            cell_count + FURTHER_STAGES,
            tuple(map(str, self._process.readable)),
            self._process.is_confined,
        )
        self._send(start)

    def _send(self, message: Message) -> None:
        try:
            self._process.send(message)
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
                if outcome.loss and message.folder not in self._repeated:
                    self._repetitions.append(request)
                    continue
                seconds = round(time.perf_counter() - self._start_times[message.folder])
                yield request, replace(outcome, seconds=seconds)

    def _messages(self) -> list[Message] | None:
        """The messages that have arrived, after waiting; None if the process has ended.

        It is ended if it is silent and does not answer: it hangs, or a notebook has stopped it.
        """
        try:
            return self._process.receive()
        except TimeoutError:
            pass
        try:
            self._process.send(Probe())
            return self._process.receive()
        except (ConnectionError, TimeoutError):
            _LOGGER.warning("the process that starts the runs does not answer: it is ended")
            self._process.kill()
            return None

    def _outcome(self, request: RunRequest, ended: Ended) -> RunOutcome:
        """The outcome of a run; completes it if it was successful."""
        from smartinst.runs.sealed.completion import complete_run

        folder = Path(ended.folder)
        try:
            errors = read_errors(folder)
            for line in errors.splitlines()[:MAX_LINES]:
                sys.stderr.write(f"{visible(line)}\n")
            if ended.limit:
                error = _limit_error(request, ended, self._settings.limits)
                return failed_outcome(request, error, log=f"{error}\n{errors}")
            if ended.code and (disk_error := full_disk(self._settings.home)):
                return failed_outcome(request, disk_error, log=errors)
            if ended.code:
                return lost_outcome(request, LostResult(_exit_reason(ended.code)))
            result = Result.read(folder)
            for line in result.warnings[:MAX_LINES]:
                _LOGGER.warning(visible(line))
            if result.error is not None:
                folder_of_log = artifact_folder(request, self._settings)
                logged_request = replace(request, folder=folder_of_log)
                log = f"{result.log}\n{errors}".strip()
                return failed_outcome(logged_request, result.error, log)
            return complete_run(request, self._settings, folder, result)
        except Exception as error:
            return outcome_of_error(request, error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def kernel_settings(settings: Settings) -> Settings:
    """The settings with the Jupyter kernel as the engine."""
    return settings.model_copy(update={"engine": "kernel"})


def _limit_error(request: RunRequest, ended: Ended, limits: Limits) -> str:
    place = f"{Path(request.definition.notebook).name}, {ended.stage}"
    match ended.limit:
        case "memory":
            return f"{place}: it took more memory than [limits] run_mb"
        case "processes":
            return f"{place}: it started more than {MAX_PROCESSES} processes at a time"
        case "disk":
            return f"{place}: it wrote more than {MAX_FOLDER_BYTES >> 20} MB into its folder"
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
