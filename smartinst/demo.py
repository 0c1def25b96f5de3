"""`smartinst demo`: ingests and reports sample sales of three sellers, only in ./var/demo.

The sample is replaced each day, unless other data were ingested after it; then nothing is removed
and the sample keeps its date.
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

from smartinst import credentials, sample
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.ledger.presence import begin_ledger
from smartinst.runs.definitions import find_definition
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import DEMO_SELLERS, Settings, load_settings

SEED: Final = 2026
SAMPLE_RECORD: Final = "demo.json"
"""The date of the ingested sample, and the version of the ledger after it."""


def run_demo(
    working_directory: Path, today: Callable[[Any], date], now: datetime, say: Callable[[str], None]
) -> Iterator[RunOutcome]:
    """Generates and ingests the sample, and runs its reports; one outcome per seller."""
    settings = _settings(working_directory)
    as_of = _sample_date(settings, today(DEMO_SELLERS[0].zone))
    if as_of.isoformat() != _sample_record(settings).get("as_of"):
        _ingest_sample(settings, as_of, now, say)
    definition = find_definition("seller", settings)
    requests = [
        RunRequest(definition, seller, as_of, formats=("pdf", "html", "xlsx"))
        for seller in settings.seller
    ]
    # More jobs than cores: the kernel and the compiler of a run do not work at the same time.
    yield from run_reports(requests, settings, jobs=len(requests))


def _settings(working_directory: Path) -> Settings:
    """The settings of the demo's home, which the kernels of the notebooks read too."""
    home = working_directory.absolute() / "var" / "demo"
    home.mkdir(parents=True, exist_ok=True)
    config = home / "smartinst.toml"
    config.write_text(_configuration(), encoding="utf-8")
    for name in ("HOME", "LEDGER", "DATABASE", "EXECUTOR"):
        credentials.remove(f"SMARTINST_{name}")
    os.environ["SMARTINST_CONFIG"] = str(config)
    return load_settings(home)


def _configuration() -> str:
    lines = ["# Written by `smartinst demo`.", 'home = "."']
    for seller in DEMO_SELLERS:
        lines += ["", "[[seller]]"]
        lines += [
            f"{key} = {json.dumps(getattr(seller, key))}"
            for key in ("id", "name", "email", "locale", "timezone")
        ]
    return "\n".join(lines) + "\n"


def _ingest_sample(
    settings: Settings, as_of: date, now: datetime, say: Callable[[str], None]
) -> None:
    """Writes the sample's pages, ingests them, and records their date."""
    ledger, _ = begin_ledger(settings)
    for seller in settings.seller:
        with tempfile.TemporaryDirectory(prefix="sales-", dir=settings.home) as temporary:
            folder = Path(temporary) / seller.id
            sample.write_sample(folder, seller.id, as_of=as_of, seed=SEED)
            summary = ingest([folder], seller, ledger, now, settings.limits)
        say(f"{seller.id}: {summary.read} rows read, {summary.accepted} accepted")
    record = {"as_of": as_of.isoformat(), "version": ledger.version()}
    (settings.home / SAMPLE_RECORD).write_text(json.dumps(record), encoding="utf-8")


def _sample_date(settings: Settings, today: date) -> date:
    """Today, or the date of an earlier sample if other data were ingested after it.

    A ledger that contains only an earlier sample is removed.
    """
    record = _sample_record(settings)
    if not record or record["as_of"] == today.isoformat():
        return today
    if record["version"] != Ledger(settings.ledger).version():
        return date.fromisoformat(record["as_of"])
    (settings.home / SAMPLE_RECORD).unlink()
    shutil.rmtree(settings.ledger)
    shutil.rmtree(settings.home / "runs", ignore_errors=True)
    return today


def _sample_record(settings: Settings) -> dict[str, Any]:
    """Date and ledger version of the last sample; empty if there is none."""
    path = settings.home / SAMPLE_RECORD
    if not path.is_file() or not Path(settings.ledger).is_dir():
        return {}
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record
