"""Documents in a ledger on disk, and what the ledger reads of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from smartinst.facts import DataQuality, Facts
from smartinst.hotmart.parsing.files import parse_body
from smartinst.ledger.ingest import Summary, ingest_outcomes
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Seller
from tests.support.hotmart_payloads import ACME, NOW, json_text

SMART = ACME.model_copy(update={"smart_offers": ("offer001",)})
"""A seller whose webhooks alone identify plans."""

Resolve = Callable[..., "SellerFacts"]


def ingest_documents(ledger: Ledger, *documents: Any, seller: Seller = ACME) -> Summary:
    """Ingests documents as if each were a file."""
    bodies = (
        document if isinstance(document, bytes) else json_text(document).encode()
        for document in documents
    )
    outcomes = (("file", outcome) for body in bodies for outcome in parse_body(body, seller.id))
    return ingest_outcomes(outcomes, seller.id, ledger, NOW)


def frames(facts: Facts) -> list[pl.DataFrame]:
    """Plans, attempts and commissions, sorted."""
    return [
        facts.plans.collect().sort("plan_id"),
        facts.attempts.collect().sort("transaction"),
        facts.commissions.collect().sort("transaction", "commission_currency"),
    ]


class SellerFacts:
    """A seller's facts after the ingest of some documents."""

    def __init__(self, ledger: Ledger, seller: Seller, billing_types: tuple[str, ...]) -> None:
        self.facts = ledger.read(seller, billing_types)
        self.quality: DataQuality = ledger.data_quality(seller, billing_types)
        self.plans, self.attempts, self.commissions = frames(self.facts)

    @property
    def plan(self) -> dict[str, Any]:
        (plan,) = self.plans.to_dicts()
        return plan

    @property
    def attempt(self) -> dict[str, Any]:
        (attempt,) = self.attempts.to_dicts()
        return attempt

    @property
    def net(self) -> dict[str, int]:
        return dict(self.commissions.select("commission_currency", "net_minor").iter_rows())


@pytest.fixture
def resolve(tmp_path: Path) -> Resolve:
    """A function that ingests documents into one ledger and returns what it then reads."""
    ledger = Ledger(str(tmp_path))

    def ingest_and_read(
        *documents: Any, seller: Seller = ACME, billing: tuple[str, ...] = ("SMART_INSTALLMENT",)
    ) -> SellerFacts:
        for document in documents:  # one ingest each
            ingest_documents(ledger, document, seller=seller)
        return SellerFacts(ledger, seller, billing)

    return ingest_and_read
