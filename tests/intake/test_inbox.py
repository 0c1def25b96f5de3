"""A stored event parses like the original, and an interrupted fold is repeated without effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import write_deltalake
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
from smartinst.intake import fold as folding
from smartinst.intake.fold import (
    backlog,
    fold,
    fold_batch,
    fold_while,
    prune,
    unfold,
)
from smartinst.intake.inbox import CONFLICT_REASON, StoreResult, store_entries
from smartinst.intake.quarantine_retry import retry_quarantined
from smartinst.intake.webhook_receiver import inbox_entry
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.store import bucket_of
from smartinst.settings import Limits
from smartinst.statements import QUARANTINE
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
    kept, duplicate = StoreResult.KEPT, StoreResult.DUPLICATE
    assert store_entries(engine, [(first, NOW), (second, NOW)]) == [kept, duplicate]
    assert store_entries(engine, [(second, NOW)]) == [duplicate]
    with engine.connect() as connection:
        assert [row.body for row in connection.execute(INBOX.select())] == [first.body]


def priced(value: float) -> dict[str, Any]:
    """The same event, with another price."""
    event = webhook("PURCHASE_APPROVED", "APPROVED", "2026-06-01")
    event["data"]["purchase"]["price"]["value"] = value
    return {**event, "id": "same-id"}


def test_another_content_under_a_known_id_is_kept_and_quarantined(
    engine: Engine, tmp_path: Path
) -> None:
    first, second, third = (
        inbox_entry(json.dumps(priced(value)).encode(), "acme") for value in (10, 20, 30)
    )
    kept, conflict = StoreResult.KEPT, StoreResult.CONFLICT
    assert store_entries(engine, [(first, NOW), (second, NOW)]) == [kept, conflict]
    assert store_entries(engine, [(second, NOW), (third, NOW)]) == [conflict, conflict]
    ledger = Ledger(str(tmp_path / "folded"))
    summary = fold(engine, ledger, now)
    assert (summary.accepted, dict(summary.reasons)) == (1, {CONFLICT_REASON: 2})
    with engine.connect() as connection:
        bodies = [row.body for row in connection.execute(INBOX.select().order_by(INBOX.c.id))]
    assert bodies == [first.body, second.body, third.body]
    assert retry_quarantined(engine, ledger, now).resolved == 0
    assert retry_quarantined(engine, ledger, now, reason=CONFLICT_REASON).resolved == 2
    assert ledger.quarantine().is_empty()


def test_a_member_order_does_not_make_another_content(engine: Engine) -> None:
    event = priced(10)
    entries = [
        inbox_entry(json.dumps(members).encode(), "acme")
        for members in (event, event | {"data": dict(reversed(event["data"].items()))})
    ]
    assert entries[0].body != entries[1].body
    assert store_entries(engine, [(entry, NOW) for entry in entries]) == [
        StoreResult.KEPT,
        StoreResult.DUPLICATE,
    ]


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
    assert prune(engine, ledger, NOW + timedelta(days=90), 90) == 0
    assert prune(engine, ledger, NOW + timedelta(days=90, seconds=1), 90, rows_at_once=2) == 5
    assert event_ids(engine) == [event["id"] for event in payloads[5:]]
    assert prune(engine, ledger, NOW + timedelta(days=500), 90) == 3
    assert event_ids(engine) == [event["id"] for event in payloads[8:]]


def test_an_event_that_is_sent_again_after_pruning_changes_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    payloads, ledger = events(9), Ledger(str(tmp_path / "folded"))
    store(engine, payloads)
    fold(engine, ledger, now)
    assert prune(engine, ledger, NOW + timedelta(days=91), 90) == 9
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
    monkeypatch.setattr(folding, "parse_stored_envelope", broken)
    summary = fold_batch(engine, ledger, now)
    assert summary is not None
    assert (summary.accepted, dict(summary.reasons)) == (2, {"cannot be read: KeyError": 1})
    engine.dispose()


# --- retries of quarantined events ----------------------------------------------------------------


def test_events_refused_under_a_wrong_clock_pass_when_they_are_retried(
    engine: Engine, tmp_path: Path
) -> None:
    payloads, ledger = events(12), Ledger(str(tmp_path / "folded"))
    years_ago = NOW - timedelta(days=3650)
    entries = [(inbox_entry(json.dumps(event).encode(), "acme"), years_ago) for event in payloads]
    store_entries(engine, entries)
    assert fold(engine, ledger, lambda: years_ago).quarantined == 12
    assert retry_quarantined(engine, ledger, lambda: years_ago).resolved == 0
    assert retry_quarantined(engine, ledger, now, seller_id="nube").matched == 0
    assert retry_quarantined(engine, ledger, now, reason="no such reason").matched == 0
    result = retry_quarantined(engine, ledger, now, "acme", "in the future")
    assert (result.matched, result.resolved, result.without_event) == (12, 12, 0)
    assert result.summary.accepted == 12
    assert ledger.quarantine().is_empty()
    assert_same_as_ingested(tmp_path, payloads, tmp_path / "folded")
    unfold(engine)  # refused once more, with its old time of receipt
    fold(engine, ledger, now)
    assert ledger.quarantine().is_empty()


def test_events_that_an_older_parser_refused_are_kept_and_pass_after_an_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(_text: str, _seller_id: str) -> Any:
        raise KeyError("Rita")

    engine, ledger = connect(f"sqlite:///{tmp_path / 'state.db'}"), Ledger(str(tmp_path / "folded"))
    payloads = events(5)
    store(engine, payloads)
    with monkeypatch.context() as patch:
        patch.setattr(folding, "parse_stored_envelope", older)
        fold(engine, ledger, now)
        store(engine, [{**events(6)[5], "id": "accepted-later"}])
        assert retry_quarantined(engine, ledger, now).resolved == 0
    fold(engine, ledger, now)
    years_later = NOW + timedelta(days=3650)
    assert prune(engine, ledger, years_later, 90, rows_at_once=2) == 1
    assert event_ids(engine) == [event["id"] for event in payloads]
    assert retry_quarantined(engine, ledger, now).resolved == 5
    assert ledger.quarantine().is_empty()
    assert prune(engine, ledger, years_later, 90) == 5
    engine.dispose()


def test_a_row_without_an_event_stays_in_quarantine(engine: Engine, tmp_path: Path) -> None:
    store_entries(engine, [(inbox_entry(b"{", "acme"), NOW)])
    ledger = Ledger(str(tmp_path / "folded"))
    fold(engine, ledger, now)
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    ingest([tmp_path / "broken.json"], ACME, ledger, NOW, Limits())
    result = retry_quarantined(engine, ledger, now)
    assert (result.matched, result.without_event, result.resolved) == (2, 2, 0)
    assert ledger.quarantine().height == 2


def test_a_ledger_from_before_retries_has_only_open_rows(tmp_path: Path) -> None:
    columns = {name: dtype for name, dtype in QUARANTINE.columns.items() if name != "resolved_at"}
    older = replace(QUARANTINE, columns=columns)
    row = dict.fromkeys(QUARANTINE.key, "x") | {"seller_id": "acme", "received_at": NOW}
    frame = older.frame([row]).with_columns(pl.lit(bucket_of("acme"), pl.Int32).alias("bucket"))
    folder = str(tmp_path / "ledger" / "quarantine")
    write_deltalake(folder, frame, partition_by=["bucket"])
    ledger = Ledger(str(tmp_path / "ledger"))
    assert ledger.quarantine().height == 1
    ledger.resolve_quarantined(ledger.quarantine().to_dicts(), NOW)
    assert ledger.quarantine().is_empty()
