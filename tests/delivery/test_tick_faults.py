"""An error of one report, whatever its kind, stops no other one; the operator is told of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from smartinst.delivery import dispatch, due_periods, scheduled_runs
from smartinst.delivery.transport.verified_message import VerifiedMessage
from smartinst.pages.reading.notebook_file import TOO_DEEP
from smartinst.runs.definitions import load_definitions, notebook_problems, scheduled_sellers
from smartinst.runs.run_request import RunOutcome
from smartinst.settings import Seller
from tests.delivery.test_tick import MONDAY, DeliveryService, service
from tests.support.notebooks import document, parameterized, save
from tests.support.ticking import REPORT

__all__ = ["service"]

BUYER = "rita@example.com"
ERRORS = [RecursionError(BUYER), KeyError(BUYER), type(f"Err {BUYER}", (Exception,), {})(BUYER)]


def failing_for(seller_id: str, function: Any, error: Exception) -> Any:
    """The function, which fails with an error if a seller is in its arguments."""

    def call(*arguments: Any, **options: Any) -> Any:
        ids = [value.id for value in arguments if isinstance(value, Seller)]
        ids += [str(value.get("seller_id")) for value in arguments if isinstance(value, dict)]
        if seller_id in ids:
            raise error
        return function(*arguments, **options)

    return call


@pytest.mark.parametrize("error", ERRORS, ids=["recursion", "key", "own"])
@pytest.mark.parametrize(
    ("module", "name", "state"),
    [
        (scheduled_runs, "operational_data", None),
        (dispatch, "_reasons_to_hold", "held"),
        (dispatch, "_enqueue", None),
        (dispatch, "_message", "held"),
    ],
    ids=["prepare", "gates", "queue", "compose"],
)
def test_an_error_of_one_report_stops_no_other(
    service: DeliveryService,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    state: str | None,
    error: Exception,
) -> None:
    def fail_for_acme(context: Any, row: Any, *rest: Any) -> Any:
        return function(context, row, *rest)

    original = getattr(module, name)
    function = failing_for("acme", original, error)
    monkeypatch.setattr(module, name, function if name == "operational_data" else fail_for_acme)
    report = service.tick()
    assert service.states() == ({"acme": state} if state else {}) | {"nube": "sent"}
    assert len(report.problems) == 1 and report.problems[0].startswith("weekly of acme, ")
    (notice,) = service.server.notice_texts
    assert "weekly of acme" in notice
    assert BUYER not in notice + report.problems[0]


def test_a_definition_that_cannot_be_scheduled_stops_no_other(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(definition: Any, settings: Any) -> Any:
        if definition.name == "daily":
            raise OverflowError
        return scheduled_sellers(definition, settings)

    (service.settings.workspace / "reports" / "daily.toml").write_text(REPORT, encoding="utf-8")
    monkeypatch.setattr(due_periods, "scheduled_sellers", fail)
    report = service.tick()
    assert report.problems == ["reports/daily.toml: cannot be scheduled: OverflowError"]
    assert report.counts["sent"] == 2


def test_runs_that_cannot_be_started_are_tried_three_times(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Iterator[RunOutcome]:
        raise RuntimeError(BUYER)
        yield

    monkeypatch.setattr("smartinst.runs.runs.run_reports", fail)
    for minute in range(3):
        report = service.tick(MONDAY + timedelta(minutes=minute))
        assert len(report.problems) == report.counts["failed"] == 2
        assert report.problems[0].endswith(": it was not executed: RuntimeError")
    assert service.tick(MONDAY + timedelta(minutes=3)).problems == []


def test_an_unexpected_error_of_a_transport_leaves_its_message_in_doubt(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = service.server.send

    def fail_for_acme(message: VerifiedMessage) -> Any:
        if message.recipient == "acme@example.com":
            raise UnicodeError(BUYER)
        return send(message)

    monkeypatch.setattr(service.server, "send", fail_for_acme)
    report = service.tick()
    assert service.states() == {"acme": "in_doubt", "nube": "sent"}
    assert report.problems[0].endswith(": in doubt: UnicodeError")


def test_the_operator_is_told_of_a_tick_that_ends_early(
    service: DeliveryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError(BUYER)

    monkeypatch.setattr("smartinst.delivery.tick.refresh_sellers", fail)
    with pytest.raises(ValueError, match=BUYER):
        service.tick()
    (notice,) = service.server.notice_texts
    assert notice.startswith("the tick ended early: ValueError\n")


def test_a_notebook_that_is_nested_too_deeply_is_named_before_it_runs(
    service: DeliveryService,
) -> None:
    """By the doctor; its parameters keep no other report from being run."""
    folder = service.settings.workspace / "notebooks"
    folder.mkdir()
    deep = json.loads("[" * 600 + "]" * 600)
    save(folder / "deep.ipynb", parameterized("1") | {"metadata": {"deep": deep}})
    save(folder / "text.ipynb", document())
    for name in ("deep", "text"):
        lines = [
            f'notebook = "{name}.ipynb"' if "notebook" in line else line
            for line in REPORT.splitlines()
        ]
        path = service.settings.workspace / "reports" / f"{name}.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
    definitions, _ = load_definitions(service.settings)
    assert notebook_problems(definitions.values(), service.settings) == [
        f"report deep: deep.ipynb: {TOO_DEEP}",
        "report text: text.ipynb: expected a notebook (.ipynb), found no cells",
    ]
    assert service.tick().counts["sent"] == 6
