"""One tick: schedules, syncs, executes, checks and sends what is due.

Each step is committed before the next one begins, so that the next tick continues one that was
killed: schedule → execute → result and queued message → sending → the server's answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from smartinst.actions.anchor import Anchor
from smartinst.actions.log import ActionLog
from smartinst.database.holds import require_released
from smartinst.database.text import instant_text
from smartinst.delivery import delivery_ledger, operator_notices, run_history
from smartinst.delivery.dispatch import queue_messages, send_queued
from smartinst.delivery.due_periods import schedule_runs
from smartinst.delivery.refreshing import refresh_sellers
from smartinst.delivery.run_retention import remove_old_runs
from smartinst.delivery.scheduled_runs import execute_runs
from smartinst.delivery.scheduler_lock import scheduler_connection
from smartinst.delivery.send_count import SendCount, hold_older_database
from smartinst.delivery.tick_context import TickContext
from smartinst.delivery.tick_report import TickReport, describe_row
from smartinst.errors import ConfigurationError, HeldHomeError
from smartinst.machine_errors import error_summary
from smartinst.runs.definitions import load_definitions
from smartinst.settings import Settings

MESSAGES_BETWEEN_RUNS: Final = 20
"""Messages that are sent, at most, before the results of runs are looked at again."""


def tick(
    settings: Settings,
    engine: Engine,
    now: datetime,
    should_continue: Callable[[], bool] = lambda: True,
) -> TickReport:
    """Does all that is due at `now`; stops sending once `should_continue` returns false.

    An invalid definition is reported; its runs and messages wait until it is corrected; all
    others are processed. In a home that may be out of date (restored, or with a log of actions
    that has lost events) nothing is done, which is the report's only problem.
    """
    try:
        return _tick(settings, engine, now, should_continue)
    except HeldHomeError as error:
        return TickReport(now, problems=[str(error)])


def _tick(
    settings: Settings, engine: Engine, now: datetime, should_continue: Callable[[], bool]
) -> TickReport:
    """A tick; HeldHomeError if the home may be out of date.

    The operator is told of any other error too, unless it is the database's.
    """
    with _tick_context(settings, engine, now) as (context, mistakes):
        try:
            _do_all(context, engine, mistakes, should_continue)
        except SQLAlchemyError:
            raise
        except Exception as error:
            with suppress(Exception):  # such as a full disk
                context.connection.rollback()
                context.add_problem(f"the tick ended early: {error_summary(error)}")
                operator_notices.send_notices(context.connection, settings, now)
            raise
    return context.report


def _do_all(
    context: TickContext,
    engine: Engine,
    mistakes: Mapping[str, str],
    should_continue: Callable[[], bool],
) -> None:
    """The steps of a tick."""
    _take_over(context)
    for mistake in mistakes.values():
        context.add_problem(mistake)
    schedule_runs(context)
    pending_runs = run_history.pending_runs(context.connection)
    rows = [row for row in pending_runs if row["report"] not in mistakes]
    context.connection.commit()
    rows = rows if _is_ledger_readable(context, rows) else []
    refresh_sellers(context, engine, rows, should_continue)
    _execute_and_send(context, rows, mistakes, should_continue)
    remove_old_runs(context)


@contextmanager
def _tick_context(
    settings: Settings, engine: Engine, now: datetime
) -> Iterator[tuple[TickContext, Mapping[str, str]]]:
    """The context of a tick that has the scheduler's lock, and the mistakes by report.

    At the end of the block the notices to the operator are sent.
    """
    definitions, mistakes = load_definitions(settings)
    with scheduler_connection(engine, settings) as connection:
        hold_older_database(connection, settings.home, now)
        require_released(connection)
        connection.rollback()
        ActionLog(engine, Anchor(settings.home)).require_whole()
        send_count = SendCount(connection, settings.home)
        send_count.note()
        connection.rollback()
        report = TickReport(now)
        yield TickContext(connection, settings, definitions, now, report, send_count), mistakes
        operator_notices.send_notices(connection, settings, now)


def _is_ledger_readable(context: TickContext, rows: list[dict[str, Any]]) -> bool:
    """Verifies the ledger before the first run, and reports what is damaged to the operator.

    False if a whole table cannot be read: the runs then wait. A damaged data file only makes the
    runs of its sellers fail.
    """
    from smartinst.ledger.presence import ledger_state

    if not rows:
        return True
    state = ledger_state(context.settings)
    for problem in state.problems:
        context.add_problem(problem)
    context.connection.commit()
    return state.are_tables_readable


def _execute_and_send(
    context: TickContext,
    rows: list[dict[str, Any]],
    mistakes: Mapping[str, str],
    should_continue: Callable[[], bool],
) -> None:
    """Executes the runs, and sends messages while later ones are executed.

    After each message the result of a run has precedence. All messages use one transport, so that
    a failed login is not repeated.
    """
    from smartinst.delivery.transport.folder import open_transport

    skipped = tuple(mistakes)
    with open_transport(context.settings) as transport:
        with closing(execute_runs(context, rows)) as executed_runs:
            for run, definition, has_next in executed_runs:
                queue_messages(context, run, definition)
                send_queued(
                    context, transport, skipped, should_continue, has_next, MESSAGES_BETWEEN_RUNS
                )
        send_queued(context, transport, skipped, should_continue)


def rerun(settings: Settings, engine: Engine, run_id: str, now: datetime) -> TickReport:
    """Executes a run again and queues its message again, unless it was sent or may have been.

    The message counts as due now, however old its period is.
    """
    with _tick_context(settings, engine, now) as (context, mistakes):
        row = run_history.find_run(context.connection, run_id)
        row |= {"attempts": 0, "instant": instant_text(now)}
        if row["report"] in mistakes:
            raise ConfigurationError(mistakes[row["report"]])
        for run, definition, _ in execute_runs(context, [row], skip_unchanged=False):
            queue_messages(context, run, definition)
    return context.report


def _take_over(context: TickContext) -> None:
    """Resets what an earlier tick left unfinished, and marks what has waited for too long.

    This tick has the lock, so no other one is running.
    """
    connection, now = context.connection, context.now
    earliest = now - timedelta(hours=context.settings.schedule.catch_up_hours)
    run_history.reset_interrupted_runs(connection)
    for row in run_history.mark_missed_runs(connection, earliest, now):
        context.add_problem(f"{describe_row(row)}: missed: it was not run in time")
    for row in delivery_ledger.mark_interrupted(connection, now):
        context.report.counts["in_doubt"] += 1
        context.add_problem(
            f"{describe_row(row)}: in doubt: the sending process ended before the server answered"
        )
    for row in delivery_ledger.mark_missed_deliveries(connection, earliest, now):
        context.add_problem(
            f"{describe_row(row)}: missed: its period became too old while it waited"
        )
    connection.commit()
