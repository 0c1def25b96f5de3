"""Parsing never raises: every item of a mutated payload and any bytes have one outcome."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smartinst.hotmart.parsing.files import parse_body
from smartinst.hotmart.values.outcome import ItemOutcome
from smartinst.ledger.ledger import Batch
from smartinst.statements import STATEMENT_TABLES
from tests.support.examples import examples
from tests.support.hotmart_payloads import SAMPLES, cancellation, export, item, line, users, webhook

DOCUMENTS: list[Any] = [
    item(3, "DELAYED", recurrency__number_list="3, 4"),
    webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01"),
    cancellation("2026-03-01"),
    users("HP1"),
    {"json": {"headers": {}, "body": webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")}},
    {"id": 1, "payload": json.dumps({"items": [item(1)]})},
    {"data": {"resultData": {"runData": {"a": [{"data": {"main": [[{"json": item(1)}]]}}]}}}},
    *(json.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.json"))),
]
EXPORT = export(line(1), line(2)).decode("utf-8-sig")

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**12, 2 * 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(
        ["", "\0", "\ud800", "9" * 400, "1E400", "APPROVED", "PIX", "JPY", "BUYER", "2.0.0", "3, 4"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


def paths(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [path, *(inner for key, value in members for inner in paths(value, (*path, key)))]


def replace_member(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    if isinstance(document, dict):
        return {
            k: replace_member(v, path[1:], value) if k == path[0] else v
            for k, v in document.items()
        }
    return [
        replace_member(v, path[1:], value) if k == path[0] else v for k, v in enumerate(document)
    ]


@st.composite
def mutated_documents(draw: st.DrawFn) -> Any:
    document = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 3))):
        document = replace_member(document, draw(st.sampled_from(paths(document))), draw(values))
    return document


def has_one_outcome(outcome: ItemOutcome) -> bool:
    results = (outcome.statements, outcome.ignore_reason, outcome.refusal_reason)
    return sum(result is not None for result in results) == 1


def check_types(outcomes: list[ItemOutcome]) -> None:
    """Accepted statements have the types of their tables."""
    batch = Batch()
    for index, outcome in enumerate(outcomes):
        if outcome.statements:
            batch.add(index, outcome.statements)
    for table in STATEMENT_TABLES:
        batch.frame(table)


@given(mutated_documents())
@examples(400)
def test_a_mutated_payload_has_an_outcome_for_every_item(document: Any) -> None:
    outcomes = list(parse_body(json.dumps(document).encode(), "acme"))
    assert all(map(has_one_outcome, outcomes))
    assert all(len(outcome.excerpt.encode().decode()) <= 200 for outcome in outcomes)
    check_types(outcomes)


@given(st.integers(0, len(EXPORT)), st.text(max_size=6))
@examples(200)
def test_a_mutated_export_has_an_outcome_for_every_line(offset: int, text: str) -> None:
    body = (EXPORT[:offset] + text + EXPORT[offset + len(text) :]).encode("utf-8", "surrogatepass")
    outcomes = list(parse_body(body, "acme"))
    assert outcomes and all(map(has_one_outcome, outcomes))
    check_types(outcomes)


@given(st.binary(max_size=60))
def test_any_bytes_have_one_outcome_each(body: bytes) -> None:
    assert all(map(has_one_outcome, parse_body(body, "acme")))
