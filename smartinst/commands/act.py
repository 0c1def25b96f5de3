"""The `act` commands: WhatsApp, reprocess, cancel and refund; nothing is sent without --yes."""

from __future__ import annotations

from datetime import date
from textwrap import indent
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.action_log import open_log, resolve, show_log, verify
from smartinst.commands.options import SELLER, fail_if, filter_options, say, show, today
from smartinst.errors import InputError, SmartinstError
from smartinst.settings import Seller, Settings, load_settings

if TYPE_CHECKING:
    from smartinst.actions.execution import CallResult
    from smartinst.actions.log import ActionLog
    from smartinst.actions.proposals import ActionKind, Proposal

BULK_LIMIT = 10


@click.group()
def act() -> None:
    """Recovers or refunds real money: shows calls and amounts; sends them only with --yes."""


def _action(kind: ActionKind, text: str, *, has_installment: bool) -> click.Command:
    """The command of one action."""

    @SELLER
    @click.argument("plan", required=False)
    @click.option("--yes", is_flag=True, help="send the calls; without this option nothing is sent")
    @click.option(
        "--again",
        is_flag=True,
        help="send calls in doubt again if their effect is not visible; asks for the amount",
    )
    @click.option(
        "--amount",
        metavar="TEXT",
        help="with --again: the total amount to send again, such as 49.90",
    )
    @click.option(
        "--all", "is_bulk", is_flag=True, help="every plan that passes the filters, instead of PLAN"
    )
    @click.option(
        "--limit",
        type=click.IntRange(1),
        default=BULK_LIMIT,
        show_default=True,
        help="with --all: maximum number of plans",
    )
    @filter_options
    def command(
        seller_id: str,
        plan: str | None,
        is_bulk: bool,
        limit: int,
        where: dict[str, Any],
        installment: int | None = None,
        **confirmation: Any,
    ) -> None:
        from smartinst.actions.proposal_rules import propose

        if (plan is None) != is_bulk or (where and not is_bulk):
            raise click.UsageError("expected one PLAN, or --all with filters")
        if installment is not None and is_bulk:
            raise click.UsageError("--installment needs one PLAN, not --all")
        settings = load_settings()
        seller = settings.find(seller_id)
        day = today(seller.zone)
        proposals = (
            _propose_all(settings, seller, kind, where, day, limit)
            if plan is None
            else [propose(settings, seller, kind, plan, day, installment)]
        )
        _run(settings, seller, proposals, **confirmation)

    if has_installment:
        command = click.option(
            "--installment", type=click.IntRange(1), help="only this charge of the plan"
        )(command)
    return click.command(kind, help=text)(command)


def _propose_all(
    settings: Settings,
    seller: Seller,
    kind: ActionKind,
    where: dict[str, Any],
    day: date,
    limit: int,
) -> list[Proposal]:
    """The proposals of all plans that pass the filters; InputError above the limit."""
    from smartinst.actions.proposal_rules import propose_all

    proposals = [
        proposal
        for proposal in propose_all(settings, seller, kind, where, day)
        if proposal.calls or proposal.instructions or proposal.is_held_out
    ]
    if len(proposals) > limit:
        raise InputError(
            f"{len(proposals)} plans pass the filters, more than --limit {limit}; "
            "narrow the filters or raise the limit"
        )
    return proposals


def _run(
    settings: Settings,
    seller: Seller,
    proposals: list[Proposal],
    *,
    yes: bool,
    again: bool,
    amount: str | None,
) -> None:
    from smartinst.actions.call_states import open_calls_without_proposal
    from smartinst.actions.execution import unavailable_reason

    if yes:
        _require_released(settings)
    with open_log(settings) as log:
        for proposal in proposals:
            _show(proposal, log)
        if yes:
            _log_contacts(settings, seller, proposals)
        actionable = [
            proposal
            for proposal in proposals
            if proposal.calls or open_calls_without_proposal(proposal, log)
        ]
        if not yes or not actionable:
            if actionable:
                say("nothing was sent; add --yes to send")
            elif not proposals:
                say("no plan passes the filters, or no action is possible for those that do")
            return
        if (reason := unavailable_reason(seller)) is not None:
            raise SmartinstError(f"seller {seller.id}: {reason}")
        if again:
            _confirm_again(actionable, log, amount)
        is_complete = _execute(settings, seller, actionable, log, again)
    fail_if(not is_complete)


def _require_released(settings: Settings) -> None:
    from smartinst.database.engine import connected
    from smartinst.database.holds import require_released

    with connected(settings.database) as engine, engine.connect() as connection:
        require_released(connection)


def _log_contacts(settings: Settings, seller: Seller, proposals: list[Proposal]) -> None:
    """Writes the buyers that get a message, and those that are held out, into the contact log."""
    from smartinst.actions.contacts import mark_as_written

    messages = [
        proposal
        for proposal in proposals
        if proposal.kind == "whatsapp" and (proposal.instructions or proposal.is_held_out)
    ]
    for proposal in messages:
        mark_as_written(settings, seller, proposal.plan_id)
    held_out = sum(proposal.is_held_out for proposal in messages)
    if messages:
        say(f"contact log: {len(messages) - held_out} contacted, {held_out} held out")


def _show(proposal: Proposal, log: ActionLog) -> None:
    """Prints the calls of a proposal: each transaction, its amount and its state in the log."""
    from smartinst.actions.call_states import call_states, open_calls_without_proposal
    from smartinst.i18n.locales import Locale
    from smartinst.intake.connection import current_instant

    states, locale = call_states(proposal, log, current_instant()), Locale("en")
    marks = (
        (states.completed, "  [done before]"),
        (states.in_doubt, "  [in doubt: read back first]"),
        (
            states.blocked,
            "  [not sent: some charges are already in a negotiation; see smartinst act log]",
        ),
    )
    show(f"plan {proposal.plan_id} ({proposal.status}): {proposal.kind}")
    for call in proposal.calls:
        mark = next((mark for calls, mark in marks if call in calls), "")
        show(f"  {call.describe(locale)}{mark}")
    for record in open_calls_without_proposal(proposal, log):
        name = record.call.transaction or "the plan"
        show(f"  {name}: in doubt since {record.requested_at:%Y-%m-%d %H:%M} UTC; to be read back")
    for note in proposal.notes:
        show(f"  note: {note}")
    if proposal.reason:
        show(f"  no call: {proposal.reason}")
    for line in proposal.instructions:
        show(indent(line, "  "))


def _confirm_again(proposals: list[Proposal], log: ActionLog, amount: str | None) -> None:
    """Asks for the amount in doubt; InputError if the entry differs from it."""
    from smartinst.actions.call_states import in_doubt_calls
    from smartinst.money import to_minor

    calls = [call for proposal in proposals for call in in_doubt_calls(proposal, log)]
    if not calls:
        return
    if len({call.currency for call in calls}) > 1:
        raise InputError("--again: the calls in doubt are in several currencies; name one plan")
    currency, total = calls[0].currency or "", sum(call.amount_minor or 0 for call in calls)
    entry = amount or click.prompt(f"amount in {currency} to send again", err=True)
    try:
        minor = to_minor(entry, currency)
    except ValueError:
        minor = None
    if minor != total:
        raise InputError(
            f"--again: {entry} {currency} is not the amount in doubt; nothing was sent"
        )


def _execute(
    settings: Settings, seller: Seller, proposals: list[Proposal], log: ActionLog, again: bool
) -> bool:
    """Makes the calls; true if all are done. A plan that fails does not stop the others."""
    from smartinst.actions.execution import ActionRunner
    from smartinst.actions.plan_lock import lock_folder
    from smartinst.intake.connection import current_instant, platform_of

    is_complete = True
    with platform_of(settings, seller.id) as platform:
        runner = ActionRunner(platform, log, current_instant, lock_folder(settings))
        for proposal in proposals:
            try:
                results = runner.run(proposal, again=again)
            except SmartinstError as error:
                say(f"smartinst: {error}")
                is_complete = False
                continue
            for result in results:
                _print_result(result)
            is_complete &= all(result.state == "done" for result in results)
    return is_complete


def _print_result(result: CallResult) -> None:
    name = result.call.transaction or result.call.path
    detail = ": ".join(filter(None, (result.detail, result.advice)))
    show(f"{result.call.kind} {name}: {result.state.replace('_', ' ')} ({detail})")


_HELP: dict[ActionKind, tuple[str, bool]] = {
    "whatsapp": (
        "Shows the link that opens WhatsApp with a prepared message in the buyer's language; "
        "--yes logs that it was used.",
        False,
    ),
    "reprocess": (
        "Requests overdue charges again by Pix if the platform allows it; else shows how to pay.",
        True,
    ),
    "cancel": ("Cancels a plan's future charges.", False),
    "refund": (
        "Refunds every paid charge of a plan, or only the chosen one, by transaction.",
        True,
    ),
}
"""Action → its help text, and whether it has the option --installment."""
for _kind, (_text, _has_installment) in _HELP.items():
    act.add_command(_action(_kind, _text, has_installment=_has_installment))
for _command in (show_log, verify, resolve):
    act.add_command(_command)
