"""Actions on real money: each call once, told truly, whatever the platform does and whoever is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, text, update

from smartinst.actions.call_states import blocked_calls, other_open_calls, resolve_call
from smartinst.actions.effects import LookupKey
from smartinst.actions.execution import ActionRunner
from smartinst.actions.log import ActionLog
from smartinst.actions.plan_lock import InFlightError, lock_folder, locked_plan
from smartinst.actions.proposals import PlannedCall, Proposal
from smartinst.database.engine import connect
from smartinst.database.schema import ACTION_EVENTS
from smartinst.errors import InputError
from smartinst.hotmart.api.client import Platform
from smartinst.settings import Seller, Settings
from tests.support.platform_double import Double

LOFT = Seller(id="loft", name="Loft", email="loft@example.com")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FAULTS = (
    "",
    "drop_before",
    "apply_then_drop",
    "500",
    "500_after",
    "400",
    "expired",
    "429",
    "malformed",
)
EXAMPLES = int(os.environ.get("SMARTINST_EXAMPLES", "40"))
STEPS = 25


class KilledError(BaseException):
    """The process ends here."""


class Till:
    """One plan with three paid charges, the platform that holds it, and the log; `clock` is moved by hand."""

    def __init__(self, place: Path, database: str) -> None:
        self.double = Double(place / "platform", 3, date(2026, 10, 31))
        self.item = self.double.items[0]
        self.settings = Settings(home=place, workspace=place, seller=(LOFT,))
        self.engine = connect(database)
        self.log = ActionLog(self.engine)
        self.now = NOW
        adopted = datetime.fromtimestamp(self.item["adoption_date"] / 1000, UTC).date()
        self.place = LookupKey(self.item["subscriber_code"], adopted)
        self.plan_id = str(self.item["subscription_id"])
        codes = [one["purchase"]["transaction"] for one in self.double.items][:3]
        for one in self.double.items[:3]:
            one["purchase"]["status"] = "APPROVED"
        self.refund = self._proposal(
            "refund", [self._refund(code, at) for at, code in enumerate(codes, start=1)]
        )
        path = f"/subscriptions/{self.item['subscriber_code']}/cancel"
        one = PlannedCall(
            "cancel", self.plan_id, "POST", path, {}, None, None, 900, "EUR", self.place
        )
        self.cancel = self._proposal("cancel", [one])

    def _refund(self, code: str, number: int) -> PlannedCall:
        return PlannedCall(
            "refund",
            code,
            "PUT",
            f"/sales/{code}/refund",
            None,
            code,
            number,
            1000,
            "EUR",
            self.place,
        )

    def _proposal(self, kind: Any, calls: list[PlannedCall]) -> Proposal:
        made = Proposal(
            LOFT, self.plan_id, kind, "In progress", tuple(calls), paid_minor=3000, currency="EUR"
        )
        return replace(
            made, subscriber_code=self.place.subscriber_code, purchase_date=self.place.purchase_date
        )

    def negotiation(self, *numbers: int) -> Proposal:
        """A Pix for some charges."""
        target = f"{self.plan_id}:{','.join(map(str, numbers))}"
        body = {
            "subscription_id": int(self.plan_id),
            "recurrences": list(numbers),
            "payment_type": "PIX",
        }
        path, amount = "/installments/negotiate", 1000 * len(numbers)
        one = PlannedCall(
            "reprocess", target, "POST", path, body, None, None, amount, "BRL", self.place
        )
        return self._proposal("reprocess", [one])

    def runner(self, platform: Platform) -> ActionRunner:
        return ActionRunner(platform, self.log, lambda: self.now, lock_folder(self.settings))

    def act(self, proposal: Proposal, again: bool = False) -> list[str]:
        with self.double.platform() as platform:
            results = self.runner(platform).run(proposal, again=again)
        return [result.state for result in results]

    def close(self) -> None:
        self.engine.dispose()


@pytest.fixture
def till(tmp_path: Path, database: str) -> Iterator[Till]:
    made = Till(tmp_path, database)
    yield made
    made.close()


def test_each_transaction_is_refunded_once_and_never_again(till: Till) -> None:
    assert till.act(till.refund) == ["done"] * 3
    assert till.act(till.refund) == ["done"] * 3
    assert len(till.double.writes) == 3
    assert [call["state"] for call in till.log.calls()] == ["done"] * 3
    assert [call["amount_minor"] for call in till.log.calls()] == [1000] * 3


@pytest.mark.parametrize(
    ("kind", "state", "applied"),
    [
        ("drop_before", "in_doubt", 0),
        ("apply_then_drop", "done", 1),
        ("500", "in_doubt", 0),
        ("500_after", "done", 1),
        ("400", "not_done", 0),
        ("expired", "done", 1),
        ("429", "done", 1),
        ("malformed", "done", 1),
    ],
)
def test_a_refund_under_a_fault_is_told_as_it_is(
    till: Till, kind: str, state: str, applied: int
) -> None:
    till.double.faults = [("/refund", kind)]
    first = replace(till.refund, calls=till.refund.calls[:1])
    assert till.act(first) == [state]
    assert sum(till.double.applied.values()) == applied
    calls = len(till.double.writes)
    assert till.act(first) == ["done" if state in ("done", "not_done") else "in_doubt"]
    assert len(till.double.writes) == calls + (state == "not_done")


def test_a_refund_in_doubt_is_sent_again_only_when_told_to(till: Till) -> None:
    till.double.faults = [("/refund", "drop_before")]
    first = replace(till.refund, calls=till.refund.calls[:1])
    assert till.act(first) == ["in_doubt"]
    till.now += timedelta(days=2)
    assert till.act(first) == ["in_doubt"]
    assert till.act(first, again=True) == ["done"]
    assert [call["state"] for call in till.log.calls()] == ["in_doubt", "done"]


def test_a_limit_that_does_not_end_is_given_up_and_told_as_not_done(till: Till) -> None:
    till.double.faults = [("/refund", "429")] * 500
    one = replace(till.refund, calls=till.refund.calls[:1])
    assert till.act(one) == ["not_done"]
    assert 600 <= till.double.slept < 700
    assert "rate limit" in till.log.calls()[0]["detail"]
    till.double.faults = []
    assert till.act(one) == ["done"]
    assert till.double.applied["refund", one.calls[0].target] == 1


def test_a_cancel_in_doubt_is_sent_again_after_a_minute(till: Till) -> None:
    till.double.faults = [("/cancel", "drop_before")]
    assert till.act(till.cancel) == ["in_doubt"]
    till.now += timedelta(seconds=59)
    assert till.act(till.cancel) == ["in_doubt"]
    till.now += timedelta(seconds=1)
    assert till.act(till.cancel) == ["done"]
    assert len(till.double.writes) == 2


def test_a_cancel_that_only_the_feed_tells_of_is_read_back_however_old_the_plan_is(
    till: Till,
) -> None:
    till.double._plans = lambda query: []  # type: ignore[method-assign]  # noqa: ARG005
    till.double.faults = [("/cancel", "500_after")]
    for one in till.double.items:
        if one["subscriber_code"] == till.item["subscriber_code"]:
            one["status"] = "CANCELLED_BY_SELLER"
    assert till.now - datetime.fromtimestamp(
        till.item["purchase"]["order_date"] / 1000, UTC
    ) > timedelta(days=60)
    assert till.act(till.cancel) == ["done"]


def test_two_at_the_same_plan_do_not_act_at_once(till: Till) -> None:
    with (
        locked_plan(lock_folder(till.settings), till.refund),
        pytest.raises(InFlightError, match="another action is under way"),
    ):
        till.act(till.refund)
    assert till.double.writes == []


def test_refunds_above_what_was_paid_are_refused_before_any_call(till: Till) -> None:
    with pytest.raises(InputError, match="exceed what was paid"):
        till.act(replace(till.refund, paid_minor=2999))
    with pytest.raises(InputError, match="exceed what was paid"):
        till.act(replace(till.refund, calls=till.refund.calls[:1] * 2))
    assert till.double.writes == []


def test_what_is_in_doubt_is_settled_by_hand_once(till: Till) -> None:
    till.double.faults = [("/cancel", "drop_before")]
    till.act(till.cancel)
    (call,) = till.log.calls()
    resolve_call(till.log, call["id"], "not_done", "looked it up", NOW)
    assert till.log.calls()[0]["state"] == "not_done"
    with pytest.raises(InputError, match="not in doubt"):
        resolve_call(till.log, call["id"], "done", "again", NOW)


@pytest.mark.parametrize("change", ["an amount", "a state", "taken away"])
def test_a_log_that_was_changed_says_where(till: Till, change: str) -> None:
    till.act(till.refund)
    assert till.log.first_broken_event() is None
    number = ACTION_EVENTS.c.number
    with till.engine.begin() as connection:
        if change == "taken away":
            connection.execute(text("DELETE FROM action_events WHERE number = 3"))
        else:
            value = {"amount_minor": 1} if change == "an amount" else {"state": "not_done"}
            connection.execute(update(ACTION_EVENTS).where(number == 3).values(value))
    assert till.log.first_broken_event() == 3


def test_a_charge_is_in_one_negotiation_until_its_slip_has_lapsed(till: Till) -> None:
    assert till.act(till.negotiation(1, 2)) == ["done"]
    overlapping = till.negotiation(2)
    assert blocked_calls(overlapping, till.log, till.now) == list(overlapping.calls)
    assert (
        blocked_calls(till.negotiation(1, 2), till.log, till.now)
        == blocked_calls(till.negotiation(3), till.log, till.now)
        == []
    )
    assert till.act(overlapping) == ["not_done"]
    assert till.act(till.negotiation(1, 2)) == ["done"]
    assert till.act(till.negotiation(3)) == ["done"]
    assert len(till.double.writes) == 2
    till.now += timedelta(days=7)
    assert till.act(till.negotiation(2)) == ["done"]
    assert len(till.double.writes) == 3


def negotiated(till: Till, ordered: datetime, **payment: str) -> None:
    """The platform shows a negotiation of charges 1 and 2."""
    till.double.items.append(
        {
            "subscription_id": int(till.plan_id),
            "subscriber_code": till.item["subscriber_code"],
            "billing_type": "SMART_INSTALLMENT",
            "recurrency": {"transaction_type": "NEGOTIATION", "number_list": "1, 2"},
            "purchase": {
                "transaction": f"HP{len(till.double.items)}",
                "order_date": int(ordered.timestamp() * 1000),
                "payment": payment,
            },
        }
    )


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(-3600, "in_doubt"), (-60, "in_doubt"), (-1, "done"), (20, "done"), (100, "in_doubt")],
    ids=["long before", "before", "with the call", "while it ran", "after it"],
)
def test_only_a_negotiation_ordered_as_the_call_was_made_is_its_effect(
    till: Till, seconds: int, state: str
) -> None:
    negotiated(till, NOW + timedelta(seconds=seconds), payment_type="PIX")
    till.double.faults = [("/negotiate", "500_after")]
    assert till.act(till.negotiation(1, 2)) == [state]


@pytest.mark.parametrize("landed", [True, False])
def test_a_negotiation_in_doubt_that_holds_another_is_asked_about_and_nothing_is_sent(
    till: Till, landed: bool
) -> None:
    till.double.faults = [("/negotiate", "drop_before")]
    assert till.act(till.negotiation(1, 2)) == ["in_doubt"]
    other = till.negotiation(2, 3)
    assert blocked_calls(other, till.log, till.now) == list(other.calls)
    assert [one.call.target for one in other_open_calls(other, till.log)] == [
        till.negotiation(1, 2).calls[0].target
    ]
    assert other_open_calls(till.negotiation(1, 2), till.log) == []
    if landed:
        negotiated(till, NOW, payment_type="PIX")
    with till.double.platform() as platform:
        runner = till.runner(platform)
        asked = runner.read_back_others(other) + runner.read_back(other)
    assert [one.state for one in asked] == ["done" if landed else "in_doubt"]
    assert len(till.double.writes) == 1


def test_what_was_settled_since_is_not_sent_by_whoever_only_asks(till: Till) -> None:
    till.double.faults = [("/refund", "drop_before")]
    first = replace(till.refund, calls=till.refund.calls[:1])
    assert till.act(first) == ["in_doubt"]
    (call,) = till.log.calls()
    resolve_call(till.log, call["id"], "not_done", "looked it up", NOW)
    with till.double.platform() as platform:
        assert till.runner(platform).read_back(first) == []
    assert len(till.double.writes) == 1


@pytest.mark.parametrize("seconds", [-60, 100])
def test_beside_a_negotiation_that_may_be_anothers_none_is_sent_again(
    till: Till, seconds: int
) -> None:
    till.double.faults = [("/negotiate", "drop_before")]
    assert till.act(till.negotiation(1, 2)) == ["in_doubt"]
    negotiated(till, NOW + timedelta(seconds=seconds))
    till.now += timedelta(hours=1)
    assert till.act(till.negotiation(1, 2), again=True) == ["in_doubt"]
    assert len(till.double.writes) == 1


def test_of_two_negotiations_of_the_same_charges_nobody_knows_which_is_ours(till: Till) -> None:
    for seconds in (1, 30):
        negotiated(till, NOW + timedelta(seconds=seconds))
    till.double.faults = [("/negotiate", "500_after")]
    assert till.act(till.negotiation(1, 2)) == ["in_doubt"]


def test_a_slip_is_not_the_pix_that_was_asked_for(till: Till) -> None:
    negotiated(till, NOW, payment_type="BILLET")
    till.double.faults = [("/negotiate", "500_after")]
    assert till.act(till.negotiation(1, 2)) == ["in_doubt"]


@pytest.mark.parametrize("landed", [timedelta(seconds=20), timedelta(days=5, seconds=50)])
def test_either_call_of_a_negotiation_that_was_sent_again_may_be_the_one_that_landed(
    till: Till, landed: timedelta
) -> None:
    till.double.faults = [("/negotiate", "drop_before")] * 2
    assert till.act(till.negotiation(1, 2)) == ["in_doubt"]
    till.now += timedelta(days=5)
    assert till.act(till.negotiation(1, 2), again=True) == ["in_doubt"]
    negotiated(till, NOW + landed)
    till.now += timedelta(hours=1)
    assert till.act(till.negotiation(1, 2), again=True) == ["done"]
    assert len(till.double.writes) == 2


def test_doubt_is_read_back_though_the_ledger_leaves_nothing_to_call(till: Till) -> None:
    till.double.faults = [("/refund", "drop_before")]
    first = replace(till.refund, calls=till.refund.calls[:1])
    assert till.act(first) == ["in_doubt"]
    nothing_left = replace(till.refund, calls=())
    assert till.act(nothing_left) == ["in_doubt"]
    till.double.applied["refund", first.calls[0].target] += 1  # it was carried out after all
    assert till.act(nothing_left) == ["done"]
    assert [call["state"] for call in till.log.calls()] == ["done"]
    assert till.act(nothing_left) == []


SEEN: Counter[str] = Counter()


class Money(RuleBasedStateMachine):
    """Refunds and cancellations under faults, kills and restarts, against what the platform really did."""

    database = ""  # an address for each sequence stands in for {folder}

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="till-"))
        self.till = Till(self.folder, self.database.format(folder=self.folder))
        with self.till.engine.begin() as connection:
            connection.execute(delete(ACTION_EVENTS))
        SEEN["sequences"] += 1

    @rule(
        kind=st.sampled_from(["refund", "cancel"]),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
        again=st.booleans(),
        only=st.none() | st.integers(0, 2),
    )
    def act(self, kind: str, faults: list[str], again: bool, only: int | None) -> None:
        """One invocation, of the whole plan or of one charge; its calls meet faults."""
        SEEN["steps"] += 1
        proposal = getattr(self.till, kind)
        if only is not None:
            proposal = replace(proposal, calls=proposal.calls[only : only + 1])
        self.till.double.faults = [(f"/{kind}", fault) for fault in faults if fault]
        told = self.till.act(proposal, again=again)
        self.till.double.faults = []
        SEEN.update(told)
        newest = {
            call["transaction"] or call["plan_id"]: call["state"] for call in self.till.log.calls()
        }
        assert told[: len(proposal.calls)] == [newest[one.target] for one in proposal.calls]

    @rule()
    def a_person_looks(self) -> None:
        """What is in doubt is settled by hand, as the platform's own screen shows it."""
        SEEN["steps"] += 1
        for call in self.till.log.calls():
            is_done = bool(self._applied(call))
            with contextlib.suppress(InputError):  # settled already, or another call came after it
                resolve_call(
                    self.till.log,
                    call["id"],
                    "done" if is_done else "not_done",
                    "looked",
                    self.till.now,
                )

    @rule(kind=st.sampled_from(["refund", "cancel"]), is_applied=st.booleans())
    def is_killed(self, kind: str, is_applied: bool) -> None:
        """The process ends inside a call, before or after it took effect; the next one starts anew."""
        SEEN["steps"] += 1
        double = self.till.double
        route = double._route

        def killed(method: str, path: str, query: dict[str, list[str]]) -> Any:
            if method == "GET":
                return route(method, path, query)
            if is_applied:
                route(method, path, query)
            raise KilledError

        double._route = killed  # type: ignore[method-assign]
        try:
            self.till.act(getattr(self.till, kind))
        except KilledError:
            SEEN["kills"] += 1
        finally:
            double._route = route  # type: ignore[method-assign]

    @rule(seconds=st.integers(1, 300))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on."""
        SEEN["steps"] += 1
        self.till.now += timedelta(seconds=seconds)

    @invariant()
    def nothing_is_refunded_twice(self) -> None:
        """At most once each, so never more than was paid."""
        refunds = [n for (kind, _), n in self.till.double.applied.items() if kind == "refund"]
        assert max(refunds, default=0) <= 1
        assert sum(refunds) * 1000 <= self.till.refund.paid_minor

    @invariant()
    def the_log_tells_the_truth(self) -> None:
        """Done is applied; not done is not; only a lost answer is in doubt."""
        last = {call["transaction"] or call["plan_id"]: call for call in self.till.log.calls()}
        for call in last.values():
            applied = self._applied(call)
            assert call["state"] != "done" or applied
            assert call["state"] != "not_done" or not applied
        assert self.till.log.first_broken_event() is None

    def _applied(self, call: dict[str, Any]) -> int:
        name = (
            call["transaction"] if call["kind"] == "refund" else self.till.item["subscriber_code"]
        )
        return self.till.double.applied[call["kind"], name]

    def teardown(self) -> None:
        """Everything goes."""
        self.till.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Slips(RuleBasedStateMachine):
    """Negotiations of overlapping charges under faults and kills: two slips of one charge could both be paid."""

    numbers = st.sampled_from([(1,), (1, 2), (2, 3), (3,)])

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="till-"))
        self.till = Till(self.folder, f"sqlite:///{self.folder}/state.db")
        self.till.double.clock = lambda: int(self.till.now.timestamp() * 1000)
        self.sent_again = 0

    @rule(
        numbers=numbers, faults=st.lists(st.sampled_from(FAULTS), max_size=2), again=st.booleans()
    )
    def act(self, numbers: tuple[int, ...], faults: list[str], again: bool) -> None:
        """One invocation; a person who says `again` answers for a second slip."""
        before = len(self.till.double.writes)
        is_open = self._state(numbers) in ("sending", "in_doubt")
        self.till.double.faults = [("/negotiate", fault) for fault in faults if fault]
        self.till.act(self.till.negotiation(*numbers), again=again)
        self.till.double.faults = []
        self.sent_again += is_open and len(self.till.double.writes) > before
        assert again or not is_open or len(self.till.double.writes) == before

    @rule(numbers=numbers, is_applied=st.booleans())
    def is_killed(self, numbers: tuple[int, ...], is_applied: bool) -> None:
        """The process ends inside the call, before or after it took effect."""
        answer = self.till.double._negotiate

        def killed(body: dict[str, Any]) -> None:
            if is_applied:
                answer(body)
            raise KilledError

        self.till.double._negotiate = killed  # type: ignore[method-assign]
        with contextlib.suppress(KilledError):
            self.till.act(self.till.negotiation(*numbers))
        self.till.double._negotiate = answer  # type: ignore[method-assign]

    @rule(seconds=st.integers(1, 300))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on."""
        self.till.now += timedelta(seconds=seconds)

    @invariant()
    def no_charge_has_two_slips(self) -> None:
        """Unless a person sent one again."""
        of_charge: Counter[int] = Counter()
        for (kind, numbers), made in self.till.double.applied.items():
            if kind == "slip":
                of_charge.update(dict.fromkeys(map(int, numbers.split(", ")), made))
        assert max(of_charge.values(), default=0) <= 1 + self.sent_again

    @invariant()
    def the_log_tells_the_truth(self) -> None:
        """Done is applied; not done is not."""
        for numbers in ((1,), (1, 2), (2, 3), (3,)):
            applied = self.till.double.applied["slip", ", ".join(map(str, numbers))]
            state = self._state(numbers)
            assert state != "done" or applied
            assert state != "not_done" or not applied

    def _state(self, numbers: tuple[int, ...]) -> str | None:
        known = self.till.log.latest(
            LOFT.id, "reprocess", f"{self.till.plan_id}:{','.join(map(str, numbers))}"
        )
        return known.state if known else None

    def teardown(self) -> None:
        """Everything goes."""
        self.till.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_no_sequence_of_negotiations_faults_and_kills_makes_two_slips_of_one_charge() -> None:
    many = max(EXAMPLES // 2, 1)
    run_state_machine_as_test(
        Slips,
        settings=hypothesis_settings(max_examples=many, stateful_step_count=STEPS, deadline=None),
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_sequence_of_actions_faults_and_kills_doubles_money_or_lies(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SMARTINST_EXAMPLES=2000 runs that many sequences."""
    address = (
        "sqlite:///{folder}/state.db" if kind == "sqlite" else request.getfixturevalue("postgres")
    )
    monkeypatch.setattr(Money, "database", address)
    SEEN.clear()
    many = EXAMPLES if kind == "sqlite" else max(EXAMPLES // 2, 1)
    run_state_machine_as_test(
        Money,
        settings=hypothesis_settings(max_examples=many, stateful_step_count=STEPS, deadline=None),
    )
    told = f"{SEEN['done']} done, {SEEN['not_done']} not done, {SEEN['in_doubt']} in doubt"
    print(  # noqa: T201
        f"{SEEN['sequences']} sequences, {SEEN['steps']} steps, {SEEN['kills']} kills; {told}: nothing doubled"
    )
    assert SEEN["sequences"] >= many
    assert min(SEEN["kills"], SEEN["done"]) > 0
