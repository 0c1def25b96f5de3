"""The ledger's tables: any order of arrival, one bucket a read, no lost row."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from smartinst.errors import LedgerError
from smartinst.hotmart.parsing.files import parse_body
from smartinst.ledger.ingest import ingest_outcomes
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.store import BUCKETS, MAX_FILES, Store, bucket_of
from smartinst.settings import Seller
from smartinst.statements import ATTEMPT_STATEMENTS, PLAN_STATEMENTS, STATEMENT_TABLES
from tests.support.examples import examples
from tests.support.hotmart_payloads import (
    ACME,
    NOW,
    cancellation,
    export,
    item,
    json_text,
    line,
    users,
    webhook,
)
from tests.support.ingested import frames, ingest_documents

BETA = ACME.model_copy(update={"id": "beta"})
STORY: list[Any] = [
    item(1),
    item(2, "DELAYED", updated="2026-02-16"),
    item(2, "APPROVED", updated="2026-02-20", approved="2026-02-19"),
    item(2, "PROTESTED", updated="2026-02-25", approved="2026-02-19"),
    item(2, "REFUNDED", updated="2026-03-01", approved="2026-02-19"),
    item(1, updated="2026-03-02", cancellation_date=1772366400000),
    item(1, updated="2026-03-03"),
    item(1, updated="2026-03-03", subscriber__name="Rita Outra"),
    webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-19"),
    webhook("PURCHASE_PROTEST", "DISPUTE", "2026-02-25", 2),
    webhook("PURCHASE_DELAYED", "DELAYED", "2026-03-15", 3),
    webhook("PURCHASE_APPROVED", "APPROVED", "2026-03-18", 3),
    webhook("PURCHASE_APPROVED", "APPROVED", "2026-03-18", 1, 20000002),
    cancellation("2026-03-02"),
    users("HP2000000101"),
    users("HP2000000101", "Espanha"),
    export(line(1), line(4, "Atrasado"), line(1, code="CODE3")),
    {"odd": 1},
]


def rows(ledger: Ledger, seller: Seller = ACME) -> dict[str, pl.DataFrame]:
    return {t.name: Store(ledger.root, t).rows([seller.id]).sort(t.key) for t in STATEMENT_TABLES}


@pytest.fixture(scope="module")
def ordered_ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger(str(tmp_path_factory.mktemp("ordered")))
    ingest_documents(ledger, *STORY)
    return ledger


@given(data=st.data())
@examples(15)
def test_order_repetition_and_batches_do_not_change_the_ledger(
    data: st.DataObject, ordered_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    documents = data.draw(
        st.permutations([*STORY, *data.draw(st.lists(st.sampled_from(STORY), max_size=6))])
    )
    cut = data.draw(st.integers(0, len(documents)))
    ledger = Ledger(str(tmp_path_factory.mktemp("shuffled")))
    for part in (documents[:cut], documents[cut:]):
        ingest_documents(ledger, *part)
    for name, expected_rows in rows(ordered_ledger).items():
        assert_frame_equal(rows(ledger)[name], expected_rows)
    for frame, expected_frame in zip(
        frames(ledger.read(ACME)), frames(ordered_ledger.read(ACME)), strict=True
    ):
        assert_frame_equal(frame, expected_frame)


def test_an_ingest_of_the_same_documents_finds_duplicates_only(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    summary, version = ingest_documents(ledger, *STORY), ledger.version()
    second = ingest_documents(ledger, *STORY)
    assert summary.accepted + summary.duplicates == second.duplicates and second.accepted == 0
    assert (second.read, second.quarantined, second.reasons) == (
        summary.read,
        1,
        {"not recognised": 1},
    )
    assert ledger.version() == version


def test_an_item_twice_in_one_ingest_is_accepted_once(tmp_path: Path) -> None:
    summary = ingest_documents(Ledger(str(tmp_path)), item(1), item(1), item(2))
    assert (summary.accepted, summary.duplicates) == (2, 1)


def test_an_item_older_than_the_stored_one_is_a_duplicate(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    ingest_documents(ledger, item(1, updated="2026-03-01"))
    assert ingest_documents(ledger, item(1, updated="2026-02-01")).accepted == 0
    assert ingest_documents(ledger, item(1, updated="2026-04-01")).accepted == 1


def test_items_of_one_ingest_count_as_if_each_were_ingested_alone(tmp_path: Path) -> None:
    summary = ingest_documents(
        Ledger(str(tmp_path)), item(1, updated="2026-02-01"), item(1, updated="2026-03-01")
    )
    assert (summary.accepted, summary.duplicates) == (2, 0)


def test_every_write_that_changes_something_changes_the_version(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    versions = [ledger.version()]
    for document in (item(1), item(2), webhook("CLUB_FIRST_ACCESS", "", "2026-02-01"), {"odd": 1}):
        ingest_documents(ledger, document)
        versions.append(ledger.version())
    assert len({str(version) for version in versions}) == len(versions)


def test_the_bucket_of_a_seller_never_changes() -> None:
    assert {seller_id: bucket_of(seller_id) for seller_id in ("acme", "nube", "loft")} == {
        "acme": 62,
        "nube": 37,
        "loft": 62,
    }
    assert {bucket_of(f"seller-{k}") for k in range(2000)} == set(range(BUCKETS))


def test_a_read_of_one_seller_opens_only_files_of_its_bucket(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    sellers = [ACME.model_copy(update={"id": f"seller-{k}"}) for k in range(30)]
    for seller in sellers:
        ingest_documents(ledger, item(1), item(2), seller=seller)
    bucket = bucket_of("seller-7")
    for file in tmp_path.glob("*/bucket=*/*.parquet"):
        if f"bucket={bucket}" not in file.parts:
            file.write_bytes(b"not to be opened")
    assert ledger.read(sellers[7]).attempts.collect().height == 2


def test_sellers_of_one_bucket_are_not_mixed(tmp_path: Path) -> None:
    twin_id = next(f"s{k}" for k in range(10_000) if bucket_of(f"s{k}") == bucket_of("acme"))
    twin = ACME.model_copy(update={"id": twin_id})
    ledger = Ledger(str(tmp_path))
    ingest_documents(ledger, item(1), item(2))
    ingest_documents(ledger, item(1, subscriber__name="Outra"), seller=twin)
    assert ledger.read(twin).plans.collect()["buyer"].to_list() == ["Outra"]
    assert ledger.read(ACME).attempts.collect().height == 2
    assert ledger.quarantine("acme").is_empty()


def test_a_bucket_of_many_files_becomes_one_sorted_file_without_replaced_rows(
    tmp_path: Path,
) -> None:
    ledger = Ledger(str(tmp_path))
    start = NOW - timedelta(days=200)
    for night in range(MAX_FILES + 1):
        updated = (start + timedelta(days=night)).date().isoformat()
        ingest_documents(
            ledger, item(3, updated=updated), item(1, updated=updated), item(2, updated=updated)
        )
    store = Store(ledger.root, ATTEMPT_STATEMENTS)
    live = pl.scan_delta(store.uri).collect()
    assert live["transaction"].to_list() == ["HP2000000101", "HP2000000102", "HP2000000103"]
    assert store.rows_by_bucket() == {bucket_of("acme"): 3}
    assert store.rows(["acme"])["observed_at"].unique().to_list() == [
        start.replace(hour=12) + timedelta(days=MAX_FILES)
    ]


def write_part(root: str, part: int) -> int:
    own_items = [item(1 + k % 5, plan=20000000 + part * 50 + k // 5) for k in range(100)]
    common_items = [
        item(1, plan=10000000 + k, updated=f"2026-05-{part + 1:02d}") for k in range(20)
    ]
    return ingest_documents(Ledger(root), own_items + common_items).accepted


def test_concurrent_writers_lose_no_row(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write_part, [str(tmp_path)] * 4, range(4))) >= 400
    ledger = Ledger(str(tmp_path))
    stored_rows = Store(ledger.root, ATTEMPT_STATEMENTS).rows(["acme"])
    assert (
        stored_rows.height == 420 and stored_rows.select(ATTEMPT_STATEMENTS.key).is_unique().all()
    )
    days = (
        stored_rows.filter(pl.col("plan_id").str.starts_with("1"))["observed_at"]
        .dt.day()
        .unique()
        .to_list()
    )
    assert days == [4]  # the newest, whichever was written last


def test_the_facts_of_all_sellers_are_those_of_each(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    sellers = [ACME, BETA, ACME.model_copy(update={"id": "gamma", "timezone": "Asia/Tokyo"})]
    for seller in sellers:
        ingest_documents(ledger, *STORY, seller=seller)
    single = [frames(ledger.read(seller)) for seller in sellers]
    partitions = map(frames, ledger.partitions(sellers))
    for combined, parts in zip(
        zip(*partitions, strict=True), zip(*single, strict=True), strict=True
    ):
        assert_frame_equal(pl.concat(combined).sort(pl.all()), pl.concat(parts).sort(pl.all()))


def test_an_empty_ledger_has_no_rows(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "none"))
    assert [frame.height for frame in frames(ledger.read(ACME))] == [0, 0, 0]
    assert list(ledger.partitions([])) == []
    assert ledger.quarantine().is_empty() and set(ledger.version().values()) == {-1}
    assert ledger.data_quality(ACME).data_through_date is None


def test_the_error_of_an_unreadable_ledger_names_the_table(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    ingest_documents(ledger, item(1))
    for log in (tmp_path / PLAN_STATEMENTS.name / "_delta_log").iterdir():
        log.write_text("nonsense")
    with pytest.raises(LedgerError, match="plan_statements"):
        ledger.read(ACME)


def test_an_ingest_of_nothing_writes_nothing(tmp_path: Path) -> None:
    assert ingest_documents(Ledger(str(tmp_path))).read == 0
    assert list(tmp_path.iterdir()) == []


SECRETS = ("12345678909", "HOTTOK-SECRET", "Rua Secreta", "SECRET", "pay.example")


def test_personal_documents_and_secrets_are_never_stored(tmp_path: Path) -> None:
    invalid = webhook(
        "PURCHASE_APPROVED",
        "APPROVED",
        "2026-02-01",
        purchase__price={"value": -1, "currency_value": "EUR"},
    )
    unrecognised = {
        "hottok": "HOTTOK-SECRET",
        "doc": "12345678909",
        "person": {"address": "Rua Secreta", "cpf": 12345678909},
    }
    documents = [{"type": "CPF", "value": "12345678909"}]
    truncated = b'{"document": "12345678909", "address": "Rua Secreta"'
    ledger = Ledger(str(tmp_path))
    buyers = users(
        "HP9", documents=documents, address={"country": "Portugal", "address": "Rua Secreta"}
    )
    unknown_event = webhook("BUYER_SMILED", "X", "2026-02-02")
    valid = webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")
    summary = ingest_documents(
        ledger,
        valid,
        unknown_event,
        invalid,
        unrecognised,
        documents,
        truncated,
        buyers,
        export(line(1), line(2, amount="-1")),
    )
    assert (summary.accepted, summary.quarantined) == (4, 5)
    texts = [frame.write_json() for frame in rows(ledger).values()]
    for secret in SECRETS:
        assert not [text for text in texts if secret in text], secret
        assert not [
            file
            for file in tmp_path.rglob("*")
            if file.is_file() and secret.encode() in file.read_bytes()
        ]


def test_a_refused_row_is_stored_once_with_its_place_and_first_day(
    tmp_path: Path,
) -> None:
    ledger = Ledger(str(tmp_path))
    for _ in range(2):
        ingest_documents(
            ledger, [item(1), item(2, purchase__price={"value": -1, "currency": "EUR"})]
        )
    (row,) = ledger.quarantine("acme").to_dicts()
    assert (row["source"], row["position"]) == ("file", "item 2")
    assert (row["reason"], row["received_at"]) == ("purchase.price.value: negative amount", NOW)
    assert re.search(r'"subscription_id":20000001', row["excerpt"])


def test_one_batch_accepts_as_many_items_as_a_batch_an_item(tmp_path: Path) -> None:
    documents = [document for document in STORY if isinstance(document, dict)]
    random.Random(3).shuffle(documents)
    item_ledger, batch_ledger = Ledger(str(tmp_path / "a")), Ledger(str(tmp_path / "b"))
    summaries = [ingest_documents(item_ledger, document) for document in documents]
    batch = ingest_documents(batch_ledger, *documents)
    assert sum(summary.accepted for summary in summaries) == batch.accepted


def test_a_table_without_the_newest_columns_is_read_and_written_on(tmp_path: Path) -> None:
    newest = ("unknown_status", "total_minor", "is_rounded")
    columns = {
        name: kind for name, kind in ATTEMPT_STATEMENTS.columns.items() if name not in newest
    }
    row: dict[str, object] = {
        "seller_id": "acme",
        "commission_currency": "",
        "source": "webhook",
        "state": "paid",
    }
    before, after = ({**row, "transaction": code} for code in ("HP1", "HP2"))
    old = Store(str(tmp_path), replace(ATTEMPT_STATEMENTS, columns=columns))
    old.write(old.table.frame([before]).with_columns(_item=pl.lit(0, pl.Int64)))
    store = Store(str(tmp_path), ATTEMPT_STATEMENTS)
    assert store.rows().rows(named=True) == [dict.fromkeys(store.table.columns) | before]

    newer = store.table.frame([{**after, "total_minor": 500}])
    store.write(newer.with_columns(_item=pl.lit(0, pl.Int64)))
    assert store.rows().sort("transaction")["total_minor"].to_list() == [None, 500]


def test_a_ledger_works_in_a_folder_of_any_name(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "Área de trabalho 100% é aqui"))
    ingest_outcomes(
        [("page.json", outcome) for outcome in parse_body(json_text(item(1)).encode(), ACME.id)],
        ACME.id,
        ledger,
        NOW,
    )
    assert ledger.read(ACME).plans.collect().height == 1
