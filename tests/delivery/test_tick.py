"""A tick delivers what is due once, whatever kills it, whoever else ticks, and whatever a server says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from smartinst.database.engine import connect
from smartinst.delivery import delivery_ledger, run_history
from smartinst.delivery.tick import rerun, tick
from smartinst.delivery.tick_report import TickReport
from smartinst.delivery.transport import folder
from smartinst.delivery.transport.send_result import Deferred, InDoubt, Refused, SendResult, Sent
from smartinst.errors import ConfigurationError
from smartinst.runs import runs
from smartinst.runs.executors import LostResult
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.settings import MailSettings, Seller, Settings
from tests.support.notebook_fixture import build
from tests.support.ticking import NOW, REPORT, made_from

MONDAY, WEEKLY = NOW, REPORT
MEASURES = {"identity_closes": True, "plans": 3, "plans_with_debt": 1}


OPERATOR = "ops@example.com"


class KilledError(BaseException):
    """The process ends here."""


class Server:
    """Takes messages, or answers as told for a recipient; `dies` is raised before or after the next one is taken."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.ids: list[str] = []
        self.told: list[str] = []
        self.answers: dict[str, SendResult] = {}
        self.step = 0
        self.dies_at = -1

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, message: EmailMessage, recipient: str) -> SendResult:
        self.reach()
        answer = self.answers.get(recipient, Sent())
        if recipient == OPERATOR and not isinstance(answer, Deferred):
            self.told.append(message.get_content())
        elif isinstance(answer, Sent):
            self.taken[recipient] += 1
            self.ids.append(str(message["Message-ID"]))
        self.reach()
        return answer

    def reach(self) -> None:
        """One more moment at which a process may end."""
        self.step += 1
        if self.step == self.dies_at:
            raise KilledError


class Office:
    """Two sellers, their schedule, their database, and a server; runs are made by copying one notebook."""

    def __init__(
        self, place: Path, database: str, executed: Path, patch: pytest.MonkeyPatch
    ) -> None:
        ids = {"acme": "America/Sao_Paulo", "nube": "Europe/Madrid"}
        sellers = tuple(
            Seller(id=one, name=one, email=f"{one}@example.com", timezone=ids[one]) for one in ids
        )
        self.settings = Settings(
            home=place / "var",
            ledger=str(place / "ledger"),
            workspace=place,
            seller=sellers,
            mail=MailSettings(operator=OPERATOR),
        )
        self.engine: Engine = connect(database)
        self.server = Server()
        self.errors: dict[str, str] = {}
        self.lost: dict[str, LostResult] = {}
        self.sent_before: list[int] = []
        self.executed = executed
        (place / "reports").mkdir(exist_ok=True)
        (place / "reports" / "weekly.toml").write_text(WEEKLY, encoding="utf-8")
        patch.setattr(folder, "open_transport", lambda _: self.server)
        patch.setattr(runs, "run_reports", self._made)
        commit = Connection.commit

        def reached(connection: Connection) -> None:
            self.server.reach()
            commit(connection)
            self.server.reach()

        patch.setattr(Connection, "commit", reached)

    def _made(
        self,
        requests: Iterable[RunRequest],
        settings: Settings,  # noqa: ARG002
        jobs: int,  # noqa: ARG002
        *,
        isolated: bool,  # noqa: ARG002
    ) -> Iterator[RunOutcome]:
        for request in requests:
            self.sent_before.append(sum(self.server.taken.values()))
            place, one = request.folder, request.seller.id
            assert place is not None
            if one in self.lost:
                yield RunOutcome(
                    "weekly",
                    one,
                    "2026-11-02",
                    error="lost",
                    folder=str(place),
                    loss=self.lost[one],
                )
                continue
            if one in self.errors:
                yield RunOutcome(
                    "weekly", one, "2026-11-02", error=self.errors[one], folder=str(place)
                )
                continue
            yield made_from(self.executed, request, MEASURES)

    @contextmanager
    def without_cluster(self) -> Iterator[None]:
        def refuse(*_: object, **__: object) -> Iterator[RunOutcome]:
            raise ConfigurationError("no cluster")
            yield

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runs, "run_reports", refuse)
            yield

    def tick(self, now: datetime = MONDAY) -> TickReport:
        return tick(self.settings, self.engine, now)

    def states(self) -> dict[str, str]:
        with self.engine.connect() as connection:
            return {
                row["seller_id"]: row["state"]
                for row in delivery_ledger.list_deliveries(connection)
            }


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("tick") / "seller.ipynb", "en", 20, markets=1)


@pytest.fixture
def office(
    tmp_path: Path, database: str, executed: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    made = Office(tmp_path, database, executed, monkeypatch)
    yield made
    made.engine.dispose()


def test_each_seller_gets_one_mail_a_period_however_often_a_tick_comes(office: Office) -> None:
    first = office.tick()
    assert first.document() == {
        "now": "2026-11-02T12:30:00Z",
        "due": 2,
        "sent": 2,
        "queued": 0,
        "held": 0,
        "refused": 0,
        "in_doubt": 0,
        "failed": 0,
    }
    assert office.tick().counts["due"] == 0
    assert office.tick(MONDAY + timedelta(hours=20)).counts["sent"] == 0
    assert office.server.taken == {"acme@example.com": 1, "nube@example.com": 1}
    office.tick(MONDAY + timedelta(days=7))
    assert office.server.taken == {"acme@example.com": 2, "nube@example.com": 2}
    assert len(set(office.server.ids)) == 4


def test_what_a_server_says_becomes_the_state(office: Office) -> None:
    office.server.answers = {
        "acme@example.com": Deferred("451"),
        "nube@example.com": Refused("550"),
    }
    assert not office.tick().is_ok
    assert office.states() == {"acme": "queued", "nube": "refused"}
    office.server.answers = {}
    assert office.tick(MONDAY + timedelta(minutes=1)).counts["sent"] == 0
    assert office.tick(MONDAY + timedelta(hours=3)).counts["sent"] == 1
    assert office.states() == {"acme": "sent", "nube": "refused"}


def test_what_is_in_doubt_is_never_sent_again_by_itself(office: Office) -> None:
    office.server.answers = {"acme@example.com": InDoubt("no answer")}
    office.tick()
    office.server.answers = {}
    for hours in (1, 4, 30):
        office.tick(MONDAY + timedelta(hours=hours))
    assert office.states()["acme"] == "in_doubt"
    with office.engine.begin() as connection:
        row = next(
            one for one in delivery_ledger.list_deliveries(connection) if one["seller_id"] == "acme"
        )
        delivery_ledger.resolve_delivery(connection, row["id"], "not_sent", MONDAY)
    office.tick(MONDAY + timedelta(hours=1))
    assert office.server.taken["acme@example.com"] == 1


def test_a_mail_that_waits_too_long_is_missed_and_told(office: Office) -> None:
    office.server.answers = dict.fromkeys(
        ("acme@example.com", "nube@example.com"), Deferred("no connection")
    )
    office.tick()
    late = office.tick(MONDAY + timedelta(days=2))
    assert set(office.states().values()) == {"missed"}
    assert len(late.problems) == 2


def test_periods_that_nobody_was_there_for_are_told_once(office: Office) -> None:
    office.tick()
    late = office.tick(MONDAY + timedelta(days=16))
    assert (late.counts["due"], late.counts["sent"]) == (0, 0)
    assert [problem.split(":")[0] for problem in late.problems] == [
        "weekly of acme, 2026-11-16T07",
        "weekly of nube, 2026-11-16T07",
    ]
    assert office.tick(MONDAY + timedelta(days=16, hours=1)).is_ok
    assert office.tick(MONDAY + timedelta(days=21)).counts["sent"] == 2


def test_with_all_every_period_beyond_the_catch_up_is_told_and_the_others_are_made(
    office: Office,
) -> None:
    daily = WEEKLY.replace('"0 7 * * MON"', '"0 7 * * *"\nmissed = "all"')
    (office.settings.workspace / "reports" / "weekly.toml").write_text(daily, encoding="utf-8")
    office.tick()
    late = office.tick(MONDAY + timedelta(days=4))
    assert (late.counts["due"], late.counts["sent"]) == (2, 2)
    assert sorted(problem.split("T07")[0] for problem in late.problems) == [
        f"weekly of {seller}, 2026-11-{day:02}" for seller in ("acme", "nube") for day in (3, 4, 5)
    ]
    assert office.tick(MONDAY + timedelta(days=4, hours=1)).is_ok


def test_a_tick_that_is_told_to_stop_sends_no_further_message_and_the_next_one_does(
    office: Office,
) -> None:
    done = tick(office.settings, office.engine, MONDAY, lambda: not office.server.taken)
    assert done.counts["sent"] == 1
    assert sorted(office.states().values()) == ["queued", "sent"]
    assert office.tick().counts["sent"] == 1
    assert office.server.taken == {"acme@example.com": 1, "nube@example.com": 1}


def test_messages_leave_over_one_line_while_further_reports_are_made(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[Server] = []

    def opened(_: Settings) -> Server:
        lines.append(office.server)
        return office.server

    monkeypatch.setattr(folder, "open_transport", opened)
    assert tick(office.settings, office.engine, MONDAY, batch=1).counts["sent"] == 2
    assert len(lines) == 1
    assert office.sent_before == [0, 1]
    assert office.server.taken == {"acme@example.com": 1, "nube@example.com": 1}


def test_changed_means_since_the_last_mail_that_went(office: Office) -> None:
    changed = WEEKLY.replace("[delivery]", 'when = "changed"\n[delivery]')
    (office.settings.workspace / "reports" / "weekly.toml").write_text(changed, encoding="utf-8")
    office.server.answers = {"acme@example.com": Refused("550")}
    office.tick()
    office.server.answers = {}
    office.tick(MONDAY + timedelta(days=7))
    assert office.server.taken == {"acme@example.com": 1, "nube@example.com": 1}, (
        "to nube nothing is new"
    )


def test_a_first_tick_tells_of_no_period_before_it(office: Office) -> None:
    assert office.tick(MONDAY + timedelta(days=2)).is_ok
    assert office.states() == {}


def test_what_was_waiting_is_sent_while_the_cluster_does_not_answer(office: Office) -> None:
    office.server.answers = {"acme@example.com": Deferred("451")}
    office.tick()
    office.server.answers = {}
    with office.without_cluster():
        for day in range(5):
            done = office.tick(MONDAY + timedelta(days=7, minutes=day))
            assert done.counts["failed"] == 2
            assert "2 runs were not executed: no cluster" in done.problems
    assert office.tick(MONDAY + timedelta(days=7, hours=1)).counts["sent"] == 2
    assert office.server.taken == {"acme@example.com": 1, "nube@example.com": 2}


@pytest.mark.parametrize(
    ("infrastructure_fault", "state"),
    [(True, "sent"), (False, "failed")],
    ids=["its cluster", "its own"],
)
def test_a_run_whose_process_ends_is_made_again_within_reason(
    office: Office, infrastructure_fault: bool, state: str
) -> None:
    office.lost["acme"] = LostResult("the process ended", infrastructure_fault)
    for minute in range(run_history.MAX_ATTEMPTS):
        assert office.tick(MONDAY + timedelta(minutes=minute)).counts["failed"] == 1
    office.lost.clear()
    office.tick(MONDAY + timedelta(hours=1))
    assert office.states().get("acme", "failed") == state
    assert office.states()["nube"] == "sent"


def test_a_seller_whose_run_fails_is_told_to_the_operator_and_blocks_nobody(office: Office) -> None:
    office.errors["acme"] = "seller.ipynb, cell 3: ZeroDivisionError"
    done = office.tick()
    assert (done.counts["failed"], done.counts["sent"]) == (1, 1)
    assert "cell 3: ZeroDivisionError" in done.problems[0]
    office.errors.clear()
    with office.engine.connect() as connection:
        (failed,) = [row for row in run_history.list_runs(connection) if row["state"] == "failed"]
    rerun(office.settings, office.engine, failed["run_id"], MONDAY)
    office.tick(MONDAY + timedelta(minutes=1))
    assert office.server.taken == {"acme@example.com": 1, "nube@example.com": 1}


def test_an_artifact_that_was_changed_is_held(office: Office) -> None:
    office.server.answers = {"acme@example.com": Deferred("451")}
    office.tick()
    for page in office.settings.home.rglob("weekly-acme.html"):
        page.write_text("<p>another</p>", encoding="utf-8")
    office.server.answers = {}
    done = office.tick(MONDAY + timedelta(hours=3))
    assert office.states()["acme"] == "held"
    assert "SHA-256 differs" in done.problems[0]


def test_a_tick_killed_at_any_moment_loses_nothing_and_doubles_nothing(
    tmp_path: Path, executed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()
    moment = 0
    while True:
        moment += 1
        place = tmp_path / str(moment)
        place.mkdir()
        with monkeypatch.context() as patch:
            office = Office(place, f"sqlite:///{place / 'state.db'}", executed, patch)
            (place / "reports" / "broken.toml").write_text("title = 1", encoding="utf-8")
            office.server.step, office.server.dies_at = 0, moment
            try:
                office.tick()
            except KilledError:
                counts["kills"] += 1
            office.server.dies_at = -1
            office.tick()
            states = office.states()
            office.engine.dispose()
        taken = office.server.taken
        assert max(taken.values()) == 1
        assert len(set(office.server.ids)) == len(office.server.ids)
        assert set(states) == {"acme", "nube"}
        told = [
            line
            for text in office.server.told
            for line in text.splitlines()
            if "broken.toml" in line
        ]
        again = [line for line in told if "you may already have received this" in line]
        assert len(told) - len(again) <= 1 <= len(told) <= 2
        counts["told again"] += bool(again)
        for one, state in states.items():
            assert state == "in_doubt" or (state == "sent" and taken[f"{one}@example.com"] == 1)
            counts[state] += 1
        if counts["kills"] < moment:
            break
    print(  # noqa: T201
        f"{counts['kills']} kill points: sent {counts['sent']}, in doubt {counts['in_doubt']}, lost 0, doubled 0; "
        f"operator told again {counts['told again']}"
    )
    assert counts["kills"] > 15
    assert counts["in_doubt"] < counts["kills"]
    assert counts["told again"] == 4, (
        "from sending on record to told on record there are four moments"
    )
