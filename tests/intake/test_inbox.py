"""A stored event parses like the original, and an interrupted fold is repeated without effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sqlalchemy import Engine, select, update

from smartinst.database.engine import connect
from smartinst.database.schema import INBOX
from smartinst.hotmart.parsing.documents import parse_item
from smartinst.hotmart.parsing.envelopes import (
    POSITION,
    parse_envelope,
    parse_stored_envelope,
    redact_envelope,
)
from smartinst.hotmart.values.fields import DECODER
from smartinst.hotmart.values.redaction import redact
from smartinst.intake import inbox
from smartinst.intake.inbox import (
    backlog,
    fold,
    fold_batch,
    fold_while,
    prune,
    store_entries,
    unfold,
)
from smartinst.intake.webhook_receiver import inbox_entry
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Limits
from tests.support.hotmart_payloads import ACME, NOW, SAMPLES, webhook
from tests.support.receiver import events, statements

ENVELOPES = sorted(SAMPLES.glob("webhook-2.0.0_*.json")) + sorted(
    SAMPLES.glob("webhook-tester_*.json")
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)
PATHS = (
    "buyer",
    "buyer.address",
    "purchase.payment",
    "purchase.price.value",
    "product.name",
    "commissions",
    "anything",
)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = connect(database)
    yield engine
    engine.dispose()


def store(engine: Engine, payloads: list[dict[str, Any]], seller_id: str = "acme") -> None:
    store_entries(
        engine, [(inbox_entry(json.dumps(event).encode(), seller_id), NOW) for event in payloads]
    )


def changes_at(path: str, value: object) -> dict[str, Any]:
    return {path.replace(".", "__"): value}


def now() -> datetime:
    return NOW


def assert_same_as_ingested(place: Path, payloads: list[dict[str, Any]], ledger: Path) -> None:
    (place / "events.jsonl").write_text("\n".join(map(json.dumps, payloads)), encoding="utf-8")
    ingest([place / "events.jsonl"], ACME, Ledger(str(place / "ingested")), NOW, Limits())
    for name, frame in statements(place / "ingested").items():
        assert_frame_equal(statements(ledger)[name], frame)


# --- stored events --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ENVELOPES, ids=lambda path: path.stem)
def test_a_stored_sample_parses_the_same_and_contains_nothing_private(path: Path) -> None:
    envelope = parse_envelope(path.read_bytes())
    text = redact_envelope(envelope)
    assert parse_stored_envelope(text, "acme") == parse_item(envelope, "acme", POSITION)
    assert not [
        word
        for word in ('"document', "hottok", "zipcode", "neighborhood", "pix_code", "_url")
        if word in text
    ]


@given(path=st.sampled_from(PATHS), value=JSON)
def test_any_value_at_any_path_parses_the_same_from_the_stored_event(
    path: str, value: object
) -> None:
    event = webhook("PURCHASE_APPROVED", "APPROVED", "2026-06-01", **changes_at(path, value))
    envelope = DECODER.decode(json.dumps(event))
    original, stored_event = (
        parse_item(envelope, "acme", POSITION),
        parse_stored_envelope(redact_envelope(envelope), "acme"),
    )
    assert stored_event.statements == original.statements
    assert stored_event.refusal_reason == original.refusal_reason


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        ("HP3000020101", True),
        ("Lote 4000201 de maio", True),
        ("00020101021226880014br.gov.bcb.pix2566", False),
        ("pay with 00020126580014BR.GOV.BCB.PIX0136", False),
        ("34191.79001 01043.510047 91020.150008 7 90250026000", False),
        ("1" * 43, True),
    ],
)
def test_payment_codes_are_removed_and_similar_ids_stay(text: str, is_safe: bool) -> None:
    assert (text in redact_envelope({"data": {"note": [text]}})) is is_safe
    assert redact({"note": [text]}) == {"note": [text if is_safe else "…"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 203.0.113.77", "from …"),
        ("2001:db8:0:1::77", "…"),
        ("cpf 529.982.247-25, rita@example.com", "cpf …, …"),
        ("2026-07-25T00:00:00.000Z", "2026-07-25T00:00:00.000Z"),
        ("version 2.0.0", "version 2.0.0"),
    ],
)
def test_texts_of_events_name_no_person(text: str, expected: str) -> None:
    assert redact({"note": text, "remote_addr": text}) == {"note": expected}


def test_amounts_keep_their_digits() -> None:
    text = '{"value":0.1000000000000000055,"large":1e400,"whole":12345678901234567890}'
    assert redact_envelope(DECODER.decode(text)) == text


# --- the inbox ------------------------------------------------------------------------------------


def test_of_two_events_with_one_id_the_first_is_stored(engine: Engine) -> None:
    first, second = (
        inbox_entry(json.dumps({**events(1)[0], "n": n}).encode(), "acme") for n in (1, 2)
    )
    assert store_entries(engine, [(first, NOW), (second, NOW)]) == {("acme", "event-000000")}
    assert store_entries(engine, [(second, NOW)]) == set()
    with engine.connect() as connection:
        assert [row.body for row in connection.execute(INBOX.select())] == [first.body]


def test_the_backlog_is_the_number_and_age_of_unfolded_events(engine: Engine) -> None:
    assert backlog(engine, NOW) == (0, 0.0)
    store(engine, events(3))
    assert backlog(engine, datetime(2026, 11, 2, 0, 1, tzinfo=UTC)) == (3, 60.0)


# --- the fold -------------------------------------------------------------------------------------


def event_ids(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(INBOX.c.event_id).order_by(INBOX.c.id)).scalars())


def test_pruning_deletes_old_folded_events_and_no_unfolded_ones(
    engine: Engine, tmp_path: Path
) -> None:
    payloads, ledger = events(12), Ledger(str(tmp_path / "folded"))
    store(engine, payloads[:5])
    fold(engine, ledger, now)
    store(engine, payloads[5:8])
    fold(engine, ledger, lambda: NOW + timedelta(days=1))
    store(engine, payloads[8:])
    assert prune(engine, NOW + timedelta(days=90), 90) == 0
    assert prune(engine, NOW + timedelta(days=90, seconds=1), 90, rows_at_once=2) == 5
    assert event_ids(engine) == [event["id"] for event in payloads[5:]]
    assert prune(engine, NOW + timedelta(days=500), 90) == 3
    assert event_ids(engine) == [event["id"] for event in payloads[8:]]


def test_an_event_that_is_sent_again_after_pruning_changes_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    payloads, ledger = events(9), Ledger(str(tmp_path / "folded"))
    store(engine, payloads)
    fold(engine, ledger, now)
    assert prune(engine, NOW + timedelta(days=91), 90) == 9
    store(engine, payloads)
    assert fold(engine, ledger, now).accepted == 0
    assert_same_as_ingested(tmp_path, payloads, tmp_path / "folded")


def test_a_lost_ledger_is_folded_again_from_the_inbox(engine: Engine, tmp_path: Path) -> None:
    payloads = events(30)
    store(engine, payloads)
    fold(engine, Ledger(str(tmp_path / "lost")), now)
    unfold(engine)
    fold(engine, Ledger(str(tmp_path / "folded")), now)
    assert_same_as_ingested(tmp_path, payloads, tmp_path / "folded")


def test_the_inbox_is_pruned_while_folding(engine: Engine, tmp_path: Path) -> None:
    store(engine, events(3))
    turns = iter([True, True, False])
    later = iter([NOW, *[NOW + timedelta(days=91)] * 9])
    fold_while(
        engine, Ledger(str(tmp_path / "folded")), lambda: next(later), lambda _: next(turns), 90
    )
    assert event_ids(engine) == []


def test_folding_in_batches_gives_the_ledger_of_an_ingest(engine: Engine, tmp_path: Path) -> None:
    payloads = events(90)
    store(engine, payloads)
    summary = fold(engine, Ledger(str(tmp_path / "folded")), now, rows_at_once=40)
    assert (summary.read, summary.accepted) == (90, 90)
    assert backlog(engine, NOW) == (0, 0.0)
    assert_same_as_ingested(tmp_path, payloads, tmp_path / "folded")


def test_a_fold_interrupted_before_its_mark_is_repeated_without_effect(
    engine: Engine, tmp_path: Path
) -> None:
    payloads, ledger = events(30), Ledger(str(tmp_path / "folded"))
    store(engine, payloads)
    fold(engine, ledger, now)
    with engine.begin() as connection:
        connection.execute(update(INBOX).values(folded_ms=None))
    summary = fold(engine, ledger, now)
    assert (summary.accepted, summary.duplicates) == (0, 30)
    assert_same_as_ingested(tmp_path, payloads, tmp_path / "folded")


def test_a_batch_with_events_of_several_sellers_is_one_commit(tmp_path: Path) -> None:
    engine, ledger = connect(f"sqlite:///{tmp_path / 'state.db'}"), Ledger(str(tmp_path / "folded"))
    for seller_id in ("acme", "nube", "loft"):
        store(engine, events(7), seller_id)
    fold(engine, ledger, now)
    assert ledger.version() == {
        "plan_statements": 1,
        "attempt_statements": 1,
        "events": 1,
        "quarantine": -1,
    }
    frames = statements(tmp_path / "folded", ("acme", "nube", "loft"))
    assert {name: frame["seller_id"].n_unique() for name, frame in frames.items()} == dict.fromkeys(
        frames, 3
    )
    engine.dispose()


def test_an_event_that_breaks_a_parser_is_quarantined_and_the_others_are_folded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str, seller_id: str) -> Any:
        if "event-000001" in text:
            raise KeyError("Rita")
        return parse_stored_envelope(text, seller_id)

    engine, ledger = connect(f"sqlite:///{tmp_path / 'state.db'}"), Ledger(str(tmp_path / "folded"))
    store(engine, events(3))
    monkeypatch.setattr(inbox, "parse_stored_envelope", broken)
    summary = fold_batch(engine, ledger, now)
    assert summary is not None
    assert (summary.accepted, dict(summary.reasons)) == (2, {"cannot be read: KeyError": 1})
    engine.dispose()
