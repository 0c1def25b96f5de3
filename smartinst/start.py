"""Entry point of the `smartinst` command: withdraws secrets before anything else is imported."""

from __future__ import annotations

import os
import sys

from smartinst import credentials
from smartinst.errors import ConfigurationError

TYPE_CHECKING = False  # importing typing would take as long as the second start of Python
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Runs the command line in a process whose environment and memory no run can read."""
    os.umask(credentials.PRIVATE_UMASK)
    try:
        credentials.withdraw()
    except ConfigurationError as error:
        sys.exit(f"smartinst: {error}")
    if sys.platform == "linux":
        from smartinst.sandbox.linux import set_dumpable

        set_dumpable(False)
    try:
        from smartinst.cli import main as run_command
    except KeyboardInterrupt:
        sys.exit(130)
    run_command()


if __name__ == "__main__":
    main()
