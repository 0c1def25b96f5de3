"""The environment of a run: variables from a positive list, and those of its reader."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Mapping
from pathlib import Path

from smartinst.credentials import INHERITED


def clean_environment(
    folder: Path,
    variables: Mapping[str, str] | None = None,
    *,
    inherited: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The environment of processes that execute notebooks: listed variables, and `variables`.

    Home and temporary files are in `folder`, so that nothing is read from a user's own settings.
    """
    environment = {name: value for name, value in inherited.items() if INHERITED.fullmatch(name)}
    if site.ENABLE_USER_SITE and site.getusersitepackages() in sys.path:
        environment["PYTHONUSERBASE"] = site.getuserbase()
    own = {"HOME": str(folder), "TMPDIR": str(folder), "USER": "smartinst", "LOGNAME": "smartinst"}
    return environment | own | dict(variables or {})
