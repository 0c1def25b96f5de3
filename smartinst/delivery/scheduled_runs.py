"""Execution of scheduled runs: all due ones together, each with its result in the run history."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from smartinst.delivery import run_history
from smartinst.delivery.operational_data import operational_data
from smartinst.delivery.prefetching import prefetched
from smartinst.delivery.tick_context import TickContext
from smartinst.delivery.tick_report import describe_row
from smartinst.errors import ConfigurationError
from smartinst.machine_errors import error_summary
from smartinst.runs.artifacts import sha256
from smartinst.runs.conditions import CHANGED
from smartinst.runs.definitions import Definition, seller_of

if TYPE_CHECKING:
    from smartinst.runs.run_request import RunOutcome, RunRequest

_LOGGER: Final = logging.getLogger(__name__)
SELLER_VERSION: Final = "seller"
"""Key of a run's ledger version: the version of its seller's data."""

Row = dict[str, Any]


class ExecutedRun(NamedTuple):
    """A successful run; `has_next`: whether the result of another run is ready."""

    row: Row
    definition: Definition
    has_next: Callable[[], bool]


def execute_runs(
    context: TickContext, rows: list[Row], *, skip_unchanged: bool = True
) -> Generator[ExecutedRun]:
    """Executes runs and yields successful ones as they finish; a failure does not stop others.

    With `skip_unchanged`, a run with `when = "changed"` is not executed if nothing has changed.

    Other runs continue while the caller handles one. The result of a yielded run is not committed:
    the caller commits it together with its messages.
    """
    if not rows:
        return
    from smartinst.runs.executors import LostResult
    from smartinst.runs.failures import lost_outcome
    from smartinst.runs.runs import run_reports

    runs_by_folder = _start(context, rows, skip_unchanged=skip_unchanged)
    context.connection.commit()
    if not runs_by_folder:
        return
    requests = [request for request, _ in runs_by_folder.values()]
    jobs = min(len(requests), os.cpu_count() or 1)
    outcomes = run_reports(requests, context.settings, jobs)
    try:
        with prefetched(outcomes) as results:
            for outcome in results:
                _, row = runs_by_folder.pop(outcome.folder)
                if run := _finish(context, row, outcome):
                    yield ExecutedRun(run, context.definitions[run["report"]], results.has_next)
    except ConfigurationError as error:  # no cluster answers: no run was started
        _postpone(context, [row for _, row in runs_by_folder.values()], error)
    except SQLAlchemyError:
        raise
    except Exception as error:  # they are tried again, as if their process had died
        _LOGGER.debug("runs were not executed", exc_info=True)
        loss = LostResult(f"it was not executed: {error_summary(error)}")
        for request, row in runs_by_folder.values():
            _record_failure(context, row, lost_outcome(request, loss))


def _finish(context: TickContext, row: Row, outcome: RunOutcome) -> Row | None:
    """The run with its artifacts and measures; None if it failed."""
    if outcome.error is not None:
        _record_failure(context, row, outcome)
        return None
    try:
        artifacts = {
            kind: {"path": path, "sha256": sha256(Path(path))}
            for kind, path in outcome.artifacts.items()
        }
        run_history.finish_run(
            context.connection,
            row["run_id"],
            "made",
            context.now,
            artifacts=artifacts,
            measures=outcome.measures,
            seconds=outcome.seconds,
        )
    except OSError as error:  # a worker wrote them to a disk that is not mounted here
        error_text = f"its files cannot be read here: {error}"
        _record_failure(context, row, replace(outcome, error=error_text))
        return None
    except (TypeError, ValueError, RecursionError) as error:  # measures that are not JSON
        error_text = f"its measures cannot be stored: {error_summary(error)}"
        _record_failure(context, row, replace(outcome, error=error_text))
        return None
    return {**row, "artifacts": artifacts, "measures": outcome.measures}


def _postpone(context: TickContext, rows: list[Row], error: ConfigurationError) -> None:
    """Schedules runs that were not started again; the attempt does not count."""
    for row in rows:
        run_history.finish_run(
            context.connection,
            row["run_id"],
            "planned",
            context.now,
            attempts=row["attempts"],
            note=str(error),
        )
    context.report.counts["failed"] += len(rows)
    context.add_problem(f"{len(rows)} runs were not executed: {error}")
    context.connection.commit()


def _start(
    context: TickContext, rows: list[Row], *, skip_unchanged: bool
) -> dict[str, tuple[RunRequest, Row]]:
    """Folder → the request of its run, and the run's row with its new id.

    With `skip_unchanged`, runs that would not be sent are recorded without being executed.
    """
    from smartinst.ledger.presence import open_ledger

    ledger, runs_by_folder = open_ledger(context.settings), {}
    version, requests = ledger.version(), list(_requests(context, rows))
    seller_versions, unchanged = dict[str, str](), dict[str, dict[str, Any]]()
    with context.isolated(
        "it cannot be determined which reports have changed, so all are executed"
    ):
        candidates = _sent_if_changed(context, requests)
        ids = [request.seller.id for request, _ in candidates]
        seller_versions = ledger.seller_versions(ids)
        if skip_unchanged:
            unchanged = _unchanged(context, candidates, seller_versions)
    for request, row in requests:
        seller_version = seller_versions.get(request.seller.id)
        own_version = {SELLER_VERSION: seller_version} if seller_version else {}
        run_id = _record_start(context, row, request, version | own_version)
        if measures := unchanged.get(row["run_id"]):
            note = "not executed: nothing has changed since the last report that was sent"
            run_history.finish_run(
                context.connection, run_id, "unchanged", context.now, measures=measures, note=note
            )
            continue
        folder = _new_folder(context.settings.home, row, request.seller.id, run_id)
        runs_by_folder[str(folder)] = (replace(request, folder=folder), {**row, "run_id": run_id})
    return runs_by_folder


def _requests(context: TickContext, rows: list[Row]) -> Iterator[tuple[RunRequest, Row]]:
    """The request of each row; a row without a valid one is recorded as failed."""
    for row in rows:
        try:
            yield _request(context, row), row
        except SQLAlchemyError:
            raise
        except Exception as error:  # affects only this run
            _LOGGER.debug("%s cannot be prepared", describe_row(row), exc_info=True)
            note = error_summary(error)
            run_history.finish_run(
                context.connection, row["run_id"], "failed", context.now, note=note
            )
            context.report.counts["failed"] += 1
            context.add_problem(f"{describe_row(row)}: {note}")


def _record_start(
    context: TickContext, row: Row, request: RunRequest, version: dict[str, Any]
) -> str:
    """Records that a run has started; returns its new id."""
    parameters = {
        "seller": request.seller.id,
        "as_of": row["as_of"],
        "locale": request.seller.locale,
        "title": request.definition.title,
        "report": request.definition.name,
    }
    return run_history.start_run(context.connection, row, parameters, version, context.now)


def _sent_if_changed(
    context: TickContext, requests: list[tuple[RunRequest, Row]]
) -> list[tuple[RunRequest, Row]]:
    """The runs that are sent only if something has changed, with the measures of the book."""
    if not any(_is_sent_if_changed(definition) for definition in context.definitions.values()):
        return []
    from smartinst.delivery.unchanged import has_measures_of_book

    reports = {
        name
        for name, definition in context.definitions.items()
        if _is_sent_if_changed(definition) and has_measures_of_book(definition, context.settings)
    }
    return [(request, row) for request, row in requests if row["report"] in reports]


def _is_sent_if_changed(definition: Definition) -> bool:
    return definition.schedule is not None and definition.schedule.when.strip() == CHANGED


def _unchanged(
    context: TickContext,
    requests: list[tuple[RunRequest, Row]],
    seller_versions: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """Run id → its measures, of the runs in which nothing has changed.

    The measures are computed if the seller's data is that of the last run.
    """
    candidates = {}
    for request, row in requests:
        key = row["report"], row["seller_id"], row["period"]
        version = run_history.last_version(context.connection, *key).get(SELLER_VERSION)
        last_mailed = run_history.last_measures(context.connection, *key, mailed=True)
        if version == seller_versions[request.seller.id] and last_mailed:
            candidates[row["run_id"]] = request, last_mailed
    if not candidates:
        return {}
    from smartinst.delivery.unchanged import unchanged_measures

    results = unchanged_measures(list(candidates.values()), context.settings)
    pairs = zip(candidates, results, strict=True)
    return {run_id: measures for run_id, measures in pairs if measures is not None}


def _request(context: TickContext, row: Row) -> RunRequest:
    """The request of a scheduled run; ConfigurationError if its report or seller is missing."""
    from smartinst.runs.run_request import RunRequest

    if row["report"] not in context.definitions:
        raise ConfigurationError(f"report {row['report']!r} is no longer defined")
    definition = context.definitions[row["report"]]
    seller, as_of = seller_of(row["seller_id"], context.settings), date.fromisoformat(row["as_of"])
    return RunRequest(
        definition,
        seller,
        as_of,
        formats=definition.formats,
        previous=run_history.last_measures(
            context.connection, row["report"], row["seller_id"], row["period"]
        ),
        attach=definition.delivery.attach if definition.delivery else None,
        operational=operational_data(context.settings, definition, seller, as_of),
    )


def _new_folder(home: Path, row: Mapping[str, Any], seller_id: str, run_id: str) -> Path:
    """The folder of a run. Removes unfinished files of an earlier, killed attempt."""
    period_name = str(row["period"]).replace(":", "-")
    period_folder = home / "runs" / str(row["report"]) / seller_id / period_name
    for unfinished in period_folder.glob(".making-*"):
        rmtree(unfinished, ignore_errors=True)
    return period_folder / run_id


def _record_failure(context: TickContext, run: Row, outcome: RunOutcome) -> None:
    """Records a failed run; reschedules it if its process was lost and may succeed next time.

    An attempt that an infrastructure fault ended does not count.
    """
    attempts, will_retry = run["attempts"] + 1, False
    if outcome.loss is not None:
        attempts -= outcome.loss.infrastructure_fault
        will_retry = outcome.loss.infrastructure_fault or attempts < run_history.MAX_ATTEMPTS
    log = {kind: {"path": path} for kind, path in outcome.artifacts.items() if kind == "log"}
    run_history.finish_run(
        context.connection,
        run["run_id"],
        "planned" if will_retry else "failed",
        context.now,
        note=outcome.error,
        attempts=attempts,
        seconds=outcome.seconds,
        artifacts=log or None,
    )
    context.report.counts["failed"] += 1
    result = "lost, scheduled again" if will_retry else "failed"
    context.add_problem(f"{describe_row(run)}: {result}: {outcome.error}")
    context.connection.commit()
