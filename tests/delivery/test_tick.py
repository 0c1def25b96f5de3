"""A tick delivers what is due exactly once, also if it is killed or the server fails."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Event
from typing import Final

import pytest
from sqlalchemy import Connection, Engine

from smartinst.database.engine import connect
from smartinst.delivery import delivery_ledger, run_history
from smartinst.delivery.tick import rerun, tick
from smartinst.delivery.tick_report import TickReport
from smartinst.delivery.transport import folder
from smartinst.delivery.transport.send_result import Deferred, InDoubt, Refused, SendResult, Sent
from smartinst.delivery.transport.verified_message import VerifiedMessage
from smartinst.errors import ConfigurationError
from smartinst.runs import runs
from smartinst.runs.executors import LostResult
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.settings import MailSettings, Seller, Settings
from tests.support.examples import SHARE, STEP
from tests.support.ticking import NOW, REPORT, copied_outcome

MONDAY, WEEKLY = NOW, REPORT
MEASURES = {"identity_closes": True, "plans": 3, "plans_with_debt": 1}


OPERATOR = "ops@example.com"
PATIENCE: Final = 20
"""Seconds after which a test gives up waiting."""


class KilledError(BaseException):
    """Simulates the end of the process."""


class Server:
    """A transport that accepts messages or returns the result set for a recipient.

    Raises KilledError at step `kill_at`; before and after each message is a step.
    """

    def __init__(self) -> None:
        self.accepted_counts: Counter[str] = Counter()
        self.message_ids: list[str] = []
        self.notice_texts: list[str] = []
        self.answers: dict[str, SendResult] = {}
        self.step = 0
        self.kill_at = -1

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def send(self, message: VerifiedMessage) -> SendResult:
        self.reach_step()
        result = self.answers.get(message.recipient, Sent())
        if message.recipient == OPERATOR and not isinstance(result, Deferred):
            notice = message_from_bytes(message.content, policy=default)
            self.notice_texts.append(notice.get_content().replace("\r\n", "\n"))
        elif isinstance(result, Sent):
            self.accepted_counts[message.recipient] += 1
            self.message_ids.append(message.message_id)
        self.reach_step()
        return result

    def reach_step(self) -> None:
        """A step at which the process may end."""
        self.step += 1
        if self.step == self.kill_at:
            raise KilledError


class DeliveryService:
    """Two sellers with a schedule, a database and a server; runs copy one executed notebook."""

    def __init__(
        self, place: Path, database: str, executed: Path, patch: pytest.MonkeyPatch
    ) -> None:
        zones = {"acme": "America/Sao_Paulo", "nube": "Europe/Madrid"}
        sellers = tuple(
            Seller(id=name, name=name, email=f"{name}@example.com", timezone=zone)
            for name, zone in zones.items()
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
        self.losses: dict[str, LostResult] = {}
        self.measures: dict[str, object] = {}
        self.before_result: dict[str, Callable[[Path], object]] = {}
        self.executed_sellers: list[str] = []
        self.formats_of_readers: list[tuple[str, ...]] = []
        self.executed = executed
        (place / "reports").mkdir(exist_ok=True)
        (place / "reports" / "weekly.toml").write_text(WEEKLY, encoding="utf-8")
        patch.setattr(folder, "open_transport", lambda _: self.server)
        patch.setattr(runs, "run_reports", self._run_reports)
        commit = Connection.commit

        def commit_in_steps(connection: Connection) -> None:
            self.server.reach_step()
            commit(connection)
            self.server.reach_step()

        patch.setattr(Connection, "commit", commit_in_steps)

    def _run_reports(
        self,
        requests: Iterable[RunRequest],
        settings: Settings,  # noqa: ARG002
        jobs: int,  # noqa: ARG002
    ) -> Iterator[RunOutcome]:
        for request in requests:
            self.executed_sellers.append(request.seller.id)
            self.formats_of_readers.append(request.formats_of_reader)
            folder_path, seller_id = request.folder, request.seller.id
            assert folder_path is not None
            if seller_id in self.losses:
                yield RunOutcome(
                    "weekly",
                    seller_id,
                    "2026-11-02",
                    error="lost",
                    folder=str(folder_path),
                    loss=self.losses[seller_id],
                )
                continue
            if seller_id in self.errors:
                yield RunOutcome(
                    "weekly",
                    seller_id,
                    "2026-11-02",
                    error=self.errors[seller_id],
                    folder=str(folder_path),
                )
                continue
            self.before_result.get(seller_id, Path)(folder_path)
            measures = MEASURES | {"data_through": request.as_of.isoformat()}
            yield copied_outcome(self.executed, request, measures | self.measures)

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


@pytest.fixture
def service(
    tmp_path: Path, database: str, executed_notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DeliveryService]:
    fixture = DeliveryService(tmp_path, database, executed_notebook, monkeypatch)
    yield fixture
    fixture.engine.dispose()


def test_each_seller_gets_one_message_per_period_however_often_a_tick_runs(
    service: DeliveryService,
) -> None:
    report = service.tick()
    assert report.document() == {
        "now": "2026-11-02T12:30:00Z",
        "due": 2,
        "sent": 2,
        "queued": 0,
        "held": 0,
        "refused": 0,
        "in_doubt": 0,
        "failed": 0,
    }
    assert service.tick().counts["due"] == 0
    assert service.tick(MONDAY + timedelta(hours=20)).counts["sent"] == 0
    assert service.server.accepted_counts == {"acme@example.com": 1, "nube@example.com": 1}
    service.tick(MONDAY + timedelta(days=7))
    assert service.server.accepted_counts == {"acme@example.com": 2, "nube@example.com": 2}
    assert len(set(service.server.message_ids)) == 4


@pytest.mark.parametrize(
    ("delivery", "formats"),
    [
        ('[delivery]\nattach = ["html"]', ("html",)),
        ('[delivery]\nattach = ["xlsx", "ipynb"]', ("xlsx", "ipynb")),
        ("[delivery]\nattach = []", ()),
        ("", ("html", "xlsx")),
    ],
    ids=["one of two", "another and the notebook", "none", "not mailed"],
)
def test_a_scheduled_run_refers_only_to_what_is_attached(
    service: DeliveryService, delivery: str, formats: tuple[str, ...]
) -> None:
    schedule = '[schedule]\ncron = "0 7 * * MON"'
    definition = 'title = "T"\nnotebook = "seller.ipynb"\nformats = ["html", "xlsx"]'
    path = service.settings.workspace / "reports" / "weekly.toml"
    path.write_text("\n".join((definition, schedule, delivery)), encoding="utf-8")
    service.tick()
    assert service.formats_of_readers == [formats, formats]


def test_the_result_of_sending_becomes_the_state(service: DeliveryService) -> None:
    service.server.answers = {
        "acme@example.com": Deferred("451"),
        "nube@example.com": Refused("550"),
    }
    assert not service.tick().is_ok
    assert service.states() == {"acme": "queued", "nube": "refused"}
    service.server.answers = {}
    assert service.tick(MONDAY + timedelta(minutes=1)).counts["sent"] == 0
    assert service.tick(MONDAY + timedelta(hours=3)).counts["sent"] == 1
    assert service.states() == {"acme": "sent", "nube": "refused"}


def test_a_delivery_in_doubt_is_never_sent_again_automatically(service: DeliveryService) -> None:
    service.server.answers = {"acme@example.com": InDoubt("no answer")}
    service.tick()
    service.server.answers = {}
    for hours in (1, 4, 30):
        service.tick(MONDAY + timedelta(hours=hours))
    assert service.states()["acme"] == "in_doubt"
    with service.engine.begin() as connection:
        row = next(
            one for one in delivery_ledger.list_deliveries(connection) if one["seller_id"] == "acme"
        )
        delivery_ledger.resolve_delivery(connection, row["id"], "not_sent", MONDAY)
    service.tick(MONDAY + timedelta(hours=1))
    assert service.server.accepted_counts["acme@example.com"] == 1


def test_a_message_that_waits_too_long_is_missed_and_reported(service: DeliveryService) -> None:
    service.server.answers = dict.fromkeys(
        ("acme@example.com", "nube@example.com"), Deferred("no connection")
    )
    service.tick()
    report = service.tick(MONDAY + timedelta(days=2))
    assert set(service.states().values()) == {"missed"}
    assert len(report.problems) == 2


def test_periods_without_a_tick_are_reported_once(service: DeliveryService) -> None:
    service.tick()
    report = service.tick(MONDAY + timedelta(days=16))
    assert (report.counts["due"], report.counts["sent"]) == (0, 0)
    assert [problem.split(":")[0] for problem in report.problems] == [
        "weekly of acme, 2026-11-16T07",
        "weekly of nube, 2026-11-16T07",
    ]
    assert service.tick(MONDAY + timedelta(days=16, hours=1)).is_ok
    assert service.tick(MONDAY + timedelta(days=21)).counts["sent"] == 2


def test_policy_all_reports_periods_beyond_the_catch_up_and_runs_the_others(
    service: DeliveryService,
) -> None:
    daily = WEEKLY.replace('"0 7 * * MON"', '"0 7 * * *"\nmissed = "all"')
    (service.settings.workspace / "reports" / "weekly.toml").write_text(daily, encoding="utf-8")
    service.tick()
    report = service.tick(MONDAY + timedelta(days=4))
    assert (report.counts["due"], report.counts["sent"]) == (2, 2)
    assert sorted(problem.split("T07")[0] for problem in report.problems) == [
        f"weekly of {seller}, 2026-11-{day:02}" for seller in ("acme", "nube") for day in (3, 4, 5)
    ]
    assert service.tick(MONDAY + timedelta(days=4, hours=1)).is_ok


def test_a_stopped_tick_sends_no_further_message_and_the_next_tick_does(
    service: DeliveryService,
) -> None:
    report = tick(
        service.settings, service.engine, MONDAY, lambda: not service.server.accepted_counts
    )
    assert report.counts["sent"] == 1
    assert sorted(service.states().values()) == ["queued", "sent"]
    assert service.tick().counts["sent"] == 1
    assert service.server.accepted_counts == {"acme@example.com": 1, "nube@example.com": 1}


def test_a_message_is_sent_while_the_next_report_is_made_and_does_not_delay_it(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_run_began, first_message_accepted = Event(), Event()
    send = service.server.send

    def send_during_second_run(message: VerifiedMessage) -> SendResult:
        assert second_run_began.wait(PATIENCE), "the run waited for the message"
        result = send(message)
        first_message_accepted.set()
        return result

    def wait_for_message(_: Path) -> None:
        second_run_began.set()
        assert first_message_accepted.wait(PATIENCE), "the message waited for the run"

    monkeypatch.setattr(service.server, "send", send_during_second_run)
    service.before_result["acme"] = wait_for_message  # nube is due earlier
    assert service.tick().counts["sent"] == 2


def test_all_messages_of_a_tick_use_one_transport(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    transports: list[Server] = []

    def open_server(_: Settings) -> Server:
        transports.append(service.server)
        return service.server

    monkeypatch.setattr(folder, "open_transport", open_server)
    assert service.tick().counts["sent"] == 2
    assert len(transports) == 1
    assert service.server.accepted_counts == {"acme@example.com": 1, "nube@example.com": 1}


def test_changed_compares_with_the_last_message_that_was_sent(service: DeliveryService) -> None:
    text = WEEKLY.replace("[delivery]", 'when = "changed"\n[delivery]')
    (service.settings.workspace / "reports" / "weekly.toml").write_text(text, encoding="utf-8")
    service.server.answers = {"acme@example.com": Refused("550")}
    service.tick()
    service.server.answers = {}
    service.tick(MONDAY + timedelta(days=7))
    assert service.server.accepted_counts == {"acme@example.com": 1, "nube@example.com": 1}, (
        "nothing is new for nube"
    )


def test_the_first_tick_reports_no_earlier_period(service: DeliveryService) -> None:
    assert service.tick(MONDAY + timedelta(days=2)).is_ok
    assert service.states() == {}


def test_queued_messages_are_sent_while_the_cluster_does_not_answer(
    service: DeliveryService,
) -> None:
    service.server.answers = {"acme@example.com": Deferred("451")}
    service.tick()
    service.server.answers = {}
    with service.without_cluster():
        for day in range(5):
            report = service.tick(MONDAY + timedelta(days=7, minutes=day))
            assert report.counts["failed"] == 2
            assert "2 runs were not executed: no cluster" in report.problems
    assert service.tick(MONDAY + timedelta(days=7, hours=1)).counts["sent"] == 2
    assert service.server.accepted_counts == {"acme@example.com": 1, "nube@example.com": 2}


@pytest.mark.parametrize(
    ("infrastructure_fault", "state"),
    [(True, "sent"), (False, "failed")],
    ids=["its cluster", "its process"],
)
def test_a_run_whose_process_ends_is_retried_a_few_times(
    service: DeliveryService, infrastructure_fault: bool, state: str
) -> None:
    service.losses["acme"] = LostResult("the process ended", infrastructure_fault)
    for minute in range(run_history.MAX_ATTEMPTS):
        assert service.tick(MONDAY + timedelta(minutes=minute)).counts["failed"] == 1
    service.losses.clear()
    service.tick(MONDAY + timedelta(hours=1))
    assert service.states().get("acme", "failed") == state
    assert service.states()["nube"] == "sent"


def test_a_failed_run_is_reported_to_the_operator_and_does_not_affect_other_sellers(
    service: DeliveryService,
) -> None:
    service.errors["acme"] = "seller.ipynb, cell [3]: ZeroDivisionError"
    report = service.tick()
    assert (report.counts["failed"], report.counts["sent"]) == (1, 1)
    assert "cell [3]: ZeroDivisionError" in report.problems[0]
    service.errors.clear()
    with service.engine.connect() as connection:
        (failed_run,) = [
            row for row in run_history.list_runs(connection) if row["state"] == "failed"
        ]
    rerun(service.settings, service.engine, failed_run["run_id"], MONDAY)
    service.tick(MONDAY + timedelta(minutes=1))
    assert service.server.accepted_counts == {"acme@example.com": 1, "nube@example.com": 1}


def test_a_message_with_a_changed_artifact_is_held(service: DeliveryService) -> None:
    service.server.answers = {"acme@example.com": Deferred("451")}
    service.tick()
    for page in service.settings.home.rglob("weekly-acme.html"):
        page.write_text("<p>another</p>", encoding="utf-8")
    service.server.answers = {}
    report = service.tick(MONDAY + timedelta(hours=3))
    assert service.states()["acme"] == "held"
    assert "SHA-256 differs" in report.problems[0]


def test_a_tick_killed_at_any_step_loses_and_duplicates_nothing(
    tmp_path: Path, executed_notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: Counter[str] = Counter()
    for kill_at in itertools.count(1, STEP):
        folder_path = tmp_path / str(kill_at)
        folder_path.mkdir()
        with monkeypatch.context() as patch:
            service = DeliveryService(
                folder_path, f"sqlite:///{folder_path / 'state.db'}", executed_notebook, patch
            )
            (folder_path / "reports" / "broken.toml").write_text("title = 1", encoding="utf-8")
            service.server.step, service.server.kill_at = 0, kill_at
            is_killed = False
            try:
                service.tick()
            except KilledError:
                is_killed = True
            counts["kills"] += is_killed
            service.server.kill_at = -1
            service.tick()
            states = service.states()
            service.engine.dispose()
        accepted = service.server.accepted_counts
        assert max(accepted.values()) == 1
        assert len(set(service.server.message_ids)) == len(service.server.message_ids)
        assert set(states) == {"acme", "nube"}
        lines = [
            line
            for text in service.server.notice_texts
            for line in text.splitlines()
            if "broken.toml" in line
        ]
        repeated = [line for line in lines if "you may already have received this" in line]
        assert len(lines) - len(repeated) <= 1 <= len(lines) <= 2
        counts["notices repeated"] += bool(repeated)
        for seller_id, state in states.items():
            assert state == "in_doubt" or (
                state == "sent" and accepted[f"{seller_id}@example.com"] == 1
            )
            counts[state] += 1
        if not is_killed:
            break
    print(  # noqa: T201
        f"{counts['kills']} kill points: sent {counts['sent']}, in doubt {counts['in_doubt']}, "
        f"lost 0, duplicated 0; notices repeated {counts['notices repeated']}"
    )
    assert counts["kills"] > 15 * SHARE
    assert counts["in_doubt"] < counts["kills"]
    assert SHARE < 1 or counts["notices repeated"] == 4, (
        "there are four steps between the states sending and told"
    )
