"""Loan books of sellers that `sample` writes: businesses that differ in market, size and risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from smartinst import sample
from smartinst.analytics.book.loan_book import LoanBook, loan_book
from smartinst.analytics.snapshot import snapshot
from smartinst.ledger.ledger import Ledger
from smartinst.sample.business import Profile
from smartinst.sample.draws import Odds
from smartinst.sample.profiles import PROFILES
from smartinst.settings import load_settings
from tests.support.workspace import AS_OF, configuration, ingest_folder

ACME: Final = PROFILES["acme"]


def _of_risk(risk: float) -> Profile:
    products = {replace(product, risk=risk): 1 for product in ACME.products.values}
    return replace(ACME, products=Odds(products))


SAMPLES: Final = {
    "several currencies": (1_000, ACME),
    "Spanish": (1_000, PROFILES["nube"]),
    "English": (1_000, PROFILES["loft"]),
    "low risk": (1_000, _of_risk(0.5)),
    "high risk": (1_000, _of_risk(2.0)),
    "large, one currency": (3_000, replace(ACME, markets=Odds({ACME.markets.values[0]: 1}))),
}
"""Kind of seller → plans and business."""


def sample_books(name: str = "", seed: int = 1) -> Iterator[tuple[str, LoanBook]]:
    """The loan book of each kind with `name` in its name, from pages in the platform's format."""
    for kind, (count, profile) in SAMPLES.items():
        if name in kind:
            with TemporaryDirectory(prefix="sample-") as folder:
                yield kind, _book(Path(folder), count, profile, seed)


def _book(folder: Path, count: int, profile: Profile, seed: int) -> LoanBook:
    text = configuration({"acme": ("en", "Europe/Lisbon")})
    (folder / "smartinst.toml").write_text(text, encoding="utf-8")
    sample.write_sample(folder / "in", "acme", count, as_of=AS_OF, seed=seed, profile=profile)
    ingest_folder(folder, "in", "acme")
    settings = load_settings(folder, {})
    facts = Ledger(settings.ledger).read(settings.find("acme"))
    return loan_book(facts, snapshot(facts, AS_OF))
