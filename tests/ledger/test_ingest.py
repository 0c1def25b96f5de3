"""Ingest: every item counted once, wrong ones set aside with their place, and the rest goes on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smartinst.ledger.ingest import Summary, ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Limits
from tests.ledger.test_store import tell
from tests.support.hotmart_payloads import (
    ACME,
    NOW,
    SAMPLES,
    cancellation,
    envelope,
    export,
    item,
    line,
    ms,
    users,
    webhook,
    written,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    (made / "sub").mkdir(parents=True)
    (made / "page.json").write_text(
        written({"items": [item(1), item(1), item(2), item(3, billing_type="SUBSCRIPTION")]})
    )
    (made / "sub" / "bad.json").write_text(written([item(4, recurrency__number=9), item(4)]))
    (made / "lines.jsonl").write_text(
        "\n".join([written(users("HP2000000101")), "{broken", written(item(5))])
    )
    (made / "export.csv").write_bytes(export(line(1), line(2, billing="Recorrência")))
    (made / "event.json").write_text(
        written(webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01"))
    )
    (made / "empty.json").write_bytes(b"")
    return made


def test_the_summary_counts_every_item_once(folder: Path, tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "ledger"))
    told = ingest([folder], ACME, ledger, NOW, Limits())
    assert told.document() == {
        "read": 13,
        "accepted": 7,
        "duplicates": 1,
        "ignored": 2,
        "quarantined": 3,
        "reasons": {
            "empty file": 1,
            "not recognised: not JSON": 1,
            "recurrency.number: outside 1 to 5": 1,
        },
    }
    assert told.ignored_reasons == {"billing type SUBSCRIPTION": 1, "billing type Recorrência": 1}
    assert told.unreadable == 1
    again = ingest([folder], ACME, ledger, NOW, Limits())
    assert again.document() == {**told.document(), "accepted": 0, "duplicates": 8}


def test_the_quarantine_names_the_place_and_no_path_of_the_machine(
    folder: Path, tmp_path: Path
) -> None:
    ledger = Ledger(str(tmp_path / "ledger"))
    ingest([folder], ACME, ledger, NOW, Limits())
    places = ledger.quarantine("acme").select("source", "position").sort("source").rows()
    assert places == [("empty.json", "file"), ("lines.jsonl", "line 2"), ("sub/bad.json", "item 1")]
    assert (
        not ledger.quarantine()
        .filter(ledger.quarantine()["excerpt"].str.contains(str(tmp_path), literal=True))
        .height
    )


def test_small_batches_count_the_same_and_report_on_the_way(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ingest([folder], ACME, Ledger(str(tmp_path / "a")), NOW, Limits())
    monkeypatch.setattr("smartinst.ledger.ingest.BATCH", 2)
    reported: list[int] = []

    def note(summary: Summary) -> None:
        reported.append(summary.read)

    assert ingest([folder], ACME, Ledger(str(tmp_path / "b")), NOW, Limits(), note) == whole
    assert len(reported) > 3 and reported == sorted(reported)


def test_all_samples_twice_accept_nothing_the_second_time(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "ledger"))
    alone = [ingest([path], ACME, ledger, NOW, Limits()) for path in sorted(SAMPLES.iterdir())]
    together = ingest([SAMPLES], ACME, ledger, NOW, Limits())
    assert together.read == sum(one.read for one in alone)
    assert (together.accepted, together.duplicates) == (
        0,
        sum(one.accepted + one.duplicates for one in alone),
    )


FUTURE = {
    "last_update": item(1, updated="2099-01-01"),
    "purchase.order_date": item(1, purchase__order_date=ms("2026-11-05")),
    "purchase.approved_date": item(1, approved="2099-01-01"),
    "creation_date": webhook("PURCHASE_APPROVED", "APPROVED", "2026-11-05", 2),
    "creation_date ": cancellation("2099-01-01"),
    "creation_date  ": envelope(
        "CLUB_FIRST_ACCESS", "2099-01-01", {"user": {"email": "rita@example.com"}}
    ),
    "data da transacao": export(line(2, ordered="01/01/2099 09:00:00")),
}


@pytest.mark.parametrize(("name", "document"), FUTURE.items(), ids=FUTURE)
def test_a_date_in_the_future_is_refused_and_moves_nothing(
    name: str, document: Any, tmp_path: Path
) -> None:
    ledger = Ledger(str(tmp_path))
    tell(ledger, item(1, updated="2026-06-01"))
    told = tell(ledger, document)
    assert told.reasons == {f"{name.strip()}: impossible date: in the future": 1}
    assert ledger.data_quality(ACME).data_through_date == date(2026, 6, 1)
    (excerpt,) = ledger.quarantine()["excerpt"]
    assert 2 < len(excerpt) <= 200 and "rita@" not in excerpt


def test_clocks_may_differ_by_two_days(tmp_path: Path) -> None:
    assert tell(Ledger(str(tmp_path)), item(1, updated="2026-11-03T23:00")).accepted == 1


def test_a_file_over_the_limit_is_refused_and_the_others_are_read(
    folder: Path, tmp_path: Path
) -> None:
    with (folder / "large.json").open("wb") as file:
        file.truncate((1 << 20) + 1)
    told = ingest([folder], ACME, Ledger(str(tmp_path / "ledger")), NOW, Limits(max_file_mb=1))
    assert told.reasons["larger than 1 MB ([limits] max_file_mb)"] == 1 and told.accepted == 7
