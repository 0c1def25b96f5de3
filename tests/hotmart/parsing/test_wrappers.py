"""Histories kept by other programs: the document in a wrapper is read like the bare one."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from smartinst.hotmart.parsing import files
from smartinst.hotmart.parsing.document_kinds import VERSION_1_REFUSAL
from smartinst.hotmart.parsing.files import parse_body
from smartinst.hotmart.values.outcome import ItemOutcome
from tests.support.hotmart_payloads import (
    MISSING,
    cancellation,
    item,
    json_text,
    outcome,
    webhook,
    with_changes,
)

SECRETS = {"x-hotmart-hottok": "HOTTOK-SECRET", "cookie": "SESSION-SECRET"}
EVENT = webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")
SECOND = webhook("PURCHASE_REFUNDED", "REFUNDED", "2026-03-01")
VERSION_1 = {"hottok": "HOTTOK-SECRET", "prod": "7", "email": "rita@example.com"}
FORM = "hottok=HOTTOK-SECRET&prod=7&email=rita%40example.com&status=approved"


def webhook_item(body: object) -> dict[str, Any]:
    """An output of n8n's webhook node."""
    return {
        "headers": SECRETS,
        "params": {},
        "query": {"key": "QUERY-SECRET"},
        "body": body,
        "webhookUrl": "https://n8n.example/webhook/1",
        "executionMode": "production",
    }


def execution(*outputs: object) -> dict[str, Any]:
    """An execution of n8n, with one output of each node."""
    nodes = {
        f"Node {number}": [{"startTime": 1, "data": {"main": [[{"json": output}], None]}}]
        for number, output in enumerate(outputs)
    }
    result = {"resultData": {"runData": nodes, "lastNodeExecuted": "Node 0"}}
    return {"id": "7", "mode": "webhook", "workflowData": {"name": "x"}, "data": result}


def row(**columns: object) -> dict[str, Any]:
    """A row of a dump, without its payload unless it is a column."""
    return {"id": 5, "created_at": "2026-02-01", "token": "TOKEN-SECRET", **columns}


def parse(document: object) -> list[ItemOutcome]:
    return list(parse_body(json_text(document).encode(), "acme"))


def texts(outcomes: list[ItemOutcome]) -> str:
    """All that is stored of outcomes."""
    return " ".join(f"{o.statements} {o.refusal_reason} {o.excerpt}" for o in outcomes)


WRAPPERS: dict[str, Any] = {
    "n8n webhook item": webhook_item(EVENT),
    "n8n webhook item with a text": webhook_item(json_text(EVENT)),
    "n8n item": {"json": webhook_item(EVENT), "pairedItem": {"item": 0}},
    "n8n item of the envelope": {"json": EVENT},
    "execution": execution(webhook_item(EVENT), {"ok": True}),
    "execution as text": {**execution(), "data": json_text(execution(webhook_item(EVENT))["data"])},
    "page of executions": {"data": [execution(webhook_item(EVENT))], "nextCursor": None},
    "row with payload": row(payload=EVENT),
    "row with body": row(body=EVENT),
    "row with raw": row(raw=EVENT),
    "row with event_data": row(event_data=EVENT),
    "row with eventData": row(eventData=EVENT),
    "row with hotmart_payload": row(hotmart_payload=EVENT),
    "row with data": row(data=EVENT),
    "row with an event column": row(event="PURCHASE_APPROVED", payload=EVENT),
    "row with event and version": row(event="PURCHASE_APPROVED", version="2.0.0", payload=EVENT),
    "row with event and data": row(event="PURCHASE_APPROVED", data=json_text(EVENT)),
    "row with hottok": row(hottok="HOTTOK-SECRET", payload=EVENT),
    "row with text": row(payload=json_text(EVENT)),
    "row with encoded text": row(payload=json_text(json_text(EVENT))),
    "row with a column before": row(headers=json_text(SECRETS), payload=EVENT),
    "row with columns of the envelope": {**EVENT, "data": json_text(EVENT["data"]), "row_id": 4},
    "row with a wrapped request": row(payload={"request": webhook_item(EVENT)}),
    "trigger with an event": {"trigger": {"event": {"method": "POST", "body": EVENT}}},
    "recording": {"metadata": {}, "response": {"headers": SECRETS, "body": EVENT}},
    "text": json_text(EVENT),
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_a_wrapped_event_is_the_same_as_the_bare_one(wrapper: Any) -> None:
    bare = outcome(EVENT).statements
    for document in (wrapper, [wrapper], [EVENT, wrapper]):
        outcomes = parse(document)
        assert [outcome.statements for outcome in outcomes] == [bare] * len(outcomes)
        assert len(outcomes) == (2 if document == [EVENT, wrapper] else 1)
        assert "SECRET" not in texts(outcomes)


def test_rows_may_be_lines() -> None:
    lines = [
        row(payload=EVENT),
        webhook_item(SECOND),
        row(payload=json_text(cancellation("2026-03-01"))),
    ]
    outcomes = list(parse_body("\n".join(map(json_text, lines)).encode(), "acme"))
    assert [outcome.position for outcome in outcomes] == ["line 1", "line 2", "line 3"]
    assert all(outcome.statements for outcome in outcomes)


def test_events_may_be_texts_in_lines() -> None:
    lines = "\n".join(json_text(json_text(event)) for event in (EVENT, SECOND))
    outcomes = list(parse_body(lines.encode(), "acme"))
    assert [o.statements for o in outcomes] == [outcome(e).statements for e in (EVENT, SECOND)]


PAGE = {"items": [item(1), item(2)], "page_info": {}}
SEVERAL: dict[str, tuple[Any, list[str]]] = {
    "page in a row": (row(payload=PAGE), ["item 1", "item 2"]),
    "page in an item": ({"json": {"statusCode": 200, "body": PAGE}}, ["item 1", "item 2"]),
    "page in a reply": ({"status": 200, "headers": SECRETS, "data": PAGE}, ["item 1", "item 2"]),
    "page in a list of rows": ([row(payload=PAGE)], ["item 1, item 1", "item 1, item 2"]),
    "list in a row": (row(payload=json_text([item(1), item(2)])), ["item 1", "item 2"]),
    "list in a list of rows": (
        [row(body=[item(1), item(2)])],
        ["item 1, item 1", "item 1, item 2"],
    ),
    "execution with two events": (
        [execution(webhook_item(EVENT), webhook_item(SECOND))],
        ["item 1, item 1", "item 1, item 2"],
    ),
    "execution with a page": (execution(PAGE), ["item 1, item 1", "item 1, item 2"]),
}


@pytest.mark.parametrize(("document", "positions"), SEVERAL.values(), ids=SEVERAL)
def test_a_wrapper_of_several_documents_has_their_positions(
    document: Any, positions: list[str]
) -> None:
    outcomes = parse(document)
    assert [outcome.position for outcome in outcomes] == positions
    assert all(outcome.statements for outcome in outcomes)
    assert "SECRET" not in texts(outcomes)


def test_an_execution_has_each_event_once_and_as_it_was_received() -> None:
    edited = with_changes(EVENT, {"data.purchase.price.value": 1})
    outcomes = parse(
        execution(webhook_item(EVENT), edited, {"id": EVENT["id"]}, webhook_item(EVENT))
    )
    assert [result.statements for result in outcomes] == [outcome(EVENT).statements]


UNREADABLE: dict[str, tuple[Any, str]] = {
    "no JSON": (row(payload='{"id": '), "payload: not JSON"),
    "prose": (webhook_item("HOTTOK-SECRET"), "body: not JSON"),
    "empty text": (row(payload=""), "payload: empty"),
    "null": (row(raw_body=None), "raw_body: empty"),
    "another document": (row(payload={"odd": "ODD-SECRET"}), "payload: not recognised"),
    "a number": (row(payload=5), "payload: not recognised"),
    "deep nesting": (row(payload="[" * 100_000), "payload: not JSON"),
    "the data of an event alone": (
        row(event="PURCHASE_APPROVED", payload=EVENT["data"]),
        "payload: not recognised",
    ),
    "form": (row(body=FORM), f"body: {VERSION_1_REFUSAL}"),
    "version 1.0.0": (webhook_item(VERSION_1), VERSION_1_REFUSAL),
    "execution without an event": (
        execution({"ok": True}),
        "data.resultData.runData: no document of the platform",
    ),
    "execution with a broken event": (execution(webhook_item("{")), "body: not JSON"),
}


@pytest.mark.parametrize(("wrapper", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_the_refusal_of_a_wrapper_names_its_payload_and_contains_no_secret(
    wrapper: Any, reason: str
) -> None:
    (refusal,) = parse(wrapper)
    assert refusal.refusal_reason == reason
    assert "SECRET" not in refusal.excerpt and "rita" not in refusal.excerpt


def test_a_refused_event_in_a_row_has_the_excerpt_of_the_bare_event() -> None:
    broken = with_changes(EVENT, {"data.purchase.transaction": MISSING})
    (refusal,) = parse(row(payload=broken, status="STATUS-SECRET"))
    assert (refusal.refusal_reason, refusal.excerpt) == (
        outcome(broken).refusal_reason,
        outcome(broken).excerpt,
    )


ENVELOPES = {
    "payload": {**EVENT, "payload": SECOND},
    "body": {**EVENT, "body": json_text(SECOND)},
    "data": with_changes(EVENT, {"data.payload": SECOND, "data.body": SECOND, "data.data": SECOND}),
    "page item": {**item(1), "payload": SECOND},
}


@pytest.mark.parametrize("document", ENVELOPES.values(), ids=ENVELOPES)
def test_a_document_is_never_searched_for_another(document: dict[str, Any]) -> None:
    bare = item(1) if "purchase" in document else EVENT
    assert parse(document)[0].statements == outcome(bare).statements


def test_wrappers_in_wrappers_are_searched_to_a_limit() -> None:
    document: Any = EVENT
    for _ in range(50):
        document = {"payload": document}
    (refusal,) = parse(document)
    assert (refusal.refusal_reason, refusal.statements) == ("payload: not recognised", None)


def test_a_large_history_is_read_item_by_item_with_the_same_outcomes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = [webhook_item(EVENT), row(payload=PAGE), execution(webhook_item(SECOND)), row(raw="")]
    outcomes = parse(history)
    monkeypatch.setattr(files, "STREAMING_THRESHOLD", 10)
    assert parse(history) == outcomes


# --- dumps as CSV ---------------------------------------------------------------------------------


def dump(*rows: dict[str, Any], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def results(body: bytes) -> list[tuple[str, str]]:
    """Position and outcome of each item."""
    return [
        (o.position, "accepted" if o.statements else o.refusal_reason or o.ignore_reason or "")
        for o in parse_body(body, "acme")
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_dump_as_csv_has_an_event_in_each_row(delimiter: str, indent: int | None) -> None:
    payloads = [json.dumps(event, indent=indent) for event in (EVENT, SECOND)]
    body = dump(*(row(payload=text) for text in payloads), delimiter=delimiter)
    first_line = 2 + payloads[0].count("\n")
    last_line = first_line + 1 + payloads[1].count("\n")
    assert results(body) == [(f"line {first_line}", "accepted"), (f"line {last_line}", "accepted")]
    outcomes = list(parse_body(body, "acme"))
    assert [o.statements for o in outcomes] == [outcome(e).statements for e in (EVENT, SECOND)]
    assert "SECRET" not in texts(outcomes)


def test_a_dump_with_quotes_escaped_by_backslashes_is_read() -> None:
    text = json_text(with_changes(EVENT, {"data.buyer.name": 'Rita "R" Exemplo'}))
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    (row_outcome,) = parse_body(f'"id","payload"\n"1","{escaped}"\n'.encode(), "acme")
    assert row_outcome.statements is not None
    assert row_outcome.statements.attempts[0]["buyer"] == 'Rita "R" Exemplo'


def test_rows_of_a_dump_that_cannot_be_read_are_refused_alone() -> None:
    good = dump(row(payload=json_text(EVENT))).decode().splitlines()
    broken = '5,2026-02-01,"TOKEN-SECRET,unpaired'
    lines = [*good, broken, good[1], "5,2026-02-01,TOKEN-SECRET,", good[1], "5,TOKEN-SECRET"]
    body = "\n".join(lines).encode()
    assert results(body) == [
        ("line 2", "accepted"),
        ("line 3", "payload: not JSON"),
        ("line 4", "accepted"),
        ("line 5", "payload: empty"),
        ("line 6", "accepted"),
        ("line 7", "expected 4 columns, found 2"),
    ]
    assert "SECRET" not in texts(list(parse_body(body, "acme")))


def test_a_dump_may_have_a_page_or_a_long_document_in_a_cell() -> None:
    long = {**PAGE, "padding": "x" * 200_000}
    assert results(dump(row(body=json_text(long)))) == [
        ("line 2, item 1", "accepted"),
        ("line 2, item 2", "accepted"),
    ]


def test_a_dump_may_have_the_envelope_in_columns() -> None:
    columns = {**EVENT, "data": json_text(EVENT["data"]), "hottok": "HOTTOK-SECRET"}
    assert results(dump(columns)) == [("line 2", "accepted")]


# --- webhook 1.0.0 --------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [1, 3])
def test_forms_of_webhook_1_0_0_are_refused_with_advice_line_by_line(lines: int) -> None:
    outcomes = list(parse_body("\n".join([FORM] * lines).encode(), "acme"))
    assert [(o.position, o.refusal_reason) for o in outcomes] == [
        (f"line {number}", VERSION_1_REFUSAL) for number in range(1, lines + 1)
    ]
    assert "rita" not in texts(outcomes) and "SECRET" not in texts(outcomes)
    assert all(o.excerpt.startswith("sha256 ") for o in outcomes)
