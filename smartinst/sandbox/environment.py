"""The environment of a run: variables that never contain a secret, and those of its reader."""

from __future__ import annotations

import site
import sys
from collections.abc import Mapping
from pathlib import Path

from smartinst import credentials


def clean_environment(folder: Path, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of processes that execute notebooks, with `variables` such as the reader's.

    Home and temporary files are in `folder`, so that nothing is read from a user's own settings.
    """
    environment = credentials.inherited_variables()
    if site.ENABLE_USER_SITE and site.getusersitepackages() in sys.path:
        environment["PYTHONUSERBASE"] = site.getuserbase()
    own = {"HOME": str(folder), "TMPDIR": str(folder), "USER": "smartinst", "LOGNAME": "smartinst"}
    return environment | own | dict(variables or {})
