"""Dispatch: checks, queues and sends the messages of a successful run."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from smartinst.database.holds import unknown_since
from smartinst.delivery import delivery_ledger, run_history
from smartinst.delivery.tick_context import TickContext
from smartinst.delivery.tick_report import describe_row
from smartinst.errors import ConfigurationError, ReportError, SmartinstError
from smartinst.machine_errors import error_summary
from smartinst.runs.artifacts import sha256
from smartinst.runs.definitions import Definition, seller_of

if TYPE_CHECKING:
    from smartinst.delivery.transport.folder import Transport
    from smartinst.delivery.transport.send_result import SendResult
    from smartinst.delivery.transport.verified_message import VerifiedMessage


def queue_messages(context: TickContext, run: dict[str, Any], definition: Definition) -> None:
    """Queues the messages of a successful run, or marks them as held if a gate fails. Commits.

    No message is queued if the definition's condition is not satisfied.
    """
    if definition.delivery is not None:
        try:
            reasons = _reasons_to_hold(context, run, definition)
        except SmartinstError as error:
            reasons = [str(error)]
        except SQLAlchemyError:
            raise
        except Exception as error:  # a notebook may report measures of any kind
            reasons = [f"its measures cannot be read: {error_summary(error)}"]
        if reasons is not None:
            with context.isolated(f"{describe_row(run)}: not sent"):
                _enqueue(context, run, definition, reasons)
    context.connection.commit()


def _reasons_to_hold(
    context: TickContext, run: dict[str, Any], definition: Definition
) -> list[str] | None:
    """The failed gates; None if the condition is not satisfied, so that nothing is sent."""
    from smartinst.delivery import gates
    from smartinst.runs import conditions

    key = run["report"], run["seller_id"], run["period"]
    previous = run_history.last_measures(context.connection, *key)
    last_mailed = run_history.last_measures(context.connection, *key, mailed=True)
    when = definition.schedule.when if definition.schedule else "always"
    if not conditions.is_satisfied(when, run["measures"], last_mailed or None):
        reason = f"not sent: condition {when} is not satisfied"
        run_history.annotate_run(context.connection, run["run_id"], reason)
        return None
    files = {kind: (Path(file["path"]), file["sha256"]) for kind, file in run["artifacts"].items()}
    seller = seller_of(run["seller_id"], context.settings)
    return gates.failed_gates(
        definition,
        run["measures"],
        files,
        files["ipynb"][0],
        previous or None,
        context.now.astimezone(seller.zone),
        seller.id,
    )


def _enqueue(
    context: TickContext, run: dict[str, Any], definition: Definition, reasons: list[str]
) -> None:
    if backup_at := unknown_since(context.connection, run["instant"]):
        reasons = [*reasons, f"may have been sent before the restore of the backup of {backup_at}"]
    for recipient in _recipients(context, run, definition):
        state = delivery_ledger.enqueue(
            context.connection,
            run,
            recipient,
            run["artifacts"],
            context.settings.mail.sender,
            context.now,
            reasons,
        )
        if state == "held":
            context.report.counts["held"] += 1
            context.add_problem(
                f"{describe_row(run)}: held: {'; '.join(reasons)} (run {run['run_id']})"
            )


def _recipients(context: TickContext, run: Mapping[str, Any], definition: Definition) -> list[str]:
    """The addresses of a run's messages, without repetitions: those of `to`, then of `cc`.

    A report to the operator has none if [mail] operator is not set; that is reported as a problem.
    """
    if definition.delivery is None:
        return []
    addresses: tuple[str | None, ...]
    match definition.delivery.to:
        case "seller":
            addresses = (seller_of(run["seller_id"], context.settings).email,)
        case "operator":
            addresses = (context.settings.mail.operator,)
        case recipients:
            addresses = recipients
    if addresses == (None,):
        reason = "not sent: [mail] operator is not set"
        run_history.annotate_run(context.connection, run["run_id"], reason)
        context.add_problem(f"{describe_row(run)}: {reason}")
        addresses = ()
    by_key = {
        address.lower(): address
        for address in reversed((*addresses, *definition.delivery.cc))
        if address is not None
    }
    return list(reversed(by_key.values()))


def send_queued(
    context: TickContext,
    transport: Transport,
    skipped_reports: Collection[str] = (),
    should_continue: Callable[[], bool] = lambda: True,
    should_pause: Callable[[], bool] = lambda: False,
    limit: int | None = None,
) -> None:
    """Sends due messages, except those of `skipped_reports`, while `should_continue()` is true.

    Ends after `limit` messages, or after one if `should_pause()` is true.
    Each step is committed: `sending` before the server is contacted, the result after its answer.
    A message whose written headers are wrong is refused without contacting the server.
    """
    from smartinst.delivery.transport.verified_message import HeaderMismatchError

    connection = context.connection
    deliveries = delivery_ledger.ready_deliveries(connection, context.now, skipped_reports, limit)
    connection.commit()
    for number, delivery in enumerate(deliveries):
        if not should_continue() or (number and should_pause()):
            return
        try:
            message = _message(context, delivery)
        except HeaderMismatchError as error:
            _record(context, delivery, "refused", str(error), is_problem=True)
            continue
        except Exception as error:  # a bad file, recipient or page affects only this message
            _record(context, delivery, "held", error_summary(error), is_problem=True)
            continue
        is_still_queued = delivery_ledger.mark_sending(connection, delivery, context.now)
        connection.commit()
        if is_still_queued:
            _record_send(context, delivery, _send(context, transport, message))


def _send(context: TickContext, transport: Transport, message: VerifiedMessage) -> SendResult:
    """The result of sending a message; nothing is sent if the attempt cannot be noted."""
    from smartinst.delivery.transport.send_result import InDoubt, OwnFault

    try:
        context.send_count.note_attempt()
    except OSError as error:
        return OwnFault(f"the attempt cannot be noted: {error_summary(error)}")
    try:
        return transport.send(message)
    except Exception as error:  # a server may answer anything; other messages are sent
        return InDoubt(error_summary(error))


def _message(context: TickContext, delivery: Mapping[str, Any]) -> VerifiedMessage:
    """The message of a delivery, as it is sent.

    ReportError if a file has changed since it was queued; HeaderMismatchError if the headers of the
    written message are not those of the delivery and of the configuration.
    """
    from smartinst.addresses import parse_mailbox
    from smartinst.delivery.message import compose, reply_address, unsubscribe_link
    from smartinst.delivery.transport.verified_message import ExpectedHeaders, verify_message

    if delivery["report"] not in context.definitions:
        raise ConfigurationError(f"report {delivery['report']!r} is no longer defined")
    files = json.loads(delivery["files"])
    paths = {kind: Path(file["path"]) for kind, file in files.items()}
    for kind, path in paths.items():
        if sha256(path) != files[kind]["sha256"]:
            raise ReportError(f"{path.name}: the file has changed: its SHA-256 differs")
    seller = seller_of(delivery["seller_id"], context.settings)
    if seller.email != delivery["recipient"]:
        seller = seller.model_copy(update={"email": delivery["recipient"]})
    message = compose(
        paths["ipynb"],
        paths,
        seller,
        context.definitions[delivery["report"]],
        delivery["period"],
        delivery["message_id"],
        context.settings,
        date=context.now,
    )
    expected = ExpectedHeaders(
        parse_mailbox(context.settings.mail.sender),
        delivery["recipient"],
        delivery["message_id"],
        seller.locale,
        unsubscribe_link(context.settings, seller),
        reply_address(context.settings),
    )
    return verify_message(message, expected)


def _record_send(context: TickContext, delivery: Mapping[str, Any], result: SendResult) -> None:
    """Records the result of sending a message; a deferred one stays queued."""
    from smartinst.delivery.transport.send_result import InDoubt, OwnFault, Refused, Sent

    states = {Sent: "sent", Refused: "refused", InDoubt: "in_doubt"}
    state = states.get(type(result), "queued")
    reason = "" if isinstance(result, Sent) else result.reason
    is_problem = isinstance(result, Refused | InDoubt | OwnFault)
    _record(context, delivery, state, reason, is_problem=is_problem)


def _record(
    context: TickContext,
    delivery: Mapping[str, Any],
    state: str,
    reason: str,
    *,
    is_problem: bool,
) -> None:
    """Records what became of a delivery, together with the problem it may be. Commits."""
    delivery_ledger.record_result(context.connection, delivery, state, reason, context.now)
    context.report.counts[state] += 1
    if is_problem:
        context.add_problem(f"{describe_row(delivery)}: {state.replace('_', ' ')}: {reason}")
    context.connection.commit()
