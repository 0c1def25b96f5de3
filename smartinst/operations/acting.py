"""Actions as a person at a screen makes them: the proposal of today, its calls with the real clock and log, and a sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine

from smartinst.database.engine import connect
from smartinst.hotmart.rate import Timing
from smartinst.i18n.locales import N_
from smartinst.i18n.message import Sentence
from smartinst.intake.connection import TIMING, platform_of
from smartinst.intake.sync import Synced, sync
from smartinst.ledger.ledger import Ledger
from smartinst.operations.action_log import ActionLog, Known
from smartinst.operations.actions import Done, Progress, ask, ask_besides, besides, doubtful, held, perform, settled
from smartinst.operations.proposals import Kind, Planned, Proposal, propose
from smartinst.settings import Seller, Settings


@dataclass(frozen=True)
class Standing:
    """What the log knows of a proposal's calls: those done, in doubt, not sent beside a negotiation of the same charges.

    `besides` is what else of the plan is in doubt.
    """

    done: tuple[Planned, ...] = ()
    doubtful: tuple[Planned, ...] = ()
    held: tuple[Planned, ...] = ()
    besides: tuple[Known, ...] = ()

    def fresh(self, proposal: Proposal) -> list[Planned]:
        """The calls that would be sent as they stand: nobody has made them, and nothing holds them."""
        return [one for one in proposal.calls if one not in (*self.done, *self.doubtful, *self.held)]

    def repeats(self) -> list[Planned]:
        """What is in doubt and would be sent again where the platform does not show it: to cancel twice does no harm."""
        return [one for one in self.doubtful if one.kind == "cancel"]

    def has_doubt(self) -> bool:
        """Whether the platform would be asked what became of something."""
        return bool(self.doubtful or self.besides)


@dataclass(frozen=True)
class Shown:
    """What a person is shown before anything is sent: the proposal, how it stands in the log, and as of which day."""

    proposal: Proposal
    standing: Standing
    as_of: date

    def sends(self) -> bool:
        """Whether a call would be made that changes something."""
        return bool(self.standing.fresh(self.proposal) or self.standing.repeats())

    def has_work(self) -> bool:
        """Whether the platform would be called at all."""
        return self.sends() or self.standing.has_doubt()

    def is_same(self, other: Shown) -> bool:
        """Whether the same would be sent, for the same amounts, of what stands the same in the log."""
        return (self.proposal.calls, self.standing) == (other.proposal.calls, other.standing)


def look(settings: Settings, seller: Seller, kind: Kind, plan_id: str) -> Shown:
    """What an action would send as of today in the seller's zone; nothing is sent. InputError for an unknown plan."""
    now = instant()
    today = now.astimezone(seller.zone).date()
    proposal = propose(settings, seller, kind, plan_id, today)
    with _state(settings) as engine:
        log = ActionLog(engine)
        standing = Standing(
            done=tuple(settled(proposal, log, now)),
            doubtful=tuple(doubtful(proposal, log)),
            held=tuple(held(proposal, log, now)),
            besides=tuple(besides(proposal, log)),
        )
    return Shown(proposal, standing, today)


def send(settings: Settings, shown: Shown, progress: Progress) -> list[Done]:
    """Makes the calls that were shown, each at most once, or only asks what became of those in doubt, and of others.

    `progress` is told before each call. SmartinstError where none could be begun.
    """
    proposal = shown.proposal
    with _state(settings) as engine, platform_of(settings, proposal.seller.id) as platform:
        log = ActionLog(engine)
        asked = ask_besides(proposal, settings, platform, log, instant)
        if not shown.sends():
            return ask(proposal, settings, platform, log, instant) + asked
        return perform(proposal, settings, platform, log, instant, progress=progress) + asked


def history(settings: Settings, seller: Seller) -> list[dict[str, Any]]:
    """The calls that were made for a seller, oldest first: as `act log --json` prints them, and each with its target."""
    with _state(settings) as engine:
        return ActionLog(engine).calls_of(seller.id)


def ledger_version(settings: Settings) -> dict[str, int]:
    """The commit that each table of the ledger is at; every write changes it, of whichever seller."""
    return Ledger(settings.ledger).version()


class Hindrance:
    """What a sync waits for just now, told by whichever thread waits; empty when nothing is in the way."""

    def __init__(self) -> None:
        self.said = ""

    def of_error(self, _error: Exception) -> None:
        """A read failed and is repeated."""
        self.said = Sentence(N_("the platform answers with errors and is asked again"))

    def sleep(self, seconds: float) -> None:
        """Waits for the platform's limit, and says so where it takes more than a moment."""
        if seconds > 1:
            self.said = Sentence(N_("the platform's limit of calls is reached; it goes on in a moment"))
        TIMING.sleep(seconds)


def renew(
    settings: Settings,
    seller: Seller,
    billing_type: str,
    progress: Callable[[int, int], None],
    waits: Callable[[str], None],
) -> Synced:
    """A sync of one seller now; `progress` is called with the windows read and those due. SmartinstError: none begun.

    `waits` is called about once a second while the platform lets wait, with what is in the way (empty: nothing known).
    """
    hindrance = Hindrance()

    def read(done: int, of: int) -> None:
        hindrance.said = ""
        progress(done, of)

    timing = Timing(TIMING.monotonic, hindrance.sleep)
    with (
        _state(settings) as engine,
        platform_of(settings, seller.id, timing=timing, hindered=hindrance.of_error) as platform,
    ):
        return sync(
            settings,
            seller,
            platform,
            engine,
            instant(),
            since=settings.hotmart.since,
            billing_type=billing_type,
            progress=read,
            waits=lambda: waits(hindrance.said),
        )


def instant() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@contextmanager
def _state(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database)
    try:
        yield engine
    finally:
        engine.dispose()
