"""`smartinst demo`: sample sales of three sellers, ingested and reported, in ./var/demo and nowhere else.

The demo's home is made anew each time, unless somebody's own data were ingested into it: then nothing is taken away
and the sample's date stays what it was.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from smartinst import sample
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.operations import definitions
from smartinst.operations.runs import Outcome, Request, run_many
from smartinst.settings import DEMO_SELLERS, Settings, load

SEED: Final = 2026
STAMP: Final = "demo.json"


def make(
    working_directory: Path, today: Callable[[Any], date], now: datetime, say: Callable[[str], None]
) -> Iterator[Outcome]:
    """Writes, ingests and reports the sample; one outcome a seller."""
    settings = _settings(working_directory)
    as_of = _as_of(settings, today(DEMO_SELLERS[0].zone))
    ledger = Ledger(settings.ledger)
    for seller in settings.seller:
        with tempfile.TemporaryDirectory(prefix="sales-", dir=settings.home) as place:
            folder = Path(place) / seller.id
            sample.write(folder, seller.id, as_of=as_of, seed=SEED)
            summary = ingest([folder], seller, ledger, now, settings.limits)
        say(f"{seller.id}: {summary.read} rows read, {summary.accepted} accepted")
    _stamp(settings, as_of, ledger)
    definition = definitions.find("seller", settings)
    requests = [Request(definition, one, as_of, formats=("pdf", "html", "xlsx")) for one in settings.seller]
    yield from run_many(requests, settings, jobs=len(requests))  # a run's kernel and compiler take turns: no core idles


def _settings(working_directory: Path) -> Settings:
    """The settings of the demo's own home, which the notebooks' kernels read too."""
    home = working_directory.absolute() / "var" / "demo"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "smartinst.toml"
    config.write_text(_configuration(), encoding="utf-8")
    for name in ("HOME", "LEDGER", "DATABASE", "EXECUTOR"):
        os.environ.pop(f"SMARTINST_{name}", None)
    os.environ["SMARTINST_CONFIG"] = str(config)
    return load(home)


def _configuration() -> str:
    lines = ["# Made by `smartinst demo`.", 'home = "."']
    for seller in DEMO_SELLERS:
        lines += ["", "[[seller]]"]
        lines += [f"{key} = {json.dumps(getattr(seller, key))}" for key in ("id", "name", "email", "locale", "timezone")]
    return "\n".join(lines) + "\n"


def _as_of(settings: Settings, today: date) -> date:
    """The date of the sample; where the ledger holds nothing but an earlier sample, it is cleared first."""
    ledger, stamp = Path(settings.ledger), settings.home / STAMP
    if not ledger.is_dir() or not stamp.is_file():
        return today
    noted = json.loads(stamp.read_text(encoding="utf-8"))
    if noted["version"] != Ledger(settings.ledger).version():
        return date.fromisoformat(noted["as_of"])
    shutil.rmtree(ledger)
    shutil.rmtree(settings.home / "runs", ignore_errors=True)
    return today


def _stamp(settings: Settings, as_of: date, ledger: Ledger) -> None:
    noted = {"as_of": as_of.isoformat(), "version": ledger.version()}
    (settings.home / STAMP).write_text(json.dumps(noted), encoding="utf-8")
