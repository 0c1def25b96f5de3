"""Commands as root and as another user, with or without what a sandbox needs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

OTHER_USER: Final = 65534
WITHOUT_NAMESPACES: Final = (
    *("unshare", "--map-root-user", "sh", "-c"),
    'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"',
    "sh",
)
"""Starts a command that cannot enter namespaces, so that bubblewrap cannot start."""

each_user = pytest.mark.parametrize("user", [0, OTHER_USER], ids=["root", "other-user"])


def as_user(user: int, folder: Path) -> tuple[str, ...]:
    """The words that start a command as a user, who becomes the owner of a folder."""
    if os.geteuid() not in (0, user):
        pytest.skip("only root can start processes of another user")
    if os.geteuid() != 0:
        return ()
    subprocess.run(["chown", "-R", f"{user}:{user}", folder], check=True)
    return ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups")
