"""Actions on real money: each call at most once, its state true, under faults and kills."""

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
from smartinst.actions.proposals import ActionKind, PlannedCall, Proposal
from smartinst.database.engine import connect
from smartinst.database.schema import ACTION_EVENTS
from smartinst.errors import InputError
from smartinst.hotmart.api.client import Platform
from smartinst.settings import Seller, Settings
from tests.support.examples import SHARE, share_of
from tests.support.fake_platform.account import REFUNDABLE, Account, Item
from tests.support.fake_platform.app import FakePlatform
from tests.support.fake_platform.faults import Fault
from tests.support.fake_platform.in_process import InProcessPlatform, KilledError, milliseconds

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
NEGOTIATED_CHARGES = ((1,), (1, 2), (2, 3), (3,))
EXAMPLES = share_of(int(os.environ.get("SMARTINST_EXAMPLES", "40")))
STEPS = 25


class ActionBench:
    """One plan with three refundable charges, the platform that has it, and the log.

    The platform is lenient, so that a call made twice takes effect twice. `now` is moved by hand.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.now = NOW
        self.account = Account.of_sample(
            "loft", 12, date(2026, 10, 31), lambda: milliseconds(self.now), seed=5, is_lenient=True
        )
        self.transport = InProcessPlatform(FakePlatform([self.account], calls_a_minute=10**6))
        self.settings = Settings(home=folder, workspace=folder, seller=(LOFT,))
        self.engine = connect(database)
        self.log = ActionLog(self.engine)
        items = refundable_items(self.account)
        self.item = items[0]
        adopted = datetime.fromtimestamp(self.item["adoption_date"] / 1000, UTC).date()
        self.key = LookupKey(self.item["subscriber_code"], adopted)
        self.plan_id = str(self.item["subscription_id"])
        codes = [item["purchase"]["transaction"] for item in items]
        self.refund = self._proposal(
            "refund", [self._refund(code, number) for number, code in enumerate(codes, start=1)]
        )
        path = f"/subscriptions/{self.item['subscriber_code']}/cancel"
        cancel = PlannedCall(
            "cancel", self.plan_id, "POST", path, {}, None, None, 900, "EUR", self.key
        )
        self.cancel = self._proposal("cancel", [cancel])

    @property
    def faults(self) -> list[Fault]:
        return self.transport.platform.faults

    @property
    def writes(self) -> list[str]:
        return self.transport.writes

    def add_faults(self, path: str, *kinds: str) -> None:
        """The next calls of a path meet these faults, one after the other."""
        self.faults.extend(Fault(kind, path, reset_seconds=7) for kind in kinds)

    def slips(self, *numbers: int) -> int:
        """How many negotiations of exactly these charges took effect."""
        number_list = ", ".join(map(str, numbers))
        return sum(
            item["recurrency"].get("transaction_type") == "NEGOTIATION"
            and item["recurrency"]["number_list"] == number_list
            for item in self.account.plan(self.item["subscriber_code"])
        )

    def _refund(self, code: str, number: int) -> PlannedCall:
        path = f"/sales/{code}/refund"
        return PlannedCall("refund", code, "PUT", path, None, code, number, 1000, "EUR", self.key)

    def _proposal(self, kind: ActionKind, calls: list[PlannedCall]) -> Proposal:
        proposal = Proposal(LOFT, self.plan_id, kind, "In progress", tuple(calls), paid_minor=3000)
        return replace(
            proposal,
            subscriber_code=self.key.subscriber_code,
            purchase_date=self.key.purchase_date,
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
        call = PlannedCall(
            "reprocess", target, "POST", path, body, None, None, amount, "BRL", self.key
        )
        return self._proposal("reprocess", [call])

    def runner(self, platform: Platform) -> ActionRunner:
        return ActionRunner(platform, self.log, lambda: self.now, lock_folder(self.settings))

    def act(self, proposal: Proposal, again: bool = False) -> list[str]:
        with self.transport.client() as platform:
            results = self.runner(platform).run(proposal, again=again)
        return [result.state for result in results]

    def close(self) -> None:
        self.engine.dispose()


def refundable_items(account: Account) -> list[Item]:
    """Three paid attempts of a running plan; not of charge 1, whose refund would end the plan."""
    plans: dict[str, list[Item]] = {}
    for item in account.items:
        is_refundable = (
            item["purchase"]["status"] in REFUNDABLE
            and item["recurrency"]["number"] > 1
            and not item["status"].startswith("CANCELLED")
        )
        if is_refundable:
            plans.setdefault(item["subscriber_code"], []).append(item)
    return next(items[:3] for items in plans.values() if len(items) >= 3)


@pytest.fixture
def bench(tmp_path: Path, database: str) -> Iterator[ActionBench]:
    bench = ActionBench(tmp_path, database)
    yield bench
    bench.close()


def test_each_transaction_is_refunded_once_and_never_again(bench: ActionBench) -> None:
    assert bench.act(bench.refund) == ["done"] * 3
    assert bench.act(bench.refund) == ["done"] * 3
    assert len(bench.writes) == 3
    assert [call["state"] for call in bench.log.calls()] == ["done"] * 3
    assert [call["amount_minor"] for call in bench.log.calls()] == [1000] * 3


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
def test_the_state_of_a_refund_under_a_fault_is_true(
    bench: ActionBench, kind: str, state: str, applied: int
) -> None:
    bench.add_faults("/refund", kind)
    single_refund = replace(bench.refund, calls=bench.refund.calls[:1])
    assert bench.act(single_refund) == [state]
    assert sum(bench.account.applied.values()) == applied
    calls = len(bench.writes)
    assert bench.act(single_refund) == ["done" if state in ("done", "not_done") else "in_doubt"]
    assert len(bench.writes) == calls + (state == "not_done")


def test_a_refund_in_doubt_is_sent_again_only_on_request(bench: ActionBench) -> None:
    bench.add_faults("/refund", "drop_before")
    single_refund = replace(bench.refund, calls=bench.refund.calls[:1])
    assert bench.act(single_refund) == ["in_doubt"]
    bench.now += timedelta(days=2)
    assert bench.act(single_refund) == ["in_doubt"]
    assert bench.act(single_refund, again=True) == ["done"]
    assert [call["state"] for call in bench.log.calls()] == ["in_doubt", "done"]


def test_a_call_is_not_done_if_the_rate_limit_does_not_end(bench: ActionBench) -> None:
    bench.add_faults("/refund", *["429"] * 500)
    single_refund = replace(bench.refund, calls=bench.refund.calls[:1])
    assert bench.act(single_refund) == ["not_done"]
    assert 600 <= bench.transport.waited_seconds < 700
    assert "rate limit" in bench.log.calls()[0]["detail"]
    bench.faults.clear()
    assert bench.act(single_refund) == ["done"]
    assert bench.account.applied["refund", single_refund.calls[0].target] == 1


def test_a_cancel_in_doubt_is_sent_again_after_a_minute(bench: ActionBench) -> None:
    bench.add_faults("/cancel", "drop_before")
    assert bench.act(bench.cancel) == ["in_doubt"]
    bench.now += timedelta(seconds=59)
    assert bench.act(bench.cancel) == ["in_doubt"]
    bench.now += timedelta(seconds=1)
    assert bench.act(bench.cancel) == ["done"]
    assert len(bench.writes) == 2


def test_a_cancellation_visible_in_the_feed_only_is_read_back_for_an_old_plan(
    bench: ActionBench,
) -> None:
    bench.transport.platform.empty_lists = frozenset(("/subscriptions", "/subscriptions/summary"))
    bench.add_faults("/cancel", "500_after")
    assert bench.now - datetime.fromtimestamp(
        bench.item["purchase"]["order_date"] / 1000, UTC
    ) > timedelta(days=60)
    assert bench.act(bench.cancel) == ["done"]


def test_a_plan_is_acted_on_by_one_process_at_a_time(bench: ActionBench) -> None:
    with (
        locked_plan(lock_folder(bench.settings), bench.refund),
        pytest.raises(InFlightError, match="another action is in progress"),
    ):
        bench.act(bench.refund)
    assert bench.writes == []


def test_refunds_above_what_was_paid_are_refused_before_any_call(bench: ActionBench) -> None:
    with pytest.raises(InputError, match="exceed the amount paid"):
        bench.act(replace(bench.refund, paid_minor=2999))
    with pytest.raises(InputError, match="exceed the amount paid"):
        bench.act(replace(bench.refund, calls=bench.refund.calls[:1] * 2))
    assert bench.writes == []


def test_a_call_in_doubt_is_settled_by_hand_once(bench: ActionBench) -> None:
    bench.add_faults("/cancel", "drop_before")
    bench.act(bench.cancel)
    (call,) = bench.log.calls()
    resolve_call(bench.log, call["id"], "not_done", "looked it up", NOW)
    assert bench.log.calls()[0]["state"] == "not_done"
    with pytest.raises(InputError, match="not in doubt"):
        resolve_call(bench.log, call["id"], "done", "again", NOW)


@pytest.mark.parametrize("change", ["an amount", "a state", "taken away"])
def test_a_changed_log_names_the_first_broken_event(bench: ActionBench, change: str) -> None:
    bench.act(bench.refund)
    assert bench.log.first_broken_event() is None
    number = ACTION_EVENTS.c.number
    with bench.engine.begin() as connection:
        if change == "taken away":
            connection.execute(text("DELETE FROM action_events WHERE number = 3"))
        else:
            value = {"amount_minor": 1} if change == "an amount" else {"state": "not_done"}
            connection.execute(update(ACTION_EVENTS).where(number == 3).values(value))
    assert bench.log.first_broken_event() == 3


def test_a_charge_is_in_one_negotiation_until_that_has_lapsed(bench: ActionBench) -> None:
    assert bench.act(bench.negotiation(1, 2)) == ["done"]
    overlapping = bench.negotiation(2)
    assert blocked_calls(overlapping, bench.log, bench.now) == list(overlapping.calls)
    assert (
        blocked_calls(bench.negotiation(1, 2), bench.log, bench.now)
        == blocked_calls(bench.negotiation(3), bench.log, bench.now)
        == []
    )
    assert bench.act(overlapping) == ["not_done"]
    assert bench.act(bench.negotiation(1, 2)) == ["done"]
    assert bench.act(bench.negotiation(3)) == ["done"]
    assert len(bench.writes) == 2
    bench.now += timedelta(days=7)
    assert bench.act(bench.negotiation(2)) == ["done"]
    assert len(bench.writes) == 3


def add_negotiation(bench: ActionBench, ordered_at: datetime, payment_type: str = "PIX") -> None:
    """Somebody else negotiates charges 1 and 2 on the platform."""
    purchase = {
        "transaction": f"HP{len(bench.account.items)}",
        "status": "WAITING_PAYMENT",
        "order_date": milliseconds(ordered_at),
        "payment": {"payment_type": payment_type},
    }
    charge = {"number": 1, "number_list": "1, 2", "transaction_type": "NEGOTIATION"}
    bench.account.items.append({**bench.item, "recurrency": charge, "purchase": purchase})


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(-3600, "in_doubt"), (-60, "in_doubt"), (-1, "done"), (20, "done"), (100, "in_doubt")],
    ids=["long before", "before", "with the call", "while it ran", "after it"],
)
def test_only_a_negotiation_ordered_as_the_call_was_made_is_its_effect(
    bench: ActionBench, seconds: int, state: str
) -> None:
    add_negotiation(bench, NOW + timedelta(seconds=seconds))
    bench.add_faults("/negotiate", "500")
    assert bench.act(bench.negotiation(1, 2)) == [state]


def test_a_negotiation_carried_out_without_a_clear_answer_is_read_back(bench: ActionBench) -> None:
    bench.add_faults("/negotiate", "500_after")
    assert bench.act(bench.negotiation(1, 2)) == ["done"]
    assert bench.slips(1, 2) == 1


@pytest.mark.parametrize("landed", [True, False])
def test_a_negotiation_in_doubt_that_blocks_another_is_read_back_and_nothing_is_sent(
    bench: ActionBench, landed: bool
) -> None:
    bench.add_faults("/negotiate", "drop_before")
    assert bench.act(bench.negotiation(1, 2)) == ["in_doubt"]
    overlapping = bench.negotiation(2, 3)
    assert blocked_calls(overlapping, bench.log, bench.now) == list(overlapping.calls)
    assert [record.call.target for record in other_open_calls(overlapping, bench.log)] == [
        bench.negotiation(1, 2).calls[0].target
    ]
    assert other_open_calls(bench.negotiation(1, 2), bench.log) == []
    if landed:
        add_negotiation(bench, NOW, payment_type="PIX")
    with bench.transport.client() as platform:
        runner = bench.runner(platform)
        results = runner.read_back_others(overlapping) + runner.read_back(overlapping)
    assert [result.state for result in results] == ["done" if landed else "in_doubt"]
    assert len(bench.writes) == 1


def test_reading_back_does_not_send_a_call_that_was_settled_since(bench: ActionBench) -> None:
    bench.add_faults("/refund", "drop_before")
    single_refund = replace(bench.refund, calls=bench.refund.calls[:1])
    assert bench.act(single_refund) == ["in_doubt"]
    (call,) = bench.log.calls()
    resolve_call(bench.log, call["id"], "not_done", "looked it up", NOW)
    with bench.transport.client() as platform:
        assert bench.runner(platform).read_back(single_refund) == []
    assert len(bench.writes) == 1


@pytest.mark.parametrize("seconds", [-60, 100])
def test_no_negotiation_is_sent_again_beside_one_of_unknown_origin(
    bench: ActionBench, seconds: int
) -> None:
    bench.add_faults("/negotiate", "drop_before")
    assert bench.act(bench.negotiation(1, 2)) == ["in_doubt"]
    add_negotiation(bench, NOW + timedelta(seconds=seconds))
    bench.now += timedelta(hours=1)
    assert bench.act(bench.negotiation(1, 2), again=True) == ["in_doubt"]
    assert len(bench.writes) == 1


def test_two_negotiations_of_the_same_charges_leave_a_call_in_doubt(
    bench: ActionBench,
) -> None:
    for seconds in (1, 30):
        add_negotiation(bench, NOW + timedelta(seconds=seconds))
    bench.add_faults("/negotiate", "500")
    assert bench.act(bench.negotiation(1, 2)) == ["in_doubt"]


def test_a_slip_is_not_the_effect_of_a_pix_call(bench: ActionBench) -> None:
    add_negotiation(bench, NOW, payment_type="BILLET")
    bench.add_faults("/negotiate", "500")
    assert bench.act(bench.negotiation(1, 2)) == ["in_doubt"]


@pytest.mark.parametrize("landed", [timedelta(seconds=20), timedelta(days=5, seconds=50)])
def test_either_call_of_a_repeated_negotiation_may_have_taken_effect(
    bench: ActionBench, landed: timedelta
) -> None:
    bench.add_faults("/negotiate", "drop_before", "drop_before")
    assert bench.act(bench.negotiation(1, 2)) == ["in_doubt"]
    bench.now += timedelta(days=5)
    assert bench.act(bench.negotiation(1, 2), again=True) == ["in_doubt"]
    add_negotiation(bench, NOW + landed)
    bench.now += timedelta(hours=1)
    assert bench.act(bench.negotiation(1, 2), again=True) == ["done"]
    assert len(bench.writes) == 2


def test_a_call_in_doubt_is_read_back_though_the_proposal_has_no_call(bench: ActionBench) -> None:
    bench.add_faults("/refund", "drop_before")
    single_refund = replace(bench.refund, calls=bench.refund.calls[:1])
    assert bench.act(single_refund) == ["in_doubt"]
    nothing_left = replace(bench.refund, calls=())
    assert bench.act(nothing_left) == ["in_doubt"]
    bench.account.refund(single_refund.calls[0].target)  # it was carried out after all
    assert bench.act(nothing_left) == ["done"]
    assert [call["state"] for call in bench.log.calls()] == ["done"]
    assert bench.act(nothing_left) == []


COUNTS: Counter[str] = Counter()


class RefundsAndCancellations(RuleBasedStateMachine):
    """Refunds and cancellations under faults, kills and restarts, compared with the platform."""

    database = ""  # an address for each sequence stands in for {folder}

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="till-"))
        self.bench = ActionBench(self.folder, self.database.format(folder=self.folder))
        with self.bench.engine.begin() as connection:
            connection.execute(delete(ACTION_EVENTS))
        COUNTS["sequences"] += 1

    @rule(
        kind=st.sampled_from(["refund", "cancel"]),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
        again=st.booleans(),
        only=st.none() | st.integers(0, 2),
    )
    def act(self, kind: str, faults: list[str], again: bool, only: int | None) -> None:
        """One invocation, of the whole plan or of one charge; its calls meet faults."""
        COUNTS["steps"] += 1
        proposal = getattr(self.bench, kind)
        if only is not None:
            proposal = replace(proposal, calls=proposal.calls[only : only + 1])
        self.bench.add_faults(f"/{kind}", *filter(None, faults))
        states = self.bench.act(proposal, again=again)
        self.bench.faults.clear()
        COUNTS.update(states)
        logged = {
            call["transaction"] or call["plan_id"]: call["state"] for call in self.bench.log.calls()
        }
        assert states[: len(proposal.calls)] == [logged[call.target] for call in proposal.calls]

    @rule()
    def a_person_looks(self) -> None:
        """What is in doubt is settled by hand, as the platform's own screen shows it."""
        COUNTS["steps"] += 1
        for call in self.bench.log.calls():
            is_done = bool(self._applied(call))
            with contextlib.suppress(InputError):  # settled already, or another call came after it
                resolve_call(
                    self.bench.log,
                    call["id"],
                    "done" if is_done else "not_done",
                    "looked",
                    self.bench.now,
                )

    @rule(kind=st.sampled_from(["refund", "cancel"]), is_applied=st.booleans())
    def is_killed(self, kind: str, is_applied: bool) -> None:
        """The process ends inside a call, before or after it took effect."""
        COUNTS["steps"] += 1
        self.bench.transport.kill = "after" if is_applied else "before"
        try:
            self.bench.act(getattr(self.bench, kind))
        except KilledError:
            COUNTS["kills"] += 1
        finally:
            self.bench.transport.kill = None

    @rule(seconds=st.integers(1, 300))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on."""
        COUNTS["steps"] += 1
        self.bench.now += timedelta(seconds=seconds)

    @invariant()
    def nothing_is_refunded_twice(self) -> None:
        """At most once each, so never more than was paid."""
        refunds = [n for (kind, _), n in self.bench.account.applied.items() if kind == "refund"]
        assert max(refunds, default=0) <= 1
        assert sum(refunds) * 1000 <= self.bench.refund.paid_minor

    @invariant()
    def the_log_tells_the_truth(self) -> None:
        """Done is applied; not done is not; only a lost answer is in doubt."""
        last = {call["transaction"] or call["plan_id"]: call for call in self.bench.log.calls()}
        for call in last.values():
            applied = self._applied(call)
            assert call["state"] != "done" or applied
            assert call["state"] != "not_done" or not applied
        assert self.bench.log.first_broken_event() is None

    def _applied(self, call: dict[str, Any]) -> int:
        name = (
            call["transaction"] if call["kind"] == "refund" else self.bench.item["subscriber_code"]
        )
        return self.bench.account.applied[call["kind"], name]

    def teardown(self) -> None:
        """Everything goes."""
        self.bench.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Negotiations(RuleBasedStateMachine):
    """Negotiations of overlapping charges under faults and kills; a buyer could pay two slips."""

    numbers = st.sampled_from(NEGOTIATED_CHARGES)

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="till-"))
        self.bench = ActionBench(self.folder, f"sqlite:///{self.folder}/state.db")
        self.repetitions = 0

    @rule(
        numbers=numbers, faults=st.lists(st.sampled_from(FAULTS), max_size=2), again=st.booleans()
    )
    def act(self, numbers: tuple[int, ...], faults: list[str], again: bool) -> None:
        """One invocation; a person who says `again` answers for a second slip."""
        before = len(self.bench.writes)
        is_open = self._state(numbers) in ("sending", "in_doubt")
        self.bench.add_faults("/negotiate", *filter(None, faults))
        self.bench.act(self.bench.negotiation(*numbers), again=again)
        self.bench.faults.clear()
        self.repetitions += is_open and len(self.bench.writes) > before
        assert again or not is_open or len(self.bench.writes) == before

    @rule(numbers=numbers, is_applied=st.booleans())
    def is_killed(self, numbers: tuple[int, ...], is_applied: bool) -> None:
        """The process ends inside the call, before or after it took effect."""
        self.bench.transport.kill = "after" if is_applied else "before"
        with contextlib.suppress(KilledError):
            self.bench.act(self.bench.negotiation(*numbers))
        self.bench.transport.kill = None

    @rule(seconds=st.integers(1, 300))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on."""
        self.bench.now += timedelta(seconds=seconds)

    @invariant()
    def no_charge_has_two_slips(self) -> None:
        """Unless a person sent one again."""
        for number in (1, 2, 3):
            slips = sum(
                self.bench.slips(*numbers) for numbers in NEGOTIATED_CHARGES if number in numbers
            )
            assert slips <= 1 + self.repetitions

    @invariant()
    def the_log_is_true(self) -> None:
        """Done has taken effect; not done has not."""
        for numbers in NEGOTIATED_CHARGES:
            slips, state = self.bench.slips(*numbers), self._state(numbers)
            assert state != "done" or slips
            assert state != "not_done" or not slips

    def _state(self, numbers: tuple[int, ...]) -> str | None:
        record = self.bench.log.latest(
            LOFT.id, "reprocess", f"{self.bench.plan_id}:{','.join(map(str, numbers))}"
        )
        return record.state if record else None

    def teardown(self) -> None:
        """Everything goes."""
        self.bench.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def test_no_sequence_of_negotiations_faults_and_kills_negotiates_a_charge_twice() -> None:
    sequences = max(EXAMPLES // 2, 1)
    run_state_machine_as_test(
        Negotiations,
        settings=hypothesis_settings(
            max_examples=sequences, stateful_step_count=STEPS, deadline=None
        ),
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_sequence_of_actions_faults_and_kills_repeats_one_or_logs_a_false_state(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SMARTINST_EXAMPLES=2000 runs that many sequences."""
    address = (
        "sqlite:///{folder}/state.db" if kind == "sqlite" else request.getfixturevalue("postgres")
    )
    monkeypatch.setattr(RefundsAndCancellations, "database", address)
    COUNTS.clear()
    sequences = EXAMPLES if kind == "sqlite" else max(EXAMPLES // 2, 1)
    run_state_machine_as_test(
        RefundsAndCancellations,
        settings=hypothesis_settings(
            max_examples=sequences, stateful_step_count=STEPS, deadline=None
        ),
    )
    outcomes = (
        f"{COUNTS['done']} done, {COUNTS['not_done']} not done, {COUNTS['in_doubt']} in doubt"
    )
    print(  # noqa: T201
        f"{COUNTS['sequences']} sequences, {COUNTS['steps']} steps, {COUNTS['kills']} kills; "
        f"{outcomes}: nothing doubled"
    )
    assert COUNTS["sequences"] >= sequences
    assert SHARE < 1 or min(COUNTS["kills"], COUNTS["done"]) > 0
