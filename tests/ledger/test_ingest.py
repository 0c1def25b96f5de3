"""Ingest: every item is counted once; invalid ones are quarantined with their place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from smartinst.ledger.ingest import Summary, ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Limits
from tests.support.hotmart_payloads import (
    ACME,
    NOW,
    SAMPLES,
    cancellation,
    envelope,
    export,
    item,
    json_text,
    line,
    ms,
    users,
    webhook,
)
from tests.support.ingested import ingest_documents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    (source / "sub").mkdir(parents=True)
    (source / "page.json").write_text(
        json_text({"items": [item(1), item(1), item(2), item(3, billing_type="SUBSCRIPTION")]})
    )
    (source / "sub" / "bad.json").write_text(json_text([item(4, recurrency__number=9), item(4)]))
    (source / "lines.jsonl").write_text(
        "\n".join([json_text(users("HP2000000101")), "{broken", json_text(item(5))])
    )
    (source / "export.csv").write_bytes(export(line(1), line(2, billing="Recorrência")))
    (source / "event.json").write_text(
        json_text(webhook("PURCHASE_APPROVED", "APPROVED", "2026-02-01"))
    )
    (source / "empty.json").write_bytes(b"")
    return source


def test_the_summary_counts_every_item_once(folder: Path, tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "ledger"))
    summary = ingest([folder], ACME, ledger, NOW, Limits())
    assert summary.document() == {
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
    assert summary.ignored_reasons == {
        "billing type SUBSCRIPTION": 1,
        "billing type Recorrência": 1,
    }
    assert summary.unreadable == 1
    second = ingest([folder], ACME, ledger, NOW, Limits())
    assert second.document() == {**summary.document(), "accepted": 0, "duplicates": 8}


def test_the_quarantine_names_the_place_and_no_path_of_this_machine(
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


def test_small_batches_have_the_same_counts_and_report_between_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_summary = ingest([folder], ACME, Ledger(str(tmp_path / "a")), NOW, Limits())
    monkeypatch.setattr("smartinst.ledger.ingest.BATCH", 2)
    counts: list[int] = []

    def note(summary: Summary) -> None:
        counts.append(summary.read)

    assert (
        ingest([folder], ACME, Ledger(str(tmp_path / "b")), NOW, Limits(), note) == expected_summary
    )
    assert len(counts) > 3 and counts == sorted(counts)


def test_a_second_ingest_of_all_samples_accepts_nothing(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "ledger"))
    summaries = [ingest([path], ACME, ledger, NOW, Limits()) for path in sorted(SAMPLES.iterdir())]
    second = ingest([SAMPLES], ACME, ledger, NOW, Limits())
    assert second.read == sum(summary.read for summary in summaries)
    assert (second.accepted, second.duplicates) == (
        0,
        sum(summary.accepted + summary.duplicates for summary in summaries),
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
    "Data da transação": export(line(2, order_date="01/01/2099 09:00:00")),
}


@pytest.mark.parametrize(("name", "document"), FUTURE.items(), ids=FUTURE)
def test_a_date_in_the_future_is_refused_and_does_not_change_the_last_day(
    name: str, document: Any, tmp_path: Path
) -> None:
    ledger = Ledger(str(tmp_path))
    ingest_documents(ledger, item(1, updated="2026-06-01"))
    summary = ingest_documents(ledger, document)
    assert summary.reasons == {f"{name.strip()}: impossible date: in the future": 1}
    assert ledger.data_quality(ACME).data_through_date == date(2026, 6, 1)
    (excerpt,) = ledger.quarantine()["excerpt"]
    assert 2 < len(excerpt) <= 200 and "rita@" not in excerpt


def test_clocks_may_differ_by_two_days(tmp_path: Path) -> None:
    assert (
        ingest_documents(Ledger(str(tmp_path)), item(1, updated="2026-11-03T23:00")).accepted == 1
    )


def test_a_file_over_the_limit_is_refused_and_the_others_are_read(
    folder: Path, tmp_path: Path
) -> None:
    with (folder / "large.json").open("wb") as file:
        file.truncate((1 << 20) + 1)
    summary = ingest([folder], ACME, Ledger(str(tmp_path / "ledger")), NOW, Limits(max_file_mb=1))
    assert summary.reasons["larger than 1 MB ([limits] max_file_mb)"] == 1 and summary.accepted == 7
