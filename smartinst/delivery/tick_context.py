"""The context of a tick's steps: connection, settings, definitions, the time, and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from smartinst.delivery import operator_notices
from smartinst.delivery.tick_report import TickReport
from smartinst.runs.definitions import Definition
from smartinst.settings import Settings


@dataclass(frozen=True)
class TickContext:
    """One tick. `connection` is the scheduler's, which has the lock; `now` has a time zone.

    `definitions` are the valid ones by name.
    """

    connection: Connection
    settings: Settings
    definitions: Mapping[str, Definition]
    now: datetime
    report: TickReport

    def add_problem(self, text: str) -> None:
        """Reports a problem, and records a notice in the transaction of the change it describes."""
        self.report.problems.append(text)
        operator_notices.record_notice(self.connection, text, self.now)

    def add_warning(self, text: str) -> None:
        """Reports what keeps nothing from being sent, and records a notice like a problem's."""
        self.report.warnings.append(text)
        operator_notices.record_notice(self.connection, text, self.now)
