"""Two schedulers in processes of their own, which share a database, home and mail server.

`python -m tests.support.schedulers FOLDER PORT DATABASE PERIODS` prints a line when it begins, and
ticks each period in both, again after an error of the database as `schedule serve` does. It prints
as JSON their exit codes, and how often that happened to each.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from smartinst.database.engine import connect, connected
from smartinst.delivery.tick import tick
from smartinst.errors import ConfigurationError
from smartinst.settings import Settings
from tests.support.ticking import (
    NOW,
    clear,
    replace_reports,
    settings_of,
    warm_up,
)

SCHEDULERS: Final = 2
PAUSE_SECONDS: Final = 0.1
"""Between a tick that failed and the next one; a minute in production."""


def run_schedulers(workspace: Path, port: int, database: str, periods: int) -> dict[str, Any]:
    """Runs the schedulers until each has completed every period."""
    replace_reports(workspace / "executed.ipynb")
    settings, engine = settings_of(workspace, port), connect(database)
    warm_up(workspace, engine)
    clear(engine, settings)
    engine.dispose()
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    children = [_fork(settings, database, periods, number) for number in range(SCHEDULERS)]
    exit_codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    errors = [int(_record(settings, number).read_text()) for number in range(SCHEDULERS)]
    return {"exit_codes": exit_codes, "errors": errors}


def _fork(settings: Settings, database: str, periods: int, number: int) -> int:
    child = os.fork()
    if child == 0:
        try:
            errors = sum(_complete(settings, database, week + 1) for week in range(periods))
            _record(settings, number).write_text(str(errors))
            os._exit(0)
        except BaseException:  # the child must not continue as its parent
            traceback.print_exc()
            os._exit(2)
    return child


def _complete(settings: Settings, database: str, week: int) -> int:
    """Ticks until a tick of this week ends without an error; the number of errors before."""
    errors = 0
    while True:
        try:
            with connected(database, wait_seconds=20) as engine:
                tick(settings, engine, NOW + timedelta(weeks=week))
        except (ConfigurationError, SQLAlchemyError):
            errors += 1
            time.sleep(PAUSE_SECONDS)
        else:
            return errors


def _record(settings: Settings, number: int) -> Path:
    return settings.workspace / f"errors-{number}"


if __name__ == "__main__":
    result = run_schedulers(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    sys.stdout.write(json.dumps(result))
