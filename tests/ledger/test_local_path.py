"""A ledger works in a folder of any name, or the error says which name and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from smartinst.errors import LedgerError
from smartinst.ledger.files.local_path import make_addressable
from smartinst.ledger.ledger import Ledger
from tests.ledger.test_store import STORY
from tests.support.hotmart_payloads import ACME
from tests.support.ingested import frames, ingest_documents

NAMES = [
    "a b?c%20d#é{seller}",
    "100%",
    "50% & more",
    "100%25",
    "a%2520b",
    "%C3%A9t%C3%A9",
    "q'u\"o`t<e>",
    "star*",
    "💸 dinheiro",
    "a:b@c+d;e=f",
]


def assert_same_plans(root: Path, expected_root: Path) -> None:
    plans, expected_plans = (
        frames(Ledger(str(path)).read(ACME))[0] for path in (root, expected_root)
    )
    assert not plans.is_empty()
    assert_frame_equal(plans, expected_plans)


@pytest.mark.parametrize("name", NAMES)
def test_a_ledger_is_written_and_read_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    root = tmp_path / name / "inner%41" / "ledger"
    summary = ingest_documents(Ledger(str(root)), *STORY)
    assert summary == ingest_documents(Ledger(str(tmp_path / "plain")), *STORY)
    assert_same_plans(root, tmp_path / "plain")
    assert (root / "plan_statements" / "_delta_log").is_dir()


def test_a_ledger_is_read_after_its_folder_was_renamed(tmp_path: Path) -> None:
    for name in ("plain", "old"):
        ingest_documents(Ledger(str(tmp_path / name / "ledger")), *STORY)
    (tmp_path / "old").rename(tmp_path / "new%20name")
    assert_same_plans(tmp_path / "new%20name" / "ledger", tmp_path / "plain" / "ledger")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a[1]", r"contains '\['"),
        ("a\\b", r"contains '\\\\'"),
        ("a|b", r"contains '\|'"),
        ("two\nlines", r"contains '\\n'"),
        ("a%2Fb", "mean another folder"),
        ("%2e%2e", "mean another folder"),
        ("%ff", "no character"),
    ],
)
def test_a_name_that_delta_lake_cannot_read_is_refused(
    tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(
        LedgerError, match=f"(?s)^ledger: the name of the folder .*{reason}"
    ) as error:
        Ledger(str(tmp_path / name / "ledger")).read(ACME)
    assert "rename it" in str(error.value)


def test_a_folder_with_the_decoded_name_is_not_mistaken_for_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    with pytest.raises(LedgerError, match="is read by Delta Lake as 'a b', which exists"):
        Ledger(str(tmp_path / "a%20b")).read(ACME)


def test_addresses_and_plain_folders_need_no_link(tmp_path: Path) -> None:
    make_addressable("s3://bucket/a%20b")
    make_addressable(str(tmp_path / "plain"))
    assert list(tmp_path.iterdir()) == []
