"""Variables that may be secret: withdrawn from the process's environment when a command starts.

Every process of the same user reads the environment with which another one was started, in
/proc/PID/environ, and a notebook's outputs are sent. So a command whose environment has variables
that are not known to be harmless starts itself again without them and receives them through a file
in memory. Afterwards `environment` returns all of them.

This module is imported before every other one and imports nothing that takes time.
"""

from __future__ import annotations

import os
import sys

from smartinst.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Final

PRIVATE_UMASK: Final = 0o077
"""Files and folders of every command are for its user only."""

FILE_VARIABLE: Final = "SMARTINST_CREDENTIALS_FD"
"""Names the open file that has the withdrawn variables, between the two starts."""
PREFIX: Final = "SMARTINST_"

INHERITED: Final = frozenset(
    """
    PATH LANG LANGUAGE TZ LD_LIBRARY_PATH FONTCONFIG_FILE FONTCONFIG_PATH SOURCE_DATE_EPOCH
    PYTHONPATH PYTHONWARNINGS PYTHONUTF8 PYTHONHASHSEED PYTHONIOENCODING PYTHONMALLOC
    PYTHONNOUSERSITE PYTHONOPTIMIZE PYTHONFAULTHANDLER PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED
    OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS NUMEXPR_NUM_THREADS RAYON_NUM_THREADS
    TOKIO_WORKER_THREADS POLARS_MAX_THREADS PYDEVD_DISABLE_FILE_VALIDATION JUPYTER_PREFER_ENV_PATH
    """.split()
)
"""Variables that runs inherit, as those whose names begin with LC_. None ever has a secret."""
_HARMLESS: Final = frozenset(
    """
    HOME USER LOGNAME SHELL PWD OLDPWD SHLVL _ TERM TERM_PROGRAM TERM_PROGRAM_VERSION COLORTERM
    LS_COLORS EDITOR VISUAL PAGER LESSOPEN LESSCLOSE HOSTNAME MAIL TMPDIR TMP TEMP COLUMNS LINES
    PS1 NO_COLOR FORCE_COLOR DISPLAY WAYLAND_DISPLAY SSH_TTY SSH_CLIENT SSH_CONNECTION VIRTUAL_ENV
    VIRTUAL_ENV_PROMPT INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID
    """.split()
)
"""Others that may stay in the environment of a command, as PYTHON… and XDG_…."""

_withdrawn: dict[str, str] = {}


def environment() -> dict[str, str]:
    """The variables of this process, with those that were withdrawn from its environment."""
    return {**_withdrawn, **os.environ}


def inherited_variables() -> dict[str, str]:
    """The variables of this process that never contain a secret, for programs that it starts."""
    return {name: value for name, value in os.environ.items() if _is_inherited(name)}


def secret_files() -> Iterator[Path]:
    """The files of secrets that the environment names."""
    from pathlib import Path

    for name, value in environment().items():
        if name.startswith(PREFIX) and name.endswith("_FILE") and value:
            yield Path(value)


def withdraw() -> None:
    """Removes what may contain a secret from this process's environment, by starting it again.

    The variables of smartinst are afterwards in `environment` only. Those of libraries, such as
    AWS_SECRET_ACCESS_KEY, are in `os.environ` too: the kernel does not show what is set later.
    ConfigurationError if FILE_VARIABLE was set by someone else.
    """
    if sys.platform != "linux":
        return
    if number := os.environ.pop(FILE_VARIABLE, ""):
        add(_received(number))
    elif private := {name: value for name, value in os.environ.items() if _may_hold_secret(name)}:
        _start_again(private)


def add(variables: Mapping[str, str]) -> None:
    """Adds variables to this process's, those of smartinst without changing `os.environ`."""
    for name, value in variables.items():
        (_withdrawn if name.startswith(PREFIX) else os.environ)[name] = value


def remove(name: str) -> None:
    """Removes a variable from this process's; it need not exist."""
    _withdrawn.pop(name, None)
    os.environ.pop(name, None)


def _is_inherited(name: str) -> bool:
    return name in INHERITED or name.startswith("LC_")


def _may_hold_secret(name: str) -> bool:
    is_harmless = name in _HARMLESS or name.startswith(("PYTHON", "XDG_"))
    return not (is_harmless or _is_inherited(name))


def _start_again(private: Mapping[str, str]) -> None:
    """Replaces this process by the same command with a clean environment."""
    file = os.memfd_create("credentials")
    with os.fdopen(os.dup(file), "wb") as target:
        target.write(b"\0".join(os.fsencode(f"{name}={value}") for name, value in private.items()))
    os.lseek(file, 0, os.SEEK_SET)
    os.set_inheritable(file, True)
    clean = {name: value for name, value in os.environ.items() if name not in private}
    clean[FILE_VARIABLE] = str(file)
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], clean)  # noqa: S606


def _received(number: str) -> dict[str, str]:
    try:
        with os.fdopen(int(number), "rb") as source:
            rows = os.fsdecode(source.read()).split("\0")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{FILE_VARIABLE} is for smartinst itself: remove it from the environment"
        ) from error
    return {name: value for name, _, value in (row.partition("=") for row in rows)}
