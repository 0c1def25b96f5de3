"""Whether the ledger is where it was: a folder that is gone must not look like one without sales.

The home has a record of the ledger's address (record.py). A ledger on a disk that is not mounted,
or that somebody has removed, is then an error instead of a seller without plans.
"""

from __future__ import annotations

from smartinst.errors import LedgerError
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.record import has_tables, missing_problem, write_record
from smartinst.ledger.verification import LedgerState, verify_ledger
from smartinst.settings import VIEW_SCHEME, Settings


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of the settings; LedgerError if there was one and it is gone."""
    if settings.ledger.startswith(VIEW_SCHEME):
        return Ledger(settings.ledger)
    require_presence(settings)
    return Ledger(settings.ledger, settings.home)


def begin_ledger(settings: Settings) -> tuple[Ledger, str | None]:
    """The ledger for a command that writes, and a notice if the recorded ledger is missing."""
    notice = f"ledger: {settings.ledger} was missing; a new one begins with what is read now"
    ledger = Ledger(settings.ledger, settings.home, may_begin=True)
    return ledger, notice if _check_presence(settings) else None


def require_presence(settings: Settings) -> None:
    """LedgerError if there was a ledger at the address of the settings and it is gone."""
    if problem := _check_presence(settings):
        raise LedgerError(problem)


def ledger_state(settings: Settings) -> LedgerState:
    """The verification of the ledger of the settings; it has a problem if the ledger is gone."""
    if problem := _check_presence(settings):
        return LedgerState(problems=[problem])
    return verify_ledger(settings.ledger)


def _check_presence(settings: Settings) -> str | None:
    """The problem if the recorded ledger is gone. A ledger that is there is recorded."""
    problem = missing_problem(settings.home, settings.ledger)
    if problem is None and has_tables(settings.ledger):
        write_record(settings.home, settings.ledger)
    return problem
