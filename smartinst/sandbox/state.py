"""Whether runs are in bubblewrap on this machine, and what to do if they cannot be."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from smartinst.errors import ConfigurationError
from smartinst.sandbox.child import Isolation
from smartinst.sandbox.command import find_program, sandbox_command
from smartinst.sandbox.environment import clean_environment
from smartinst.settings import Settings

INSTALL: Final = "apt-get install -y bubblewrap"
SWITCHES: Final = (
    ("kernel/unprivileged_userns_clone", "0", "1"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ("user/max_user_namespaces", "0", "10000"),
)
"""Files below /proc/sys with the value that forbids user namespaces, and one that permits them."""
CONTAINER: Final = "permit user namespaces in this container (docs/sealed-runs.md)"
PROBE_SECONDS: Final = 20
ISOLATION_PROBE: Final = """
import json, pathlib, sys
from smartinst.sandbox.child import isolate_child
folder = pathlib.Path(sys.argv[1])
print(json.dumps(vars(isolate_child(folder / "run", folder, is_confined=sys.argv[2] == "yes"))))
"""
_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class SandboxState:
    """Whether runs are in bubblewrap; if they should be and cannot, the reason and the remedy."""

    is_in_force: bool
    reason: str = ""
    remedy: str = ""


def sandbox_state(settings: Settings) -> SandboxState:
    """Whether the runs of these settings are in bubblewrap.

    If they should be and cannot: ConfigurationError if it is required, else one warning.
    """
    if settings.sandbox == "off":
        return SandboxState(is_in_force=False)
    state = probe()
    if not state.is_in_force:
        if settings.sandbox == "required":
            raise ConfigurationError(
                f'sandbox = "required", but {state.reason}; remedy: {state.remedy}'
            )
        _warn_once(state)
    return state


@cache
def probe() -> SandboxState:
    """Whether bubblewrap can start Python on this machine; it is only tried once."""
    if find_program() is None:
        return SandboxState(False, "bubblewrap is not installed", INSTALL)
    with tempfile.TemporaryDirectory(prefix="smartinst-") as folder:
        command = [*sandbox_command(Path(folder)), sys.executable, "-I", "-S", "-c", ""]
        try:
            completed = _run(command, Path(folder))
        except (OSError, subprocess.TimeoutExpired) as error:
            return SandboxState(False, f"bubblewrap does not start: {error}", _remedy())
    if completed.returncode == 0:
        return SandboxState(is_in_force=True)
    lines = completed.stderr.split("\n") if completed.stderr else [f"{completed.returncode}"]
    return SandboxState(False, f"bubblewrap does not start: {lines[0]}", _remedy())


def measure_isolation(settings: Settings) -> Isolation:
    """How far runs of these settings are isolated, as measured in a process that is isolated."""
    is_sandboxed = settings.sandbox != "off" and probe().is_in_force
    with tempfile.TemporaryDirectory(prefix="smartinst-") as name:
        folder = Path(name)
        (folder / "run").mkdir()
        is_confined = "no" if settings.sandbox == "off" else "yes"
        prefix = sandbox_command(folder) if is_sandboxed else []
        command = [*prefix, sys.executable, "-c", ISOLATION_PROBE, name, is_confined]
        completed = _run(command, folder)
    if completed.returncode:
        raise ConfigurationError(
            f"a run cannot be isolated: {completed.stderr.strip().rpartition(chr(10))[2]}"
        )
    return Isolation(**json.loads(completed.stdout))


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (our own program)
        command,
        env=clean_environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PROBE_SECONDS,
        check=False,
    )


def _remedy() -> str:
    """The command that permits user namespaces, if a switch of this kernel forbids them."""
    for name, forbidding, permitting in SWITCHES:
        path = Path("/proc/sys", name)
        if path.is_file() and path.read_text(encoding="ascii").strip() == forbidding:
            return f"sysctl -w {name.replace('/', '.')}={permitting}"
    return CONTAINER


@cache
def _warn_once(state: SandboxState) -> None:
    _LOGGER.warning(
        "runs are not in a sandbox, because %s; remedy: %s (see smartinst doctor)",
        state.reason,
        state.remedy,
    )
