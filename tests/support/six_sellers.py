"""Six kinds of sellers whose reports are looked at: small, large, many currencies, and edges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from smartinst import sample
from smartinst.sample.business import Profile
from smartinst.sample.draws import Odds
from smartinst.sample.profiles import PROFILES
from tests.support.workspace import AS_OF, configuration, ingest_folder

ACME: Final = PROFILES["acme"]
EUROPE: Final = Odds({ACME.markets.values[0]: 1})
STALE_DAYS: Final = 35


def _profile(*, launched: int = 730, risk: float = 1.0) -> Profile:
    """acme's business in euros, with products of one age and risk."""
    products = {
        replace(product, launched=launched, risk=risk): 1 for product in ACME.products.values
    }
    return replace(ACME, products=Odds(products), markets=EUROPE)


@dataclass(frozen=True)
class Kind:
    """A seller: plans of its sample, their business, and the last day of its data."""

    plans: int
    profile: Profile
    data_end: date = AS_OF


KINDS: Final = {
    "small": Kind(60, _profile(launched=200, risk=0.5)),
    "large": Kind(1_500, replace(ACME, markets=EUROPE)),
    "currencies": Kind(560, ACME),
    "clean": Kind(40, _profile(launched=20, risk=0.0)),
    "stale": Kind(120, _profile(), AS_OF - timedelta(STALE_DAYS)),
    "new": Kind(12, _profile(launched=6)),
}

LOCALES: Final = dict(zip(KINDS, ("pt-BR", "es", "en", "pt-BR", "es", "en"), strict=True))


def write_sellers(folder: Path) -> None:
    """A workspace with the sellers, in three languages, and their sales in the ledger."""
    folder.mkdir(parents=True, exist_ok=True)
    text = configuration({name: (tag, "Europe/Lisbon") for name, tag in LOCALES.items()})
    (folder / "smartinst.toml").write_text(text, encoding="utf-8")
    for name, kind in KINDS.items():
        sample.write_sample(
            folder / f"in/{name}", name, kind.plans, as_of=kind.data_end, profile=kind.profile
        )
        ingest_folder(folder, f"in/{name}", name)
