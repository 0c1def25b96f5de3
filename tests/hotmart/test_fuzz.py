"""Anything may come: real payloads with members replaced, moved or cut never raise, and each item has one outcome."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from smartinst.facts import STATEMENT_TABLES
from smartinst.hotmart.parsing.files import parse_body
from smartinst.hotmart.parsing.outcome import ItemOutcome
from smartinst.ledger.ledger import Batch
from tests.support.hotmart_payloads import SAMPLES, cancellation, export, item, line, users, webhook

DOCUMENTS: list[Any] = [
    item(3, "DELAYED", recurrency__number_list="3, 4"),
    webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01"),
    cancellation("2026-03-01"),
    users("HP1"),
    *(json.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.json"))),
]
EXPORT = export(line(1), line(2)).decode("utf-8-sig")

odd = st.one_of(
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


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [path, *(one for key, value in members for one in places(value, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    if isinstance(document, dict):
        return {k: replaced(v, path[1:], value) if k == path[0] else v for k, v in document.items()}
    return [replaced(v, path[1:], value) if k == path[0] else v for k, v in enumerate(document)]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    document = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 3))):
        document = replaced(document, draw(st.sampled_from(places(document))), draw(odd))
    return document


def has_one_outcome(told: ItemOutcome) -> bool:
    return [
        told.statements is not None,
        told.ignore_reason is not None,
        told.refusal_reason is not None,
    ].count(True) == 1


def stored(told: list[ItemOutcome]) -> None:
    """What is accepted has the types of its tables."""
    batch = Batch()
    for at, one in enumerate(told):
        if one.statements:
            batch.add(at, one.statements)
    for table in STATEMENT_TABLES:
        batch.frame(table)


@given(mutated())
@settings(max_examples=400, deadline=None)
def test_a_mutated_payload_has_an_outcome_for_every_item(document: Any) -> None:
    told = list(parse_body(json.dumps(document).encode(), "acme"))
    assert all(map(has_one_outcome, told))
    assert all(len(one.excerpt) <= 200 and one.excerpt.encode() is not None for one in told)
    stored(told)


@given(st.integers(0, len(EXPORT)), st.text(max_size=6))
@settings(max_examples=200, deadline=None)
def test_an_export_with_a_piece_replaced_has_an_outcome_for_every_line(at: int, piece: str) -> None:
    body = (EXPORT[:at] + piece + EXPORT[at + len(piece) :]).encode("utf-8", "surrogatepass")
    told = list(parse_body(body, "acme"))
    assert told and all(map(has_one_outcome, told))
    stored(told)


@given(st.binary(max_size=60))
def test_any_bytes_have_an_outcome(body: bytes) -> None:
    assert all(map(has_one_outcome, parse_body(body, "acme")))
