"""The context of a tick's steps: connection, settings, definitions, the time, and the report."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from smartinst.delivery import operator_notices
from smartinst.delivery.send_count import SendCount
from smartinst.delivery.tick_report import TickReport
from smartinst.machine_errors import error_summary
from smartinst.runs.definitions import Definition
from smartinst.settings import Settings

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class TickContext:
    """One tick. `connection` is the scheduler's, which has the lock; `now` has a time zone.

    `definitions` are the valid ones by name. `send_count` notes each attempt to send.
    """

    connection: Connection
    settings: Settings
    definitions: Mapping[str, Definition]
    now: datetime
    report: TickReport
    send_count: SendCount

    def add_problem(self, text: str) -> None:
        """Reports a problem, and records a notice in the transaction of the change it describes."""
        self.report.problems.append(text)
        operator_notices.record_notice(self.connection, text, self.now)

    def add_warning(self, text: str) -> None:
        """Reports what keeps nothing from being sent, and records a notice like a problem's."""
        self.report.warnings.append(text)
        operator_notices.record_notice(self.connection, text, self.now)

    @contextmanager
    def isolated(self, place: str) -> Iterator[None]:
        """Reports an error of one report, so that others go on; those of the database are raised.

        `place` names what could not be done.
        """
        try:
            yield
        except SQLAlchemyError:
            raise
        except Exception as error:
            _LOGGER.debug("%s", place, exc_info=True)
            self.add_problem(f"{place}: {error_summary(error)}")
