"""Ledgers whose files are damaged: one changed bit, a truncated file, a deleted file."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from smartinst.errors import LedgerError
from smartinst.ledger.files import checks
from smartinst.ledger.files.seals import SEALS
from smartinst.ledger.ledger import Ledger
from tests.support.hotmart_payloads import ACME, NOW, item, users, webhook
from tests.support.ingested import frames, ingest_documents

BETA: Final = ACME.model_copy(update={"id": "beta"})
SELLERS: Final = (ACME, BETA)
NIGHTS: Final = 27
"""Commits of a table: more than one checkpoint, and commits after the last one."""


def write_ledger(folder: Path) -> Ledger:
    """A ledger of two sellers with checkpoints, compacted buckets, events and refused rows."""
    ledger = Ledger(str(folder))
    for night in range(NIGHTS):
        day = (NOW - timedelta(days=200 - night)).date().isoformat()
        ingest_documents(
            ledger,
            item(1 + night % 5, plan=20000000 + night, updated=day),
            users(f"HP{night}"),
            webhook("CLUB_FIRST_ACCESS", "", day),
            {"odd": night},
            seller=SELLERS[night % 2],
        )
    return ledger


def reading(ledger: Ledger) -> list[str]:
    """All that a ledger reads, as text that is equal only if every value is."""
    facts = [frame for seller in SELLERS for frame in frames(ledger.read(seller))]
    events = [ledger.events(seller).collect().sort("event_id") for seller in SELLERS]
    return [frame.write_json() for frame in (*facts, *events, ledger.quarantine())]


def forget_checks() -> None:
    """Makes this process check each file again, as a new process would."""
    checks._checked.clear()


def files_by_kind(folder: Path) -> dict[str, list[Path]]:
    """The files of a ledger that is read, by kind."""
    logs = [path for path in folder.glob("*/_delta_log/*") if path.is_file()]
    return {
        "data": sorted(folder.glob("*/bucket=*/*.parquet")),
        "commit": sorted(path for path in logs if path.suffix == ".json"),
        "checkpoint": sorted(path for path in logs if path.suffix == ".parquet"),
        "hint": sorted(path for path in logs if path.name == "_last_checkpoint"),
        "seal": sorted(folder.glob(f"{SEALS}/*.json")),
    }


@contextmanager
def restored_afterwards(path: Path) -> Iterator[bytes]:
    """The content of a file, which is written again after the block."""
    content = path.read_bytes()
    try:
        yield content
    finally:
        path.write_bytes(content)


def flip_bits(folder: Path, tries: int, seed: int) -> Counter[str]:
    """Reads a ledger after each of many single changed bits, every kind of file equally often.

    Counts by kind and outcome: `reported` (a LedgerError that names the file), `vague` (one that
    does not), `harmless` (equal figures), `silent` (other figures).
    """
    intact_reading = reading(Ledger(str(folder)))
    generator, kinds = random.Random(seed), files_by_kind(folder)
    outcomes: Counter[str] = Counter()
    for number in range(tries):
        kind = list(kinds)[number % len(kinds)]
        path = generator.choice(kinds[kind])
        with restored_afterwards(path) as content:
            flipped_bytes = bytearray(content)
            flipped_bytes[generator.randrange(len(flipped_bytes))] ^= 1 << generator.randrange(8)
            path.write_bytes(flipped_bytes)
            outcomes[f"{kind} {outcome(folder, path, intact_reading)}"] += 1
    return outcomes


def outcome(folder: Path, path: Path, intact_reading: list[str]) -> str:
    """What reading a damaged ledger comes to."""
    forget_checks()
    try:
        is_equal = reading(Ledger(str(folder))) == intact_reading
    except LedgerError as error:
        return "reported" if path.name in str(error) else "vague"
    return "harmless" if is_equal else "silent"


def damaged_copy(folder: Path, copy: Path, damage: Callable[[Path], object], name: str) -> Ledger:
    """A copy of a ledger in which one file is damaged."""
    shutil.copytree(folder, copy)
    damage(copy / name)
    forget_checks()
    return Ledger(str(copy))
