"""Variables that may hold secrets: withdrawn from the process's environment when a command starts.

Every process of the same user reads the environment with which another one was started, in
/proc/PID/environ, and a notebook's outputs are sent. So a command whose environment has variables
that are not known to be harmless starts itself again without them and receives them through a file
in memory. Afterwards `environment` returns all of them.

This module is imported before every other one and imports nothing that takes time.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from smartinst.errors import ConfigurationError

FILE_VARIABLE: Final = "SMARTINST_CREDENTIALS_FD"
"""Names the open file that has the withdrawn variables, between the two starts."""
PREFIX: Final = "SMARTINST_"

INHERITED: Final = re.compile(
    "PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ|LD_LIBRARY_PATH|FONTCONFIG_(FILE|PATH)"
    "|PYTHON(WARNINGS|UTF8|HASHSEED|IOENCODING|MALLOC|NOUSERSITE|OPTIMIZE|FAULTHANDLER"
    "|DONTWRITEBYTECODE|UNBUFFERED|WARNDEFAULTENCODING)"
    "|(OMP|OPENBLAS|MKL|NUMEXPR|RAYON|TOKIO_WORKER|POLARS_MAX)_(NUM_)?THREADS"
    "|SOURCE_DATE_EPOCH|PYDEVD_DISABLE_FILE_VALIDATION|JUPYTER_PREFER_ENV_PATH"
)
"""Names of variables that runs inherit. None of them ever holds a secret."""
_HARMLESS: Final = re.compile(
    "HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|SHLVL|_|TERM|TERM_PROGRAM(_VERSION)?|COLORTERM|LS_COLORS"
    "|EDITOR|VISUAL|PAGER|LESS(OPEN|CLOSE)?|HOSTNAME|MAIL|TMPDIR|TMP|TEMP|COLUMNS|LINES|PS1"
    "|(NO|FORCE)_COLOR|(WAYLAND_)?DISPLAY|XDG_[A-Z_]+|SSH_(TTY|CLIENT|CONNECTION)"
    "|VIRTUAL_ENV(_PROMPT)?|PYTHON[A-Z]*|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID"
)
"""Others that may stay in the environment of a command."""

_withdrawn: dict[str, str] = {}


def environment() -> dict[str, str]:
    """The variables of this process, with those that were withdrawn from its environment."""
    return {**os.environ, **_withdrawn}


def withdraw() -> None:
    """Removes what may hold a secret from this process's environment, by starting it again.

    The variables of smartinst are afterwards in `environment` only. Those of libraries, such as
    AWS_SECRET_ACCESS_KEY, are in `os.environ` too, which the kernel does not show to others.
    """
    if sys.platform != "linux":
        return
    if FILE_VARIABLE in os.environ:
        _receive(int(os.environ.pop(FILE_VARIABLE)))
    elif private := {name: os.environ[name] for name in os.environ if _may_hold_secret(name)}:
        _start_again(private)


def give(variables: dict[str, str]) -> None:
    """Sets the withdrawn variables of a process that received them from its parent."""
    _withdrawn.update({name: value for name, value in variables.items() if name.startswith(PREFIX)})
    os.environ.update(
        {name: value for name, value in variables.items() if not name.startswith(PREFIX)}
    )


def _may_hold_secret(name: str) -> bool:
    return not (INHERITED.fullmatch(name) or _HARMLESS.fullmatch(name))


def _start_again(private: dict[str, str]) -> None:
    """Replaces this process by the same command with a clean environment."""
    file = os.memfd_create("credentials")
    with os.fdopen(os.dup(file), "w", encoding="ascii") as target:
        json.dump(private, target)
    os.lseek(file, 0, os.SEEK_SET)
    os.set_inheritable(file, True)
    clean = {name: value for name, value in os.environ.items() if name not in private}
    clean[FILE_VARIABLE] = str(file)
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], clean)  # noqa: S606


def _receive(file: int) -> None:
    try:
        with os.fdopen(file, encoding="ascii") as source:
            variables = json.load(source)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{FILE_VARIABLE} is set, but names no such file") from error
    give(variables)


def secret_files() -> Iterator[Path]:
    """The files of secrets that the environment names."""
    for name, value in environment().items():
        if name.startswith(PREFIX) and name.endswith("_FILE") and value:
            yield Path(value)
