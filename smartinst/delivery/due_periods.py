"""Records the due periods of scheduled reports in the run history, one run for each.

The periods of a paused report are recorded as missed, so that they are not made up for later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from smartinst.database.text import instant_text
from smartinst.delivery import run_history
from smartinst.delivery.tick_context import TickContext
from smartinst.runs import cron
from smartinst.runs.definitions import Definition, scheduled_sellers


def schedule_runs(context: TickContext) -> None:
    """Records due periods, and as missed those that passed without a tick."""
    catch_up = timedelta(hours=context.settings.schedule.catch_up_hours)
    recorded = run_history.recorded_periods(context.connection, context.now - catch_up)
    newest_instants = run_history.newest_instants(context.connection)
    due_periods = cache(cron.due_periods)  # most sellers share a few zones
    for name, definition in context.definitions.items():
        if (schedule := definition.schedule) is None:
            continue
        with context.isolated(f"reports/{name}.toml: cannot be scheduled"):
            _warn_of_unknown_sellers(context, definition)
            for seller_id, zone in scheduled_sellers(definition, context.settings):
                periods = due_periods(schedule.cron, zone, context.now, catch_up, schedule.missed)
                new_periods = [
                    period for period in periods if (name, seller_id, period.name) not in recorded
                ]
                _record_due(context, definition, seller_id, new_periods)
                if definition.paused:
                    continue
                newest = newest_instants.get((name, seller_id))
                is_covered = schedule.missed == "latest" and periods
                if newest and schedule.missed != "none" and not is_covered:
                    since = min(context.now - datetime.fromisoformat(newest), cron.YEAR)
                    passed = due_periods(schedule.cron, zone, context.now, since, schedule.missed)
                    _record_missed(context, name, seller_id, passed, newest)
    context.connection.commit()


def _warn_of_unknown_sellers(context: TickContext, definition: Definition) -> None:
    """Warns of ids in `sellers` and `except` that are not configured."""
    configured = {seller.id for seller in context.settings.seller}
    for key, ids in (("sellers", definition.sellers or ()), ("except", definition.except_sellers)):
        for seller_id in ids:
            if seller_id not in configured:
                context.add_warning(
                    f"reports/{definition.name}.toml: {key}: seller {seller_id!r} is not configured"
                )


def _record_due(
    context: TickContext, definition: Definition, seller_id: str, periods: list[cron.Period]
) -> None:
    """Records the periods as planned and counts them as due; as missed if the report is paused."""
    for period in periods:
        if definition.paused:
            note = "the report is paused"
            _record(context, definition.name, seller_id, period, "missed", note)
        else:
            is_new = _record(context, definition.name, seller_id, period, "planned")
            context.report.counts["due"] += is_new


def _record_missed(
    context: TickContext,
    report: str,
    seller_id: str,
    periods: list[cron.Period],
    newest_instant: str,
) -> None:
    """Records the periods after `newest_instant`, that of the newest one on record, as missed."""
    for period in periods:
        if instant_text(period.instant) > newest_instant and _record(
            context, report, seller_id, period, "missed"
        ):
            context.add_problem(
                f"{report} of {seller_id}, {period.name}: missed: no tick ran while it was due"
            )


def _record(
    context: TickContext,
    report: str,
    seller_id: str,
    period: cron.Period,
    state: str,
    note: str | None = None,
) -> bool:
    """Records a period; true if it is new to the run history."""
    return run_history.insert_run(
        context.connection,
        (report, seller_id, period.name),
        period.instant,
        context.now,
        state,
        note,
    )
