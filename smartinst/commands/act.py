"""act: WhatsApp, reprocess, cancel and refund; what would happen first, done only with --yes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from textwrap import indent
from typing import TYPE_CHECKING, Any

import click

from smartinst.commands.options import JSON, SELLER, filter_options, say, today
from smartinst.errors import InputError, SmartinstError
from smartinst.settings import Seller, Settings, load_settings

if TYPE_CHECKING:
    from smartinst.actions.execution import CallResult
    from smartinst.actions.log import ActionLog
    from smartinst.actions.proposals import ActionKind, Proposal

BULK_LIMIT = 10


@click.group()
def act() -> None:
    """Recovery on real money: shows the calls and the amounts; makes them only with --yes."""


def _action(kind: ActionKind, text: str, *, has_installment: bool) -> click.Command:
    """One action's command; the four differ in what they propose."""

    @SELLER
    @click.argument("plan", required=False)
    @click.option("--yes", is_flag=True, help="do it; without it nothing is sent")
    @click.option(
        "--again",
        is_flag=True,
        help="send once more what is in doubt and not seen; the amount is asked for",
    )
    @click.option(
        "--amount",
        metavar="TEXT",
        help="with --again: the amount that is sent once more, such as 49.90",
    )
    @click.option(
        "--all", "is_bulk", is_flag=True, help="every plan that passes the filters, instead of PLAN"
    )
    @click.option(
        "--limit",
        type=click.IntRange(1),
        default=BULK_LIMIT,
        show_default=True,
        help="with --all: most plans",
    )
    @filter_options
    def command(
        seller_id: str,
        plan: str | None,
        yes: bool,
        again: bool,
        amount: str | None,
        is_bulk: bool,
        limit: int,
        where: dict[str, Any],
        installment: int | None = None,
    ) -> None:
        if (plan is None) != is_bulk or (where and not is_bulk):
            raise click.UsageError("name one PLAN, or --all with filters")
        if installment is not None and is_bulk:
            raise click.UsageError("--installment is of one PLAN, not of --all")
        settings = load_settings()
        seller = settings.find(seller_id)
        day = today(seller.zone)
        proposals = (
            _bulk(settings, seller, kind, where, day, limit)
            if plan is None
            else [_proposed(settings, seller, kind, plan, day, installment)]
        )
        _run(settings, seller, proposals, yes=yes, again=again, amount=amount)

    if has_installment:
        command = click.option(
            "--installment", type=click.IntRange(1), help="only this charge of the plan"
        )(command)
    return click.command(kind, help=text)(command)


def _proposed(
    settings: Settings,
    seller: Seller,
    kind: ActionKind,
    plan: str,
    day: date,
    installment: int | None,
) -> Proposal:
    from smartinst.actions.proposals import propose

    return propose(settings, seller, kind, plan, day, installment)


def _bulk(
    settings: Settings,
    seller: Seller,
    kind: ActionKind,
    where: dict[str, Any],
    day: date,
    limit: int,
) -> list[Proposal]:
    """The proposals of every plan that passes; refused above the limit, which is raised by hand."""
    from smartinst.actions.proposals import propose_all

    proposals = propose_all(settings, seller, kind, where, day)
    able = [one for one in proposals if one.calls or one.text]
    if len(able) > limit:
        raise InputError(
            f"{len(able)} plans pass the filters, more than --limit {limit}; narrow them or raise it by hand"
        )
    return able


def _run(
    settings: Settings,
    seller: Seller,
    proposals: list[Proposal],
    *,
    yes: bool,
    again: bool,
    amount: str | None,
) -> None:
    from smartinst.actions.execution import open_calls_without_proposal, unavailable_reason
    from smartinst.database.engine import connect
    from smartinst.i18n.locales import Locale

    locale = Locale("en")
    engine = connect(settings.database)
    try:
        log = _log_of(engine)
        for one in proposals:
            _show(one, log, locale)
        todo = [one for one in proposals if one.calls or open_calls_without_proposal(one, log)]
        if not yes or not todo:
            if todo:
                say("nothing was sent; --yes does it")
            elif not proposals:
                say("no plan passes the filters, or nothing can be done for those that do")
            return
        if (why := unavailable_reason(seller)) is not None:
            raise SmartinstError(f"seller {seller.id}: {why}")
        if again:
            _confirm_again(todo, log, amount)
        done = _perform(settings, seller, todo, log, again)
    finally:
        engine.dispose()
    if not done:
        raise click.exceptions.Exit(1)


def _log_of(engine: Any) -> ActionLog:
    from smartinst.actions.log import ActionLog

    return ActionLog(engine)


def _show(proposal: Proposal, log: ActionLog, words: Any) -> None:
    """What a proposal would send: each transaction, its amount and the call."""
    from smartinst.actions.execution import (
        blocked_calls,
        completed_calls,
        in_doubt_calls,
        open_calls_without_proposal,
    )

    marks = (
        (completed_calls(proposal, log, _now()), "  [done before]"),
        (in_doubt_calls(proposal, log), "  [in doubt: read back first]"),
        (
            blocked_calls(proposal, log, _now()),
            "  [not sent: some are in a negotiation already; smartinst act log, or --installment]",
        ),
    )
    click.echo(f"plan {proposal.plan_id} ({proposal.status}): {proposal.kind}")
    for planned in proposal.calls:
        mark = next((mark for calls, mark in marks if planned in calls), "")
        click.echo(f"  {planned.describe(words)}{mark}")
    for known in open_calls_without_proposal(proposal, log):
        what = known.call.transaction or "the plan"
        click.echo(
            f"  {what} is in doubt since {known.requested_at:%Y-%m-%d %H:%M} UTC; it is read back"
        )
    for note in proposal.notes:
        click.echo(f"  note: {note}")
    if proposal.reason:
        click.echo(f"  no call: {proposal.reason}")
    if proposal.text:
        click.echo(indent(proposal.text, "  "))


def _confirm_again(proposals: list[Proposal], log: ActionLog, amount: str | None) -> None:
    """The amount of what is in doubt, typed by whoever sends it once more; InputError when it is another."""
    from smartinst.actions.execution import in_doubt_calls
    from smartinst.money import to_minor

    planned = [one for proposal in proposals for one in in_doubt_calls(proposal, log)]
    if not planned:
        return
    if len({one.currency for one in planned}) > 1:
        raise InputError("--again: what is in doubt is in several currencies; name one plan")
    currency, total = planned[0].currency or "", sum(one.amount_minor or 0 for one in planned)
    typed = amount or click.prompt(f"amount in {currency} that is sent once more", err=True)
    try:
        given = to_minor(typed, currency)
    except ValueError:
        given = None
    if given != total:
        raise InputError(
            f"--again: {typed} {currency} is not the amount in doubt; nothing was sent"
        )


def _perform(
    settings: Settings, seller: Seller, proposals: list[Proposal], log: ActionLog, again: bool
) -> bool:
    """Makes the calls; whether every one of them is done. A plan that somebody else is at stops no other."""
    from smartinst.actions.execution import perform
    from smartinst.intake.connection import platform_of

    well = True
    with platform_of(settings, seller.id) as platform:
        for proposal in proposals:
            try:
                done = perform(proposal, settings, platform, log, _now, again=again)
            except SmartinstError as error:
                say(f"smartinst: {error}")
                well = False
                continue
            for one in done:
                _tell(one)
            well &= all(one.state == "done" for one in done)
    return well


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(done: CallResult) -> None:
    what = done.planned.transaction or done.planned.path
    said = ": ".join(filter(None, (done.detail, done.advice)))
    click.echo(f"{done.planned.kind} {what}: {done.state.replace('_', ' ')} ({said})")


_ABOUT: dict[str, tuple[str, bool]] = {
    "whatsapp": (
        "Shows the link that opens WhatsApp with a ready message in the buyer's language.",
        False,
    ),
    "reprocess": (
        "Asks for the overdue charges again: by Pix where the platform negotiates, else the buyer's way.",
        True,
    ),
    "cancel": ("Cancels the charges that are still to come.", False),
    "refund": (
        "Refunds every paid charge of a plan, or the one chosen; one call for each transaction.",
        True,
    ),
}
_KINDS: tuple[ActionKind, ...] = ("whatsapp", "reprocess", "cancel", "refund")
for _kind in _KINDS:
    _text, _has = _ABOUT[_kind]
    act.add_command(_action(_kind, _text, has_installment=_has))


def _with_log(use: Callable[[ActionLog], Any]) -> Any:
    from smartinst.database.engine import connect

    engine = connect(load_settings().database)
    try:
        return use(_log_of(engine))
    finally:
        engine.dispose()


@act.command("log")
@JSON
def show_log(as_json: bool) -> None:
    """Every call that was made of the platform, oldest first."""
    calls = _with_log(lambda log: log.calls())
    if as_json:
        click.echo(json.dumps(calls, ensure_ascii=False))
        return
    for call in calls:
        what = call["transaction"] or call["plan_id"]
        click.echo(
            f"{call['requested_at']}  {call['seller_id']}  {call['kind']}  {what}  {call['state']}  {call['detail']}"
        )
        click.echo(f"    id {call['id']}")
    say(f"{len(calls)} calls")


@act.command()
def verify() -> None:
    """Whether the log is as it was written: each event is sealed by the hash of the one before."""
    place, (count, seal) = _with_log(lambda log: (log.broken_at(), log.head()))
    if place is not None:
        raise SmartinstError(
            f"the log of actions is not as it was written: event {place} was changed or taken away"
        )
    click.echo(f"{count} events hold; the last is sealed {seal}")


@act.command()
@click.argument("call_id")
@click.argument("state", type=click.Choice(["done", "not_done"]))
@click.option("--note", required=True, help="how you know: it stands in the log")
def resolve(call_id: str, state: str, note: str) -> None:
    """Settles by hand a call that is in doubt, after a look into the platform's own screen."""
    from smartinst.actions.execution import resolve as settle

    _with_log(lambda log: settle(log, call_id, state, note, _now()))
    click.echo(f"{call_id}: {state.replace('_', ' ')}")
