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
from smartinst.runs import definitions
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import DEMO_SELLERS, Settings, load_settings

SEED: Final = 2026
STAMP: Final = "demo.json"


def make(
    working_directory: Path, today: Callable[[Any], date], now: datetime, say: Callable[[str], None]
) -> Iterator[RunOutcome]:
    """Writes, ingests and reports the sample; one outcome a seller."""
    settings = _settings(working_directory)
    as_of = _as_of(settings, today(DEMO_SELLERS[0].zone))
    if as_of.isoformat() != _noted(settings).get("as_of"):
        _fill(settings, as_of, now, say)
    definition = definitions.find_definition("seller", settings)
    requests = [
        RunRequest(definition, one, as_of, formats=("pdf", "html", "xlsx"))
        for one in settings.seller
    ]
    yield from run_reports(
        requests, settings, jobs=len(requests)
    )  # a run's kernel and compiler take turns: no core idles


def _settings(working_directory: Path) -> Settings:
    """The settings of the demo's own home, which the notebooks' kernels read too."""
    home = working_directory.absolute() / "var" / "demo"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "smartinst.toml"
    config.write_text(_configuration(), encoding="utf-8")
    for name in ("HOME", "LEDGER", "DATABASE", "EXECUTOR"):
        os.environ.pop(f"SMARTINST_{name}", None)
    os.environ["SMARTINST_CONFIG"] = str(config)
    return load_settings(home)


def _configuration() -> str:
    lines = ["# Made by `smartinst demo`.", 'home = "."']
    for seller in DEMO_SELLERS:
        lines += ["", "[[seller]]"]
        lines += [
            f"{key} = {json.dumps(getattr(seller, key))}"
            for key in ("id", "name", "email", "locale", "timezone")
        ]
    return "\n".join(lines) + "\n"


def _fill(settings: Settings, as_of: date, now: datetime, say: Callable[[str], None]) -> None:
    """Writes the sample's pages, ingests them and notes of which day they are."""
    ledger = Ledger(settings.ledger)
    for seller in settings.seller:
        with tempfile.TemporaryDirectory(prefix="sales-", dir=settings.home) as place:
            folder = Path(place) / seller.id
            sample.write_sample(folder, seller.id, as_of=as_of, seed=SEED)
            summary = ingest([folder], seller, ledger, now, settings.limits)
        say(f"{seller.id}: {summary.read} rows read, {summary.accepted} accepted")
    noted = {"as_of": as_of.isoformat(), "version": ledger.version()}
    (settings.home / STAMP).write_text(json.dumps(noted), encoding="utf-8")


def _as_of(settings: Settings, today: date) -> date:
    """The day of the sample: today, unless somebody's own data came into the ledger of an earlier one.

    A ledger that holds nothing but an earlier day's sample is cleared first.
    """
    noted = _noted(settings)
    if not noted or noted["as_of"] == today.isoformat():
        return today
    if noted["version"] != Ledger(settings.ledger).version():
        return date.fromisoformat(noted["as_of"])
    (settings.home / STAMP).unlink()
    shutil.rmtree(settings.ledger)
    shutil.rmtree(settings.home / "runs", ignore_errors=True)
    return today


def _noted(settings: Settings) -> dict[str, Any]:
    """The day and the ledger's version after the last sample; empty when there is none."""
    stamp = settings.home / STAMP
    if not stamp.is_file() or not Path(settings.ledger).is_dir():
        return {}
    noted: dict[str, Any] = json.loads(stamp.read_text(encoding="utf-8"))
    return noted
