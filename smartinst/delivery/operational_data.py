"""What a notebook needs of the operational database, which a run cannot read: its parameters.

contact_log  of one seller: `log`, a list of [plan id, ISO date, arm], and `held_out`, the ids of
             the plans that get no message this month, if `[recovery] hold_out` is set
operations   of all sellers, by id: `last_mail`, the instant of the last message that was sent, and
             `last_error`, the newest problem of a run or message since then, with its `error_at`
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url

from smartinst.database.engine import connected, reading
from smartinst.database.schema import DELIVERIES, RUNS
from smartinst.errors import SmartinstError
from smartinst.runs.declarations import read_declarations
from smartinst.runs.definitions import Definition, notebook_path
from smartinst.settings import Seller, Settings

CONTACT_LOG = "contact_log"
OPERATIONS = "operations"

PROBLEM_STATES = ("held", "refused", "in_doubt", "missed", "failed")
"""States of runs and deliveries in which something due was not sent."""


def operational_data(
    settings: Settings, definition: Definition, seller: Seller, day: date
) -> dict[str, Any]:
    """The parameters of this kind that the notebook of a report declares.

    Empty if the notebook cannot be read: its run ends with the error, and others go on.
    """
    try:
        names = read_declarations(notebook_path(definition, settings))
    except (SmartinstError, OSError):
        return {}
    parameters: dict[str, Any] = {}
    if CONTACT_LOG in names and definition.per == "seller":
        parameters[CONTACT_LOG] = _contact_log(settings, seller, day)
    if OPERATIONS in names and definition.per == "all":
        parameters[OPERATIONS] = _operations(settings)
    return parameters


def _contact_log(settings: Settings, seller: Seller, day: date) -> dict[str, Any]:
    from smartinst.actions.contacts import read_contacts

    content: dict[str, Any] = {}
    if _has_database(settings):
        contacts = read_contacts(settings, seller)
        content["log"] = [
            [plan_id, contact_date.isoformat(), arm]
            for plan_id, contact_date, arm in contacts.iter_rows()
        ]
    if settings.recovery.hold_out:
        content["held_out"] = _held_out_plans(settings, seller, day)
    return content


def _held_out_plans(settings: Settings, seller: Seller, day: date) -> list[str]:
    from smartinst.actions.hold_out import arms_of
    from smartinst.analytics.book.recovery.effect import HELD_OUT
    from smartinst.ledger.presence import open_ledger

    plans = open_ledger(settings).read(seller).plans.select("plan_id").collect()
    arms = arms_of(settings, seller.id, plans["plan_id"], day)
    assert arms is not None
    return sorted(arms.filter(arms["arm"] == HELD_OUT)["plan_id"].to_list())


def _operations(settings: Settings) -> dict[str, Any]:
    if not _has_database(settings):
        return {}
    with connected(settings.database) as engine, reading(engine) as connection:
        mails, problems = _last_mails(connection), _last_problems(connection)
    return {
        seller.id: {
            "last_mail": mails.get(seller.id),
            **_newer_problem(problems.get(seller.id), mails.get(seller.id)),
        }
        for seller in settings.seller
    }


def _last_mails(connection: Connection) -> dict[str, str]:
    """Seller → instant of the last message that was sent."""
    columns = DELIVERIES.c
    query = select(columns.seller_id, columns.changed_at).where(columns.state == "sent")
    rows = connection.execute(query.order_by(columns.changed_at))
    return {str(seller_id): str(instant) for seller_id, instant in rows}


def _last_problems(connection: Connection) -> dict[str, tuple[str, str]]:
    """Seller → instant and text of the newest run or message that was not successful."""
    runs, deliveries = RUNS.c, DELIVERIES.c
    run_query = select(runs.seller_id, runs.ended_at, runs.report, runs.state, runs.note).where(
        runs.state.in_(PROBLEM_STATES), runs.ended_at.is_not(None)
    )
    delivery_query = select(
        deliveries.seller_id,
        deliveries.changed_at,
        deliveries.report,
        deliveries.state,
        deliveries.reason,
    ).where(deliveries.state.in_(PROBLEM_STATES))
    rows = [*connection.execute(run_query), *connection.execute(delivery_query)]
    return {
        seller_id: (instant, f"{report}: {state.replace('_', ' ')}{f': {text}' if text else ''}")
        for seller_id, instant, report, state, text in sorted(rows, key=lambda row: str(row[1]))
    }


def _newer_problem(problem: tuple[str, str] | None, last_mail: str | None) -> Mapping[str, Any]:
    """The last problem, unless a message was sent after it."""
    if problem is None or (last_mail is not None and problem[0] < last_mail):
        return {"error_at": None, "last_error": None}
    return {"error_at": problem[0], "last_error": " ".join(problem[1].split())}


def _has_database(settings: Settings) -> bool:
    """Whether the database exists: reading creates none."""
    url = make_url(settings.database)
    is_file = url.get_backend_name() == "sqlite" and url.database
    return not is_file or Path(str(url.database)).exists()
