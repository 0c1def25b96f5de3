"""The ledger at rest: any order of arrival ends the same, a read opens one bucket, writers never lose a row."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from smartinst.errors import LedgerError
from smartinst.facts import ATTEMPT_STATEMENTS, PLAN_STATEMENTS, STATEMENT_TABLES, Facts
from smartinst.hotmart.parsing.files import parse_body
from smartinst.ledger.ingest import Summary, ingest_outcomes
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.store import BUCKETS, MAX_FILES, Store, bucket_of
from smartinst.settings import Seller
from tests.support.hotmart_payloads import (
    ACME,
    NOW,
    cancellation,
    export,
    item,
    line,
    users,
    webhook,
    written,
)

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


def tell(ledger: Ledger, *documents: Any, seller: Seller = ACME) -> Summary:
    """Ingest documents as if each were a file."""
    bodies = (one if isinstance(one, bytes) else written(one).encode() for one in documents)
    told = (("file", one) for body in bodies for one in parse_body(body, seller.id))
    return ingest_outcomes(told, seller.id, ledger, NOW)


def rows(ledger: Ledger, seller: Seller = ACME) -> dict[str, pl.DataFrame]:
    return {t.name: Store(ledger.root, t).rows([seller.id]).sort(t.key) for t in STATEMENT_TABLES}


def frames(facts: Facts) -> list[pl.DataFrame]:
    return [
        facts.plans.collect().sort("plan_id"),
        facts.attempts.collect().sort("transaction"),
        facts.commissions.collect().sort("transaction", "commission_currency"),
    ]


@pytest.fixture(scope="module")
def told_in_order(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    ledger = Ledger(str(tmp_path_factory.mktemp("ordered")))
    tell(ledger, *STORY)
    return ledger


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_any_order_any_repetition_and_any_batches_end_in_the_same_ledger(
    data: st.DataObject, told_in_order: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    told = data.draw(
        st.permutations([*STORY, *data.draw(st.lists(st.sampled_from(STORY), max_size=6))])
    )
    cut = data.draw(st.integers(0, len(told)))
    ledger = Ledger(str(tmp_path_factory.mktemp("shuffled")))
    for part in (told[:cut], told[cut:]):
        tell(ledger, *part)
    for name, expected in rows(told_in_order).items():
        assert_frame_equal(rows(ledger)[name], expected)
    for got, expected in zip(
        frames(ledger.read(ACME)), frames(told_in_order.read(ACME)), strict=True
    ):
        assert_frame_equal(got, expected)


def test_told_again_everything_is_a_duplicate_and_nothing_changes(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    first, version = tell(ledger, *STORY), ledger.version()
    again = tell(ledger, *STORY)
    assert first.accepted + first.duplicates == again.duplicates and again.accepted == 0
    assert (again.read, again.quarantined, again.reasons) == (first.read, 1, {"not recognised": 1})
    assert ledger.version() == version


def test_an_item_twice_in_one_ingest_is_accepted_once(tmp_path: Path) -> None:
    told = tell(Ledger(str(tmp_path)), item(1), item(1), item(2))
    assert (told.accepted, told.duplicates) == (2, 1)


def test_what_is_older_than_what_is_known_is_a_duplicate(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    tell(ledger, item(1, updated="2026-03-01"))
    assert tell(ledger, item(1, updated="2026-02-01")).accepted == 0
    assert tell(ledger, item(1, updated="2026-04-01")).accepted == 1


def test_a_first_telling_counts_as_if_items_came_one_by_one(tmp_path: Path) -> None:
    told = tell(Ledger(str(tmp_path)), item(1, updated="2026-02-01"), item(1, updated="2026-03-01"))
    assert (told.accepted, told.duplicates) == (2, 0)


def test_every_write_that_changes_something_changes_the_version(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    versions = [ledger.version()]
    for document in (item(1), item(2), webhook("CLUB_FIRST_ACCESS", "", "2026-02-01"), {"odd": 1}):
        tell(ledger, document)
        versions.append(ledger.version())
    assert len({str(one) for one in versions}) == len(versions)


def test_the_buckets_of_sellers_never_move() -> None:
    assert {one: bucket_of(one) for one in ("acme", "nube", "loft")} == {
        "acme": 62,
        "nube": 37,
        "loft": 62,
    }
    assert {bucket_of(f"seller-{k}") for k in range(2000)} == set(range(BUCKETS))


def test_one_sellers_read_opens_only_the_files_of_its_bucket(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    sellers = [ACME.model_copy(update={"id": f"seller-{k}"}) for k in range(30)]
    for seller in sellers:
        tell(ledger, item(1), item(2), seller=seller)
    mine = bucket_of("seller-7")
    for file in tmp_path.glob("*/bucket=*/*.parquet"):
        if f"bucket={mine}" not in file.parts:
            file.write_bytes(b"not to be opened")
    assert ledger.read(sellers[7]).attempts.collect().height == 2


def test_sellers_of_one_bucket_stay_apart(tmp_path: Path) -> None:
    twin = next(f"s{k}" for k in range(10_000) if bucket_of(f"s{k}") == bucket_of("acme"))
    other = ACME.model_copy(update={"id": twin})
    ledger = Ledger(str(tmp_path))
    tell(ledger, item(1), item(2))
    tell(ledger, item(1, subscriber__name="Outra"), seller=other)
    assert ledger.read(other).plans.collect()["buyer"].to_list() == ["Outra"]
    assert ledger.read(ACME).attempts.collect().height == 2
    assert ledger.quarantine("acme").is_empty()


def test_a_bucket_of_many_files_becomes_one_sorted_file_without_what_was_replaced(
    tmp_path: Path,
) -> None:
    ledger = Ledger(str(tmp_path))
    start = NOW - timedelta(days=200)
    for night in range(MAX_FILES + 1):
        updated = (start + timedelta(days=night)).date().isoformat()
        tell(ledger, item(3, updated=updated), item(1, updated=updated), item(2, updated=updated))
    store = Store(ledger.root, ATTEMPT_STATEMENTS)
    live = pl.scan_delta(store.uri).collect()
    assert live["transaction"].to_list() == ["HP2000000101", "HP2000000102", "HP2000000103"]
    assert store.rows_by_bucket() == {bucket_of("acme"): 3}
    assert store.rows(["acme"])["observed_at"].unique().to_list() == [
        start.replace(hour=12) + timedelta(days=MAX_FILES)
    ]


def write_some(root: str, part: int) -> int:
    told = [item(1 + k % 5, plan=20000000 + part * 50 + k // 5) for k in range(100)]
    shared = [item(1, plan=10000000 + k, updated=f"2026-05-{part + 1:02d}") for k in range(20)]
    return tell(Ledger(root), told + shared).accepted


def test_writers_at_the_same_moment_lose_nothing(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write_some, [str(tmp_path)] * 4, range(4))) >= 400
    ledger = Ledger(str(tmp_path))
    known = Store(ledger.root, ATTEMPT_STATEMENTS).rows(["acme"])
    assert known.height == 420 and known.select(ATTEMPT_STATEMENTS.key).is_unique().all()
    shared = (
        known.filter(pl.col("plan_id").str.starts_with("1"))["observed_at"]
        .dt.day()
        .unique()
        .to_list()
    )
    assert shared == [4]  # whoever came last, the newest stays


def test_reading_all_sellers_is_reading_each(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    sellers = [ACME, BETA, ACME.model_copy(update={"id": "gamma", "timezone": "Asia/Tokyo"})]
    for seller in sellers:
        tell(ledger, *STORY, seller=seller)
    single = [frames(ledger.read(seller)) for seller in sellers]
    for together, *alone in zip(frames(ledger.read_all(sellers)), *single, strict=True):
        expected = pl.concat(alone)
        assert_frame_equal(together.sort(pl.all()), expected.sort(pl.all()))


def test_an_empty_ledger_reads_as_no_rows(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "none"))
    assert [frame.height for frame in frames(ledger.read(ACME))] == [0, 0, 0]
    assert [frame.height for frame in frames(ledger.read_all([]))] == [0, 0, 0]
    assert ledger.quarantine().is_empty() and set(ledger.version().values()) == {-1}
    assert ledger.data_quality(ACME).data_through_date is None


def test_a_ledger_that_cannot_be_read_says_which_table(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    tell(ledger, item(1))
    for log in (tmp_path / PLAN_STATEMENTS.name / "_delta_log").iterdir():
        log.write_text("nonsense")
    with pytest.raises(LedgerError, match="plan_statements"):
        ledger.read(ACME)


def test_an_empty_seller_list_of_a_batch_writes_nothing(tmp_path: Path) -> None:
    assert tell(Ledger(str(tmp_path))).read == 0
    assert list(tmp_path.iterdir()) == []


SECRETS = ("12345678909", "HOTTOK-SECRET", "Rua Secreta", "SECRET", "pay.example")


def test_nothing_private_is_ever_stored(tmp_path: Path) -> None:
    bad = webhook(
        "PURCHASE_APPROVED",
        "APPROVED",
        "2026-02-01",
        purchase__price={"value": -1, "currency_value": "EUR"},
    )
    strange = {
        "hottok": "HOTTOK-SECRET",
        "doc": "12345678909",
        "person": {"address": "Rua Secreta", "cpf": 12345678909},
    }
    documents = [{"type": "CPF", "value": "12345678909"}]
    broken = b'{"document": "12345678909", "address": "Rua Secreta"'
    ledger = Ledger(str(tmp_path))
    buyers = users(
        "HP9", documents=documents, address={"country": "Portugal", "address": "Rua Secreta"}
    )
    seen = webhook("BUYER_SMILED", "X", "2026-02-02")
    good = webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01")
    summary = tell(
        ledger,
        good,
        seen,
        bad,
        strange,
        documents,
        broken,
        buyers,
        export(line(1), line(2, amount="-1")),
    )
    assert (summary.accepted, summary.quarantined) == (4, 5)
    kept = [frame.write_json() for frame in rows(ledger).values()]
    for secret in SECRETS:
        assert not [text for text in kept if secret in text], secret
        assert not [
            file
            for file in tmp_path.rglob("*")
            if file.is_file() and secret.encode() in file.read_bytes()
        ]


def test_a_refused_row_is_kept_once_with_its_place_and_the_day_it_first_came(
    tmp_path: Path,
) -> None:
    ledger = Ledger(str(tmp_path))
    for _ in range(2):
        tell(ledger, [item(1), item(2, purchase__price={"value": -1, "currency": "EUR"})])
    (row,) = ledger.quarantine("acme").to_dicts()
    assert (row["source"], row["position"]) == ("file", "item 2")
    assert (row["reason"], row["received_at"]) == ("purchase.price.value: negative amount", NOW)
    assert re.search(r'"subscription_id":20000001', row["excerpt"])


def test_a_shuffled_story_of_one_batch_equals_a_batch_an_item(tmp_path: Path) -> None:
    told = [one for one in STORY if isinstance(one, dict)]
    random.Random(3).shuffle(told)
    one_by_one, at_once = Ledger(str(tmp_path / "a")), Ledger(str(tmp_path / "b"))
    parts = [tell(one_by_one, one) for one in told]
    whole = tell(at_once, *told)
    assert sum(part.accepted for part in parts) == whole.accepted


def test_a_ledger_lies_under_any_folder_name(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "Área de trabalho 100% é aqui"))
    ingest_outcomes(
        [("page.json", told) for told in parse_body(written(item(1)).encode(), ACME.id)],
        ACME.id,
        ledger,
        NOW,
    )
    assert ledger.read(ACME).plans.collect().height == 1
