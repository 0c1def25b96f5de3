"""A call in a process of its own, which can be ended at any moment: also inside a library's C."""

from __future__ import annotations

import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from smartinst.errors import ReportError, SmartinstError
from smartinst.machine_errors import no_space_error

Result = TypeVar("Result")


def call_isolated(
    function: Callable[..., Result], arguments: tuple[Any, ...], seconds: float, timeout_text: str
) -> Result:
    """The result of a function of a module, called in a new process.

    Its errors are raised here. ReportError with the text `timeout_text` after so many seconds, or
    if the process ends without a result.
    """
    context = get_context("spawn")  # a copy of a process with threads may hang
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, function, arguments), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise ReportError(timeout_text)
        is_result, value = receiver.recv()
    except EOFError:
        process.join()
        raise ReportError(f"its process ended: {_reason(process.exitcode)}") from None
    finally:
        receiver.close()
        process.kill()
        process.join()
    if is_result:
        result: Result = value
        return result
    raise value


def compile_time_error(seconds: int) -> str:
    """The error of a report that is not compiled in time."""
    return f"compiling took longer than {seconds} s ([limits] compile_seconds)"


def _reason(code: int | None) -> str:
    """`SIGKILL (out of memory?)`, `SIGSEGV` or `exit code 1`."""
    if code is None or code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return f"{name} (out of memory?)" if -code == signal.SIGKILL else name


def _answer(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Sends the result or the error; one that has no text for users is sent as its type."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal signals both; the caller decides
    try:
        answer = (True, function(*arguments))
    except SmartinstError as error:
        answer = (False, error)
    except OSError as error:
        text = no_space_error(error) or str(error)
        file_error = OSError(error.errno, error.strerror, error.filename)
        answer = (False, file_error if error.filename is not None else ReportError(text))
    except BaseException as error:
        answer = (False, ReportError(f"{type(error).__name__}: {error}"))
    sender.send(answer)
