"""`smartinst sync` as a process that is killed again and again: the ledger is that of an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polars.testing import assert_frame_equal

from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Limits, Seller
from tests.support.fake_platform.account import Account, pages_of
from tests.support.fake_platform.app import FakePlatform
from tests.support.fake_platform.server import Served
from tests.support.receiver import statements
from tests.support.workspace import COMMAND, configuration

KILLS = int(os.environ.get("SMARTINST_KILLS", "2"))
LOFT = Seller(id="loft", name="Loft", email="loft@example.com", timezone="America/New_York")
TODAY = datetime.now(UTC).date()  # the process has the real clock
SINCE = TODAY - timedelta(days=900)
PLANS = 900 if KILLS > 2 else 250
"""With 900 there are more items than are held at once, so that a kill falls between two writes."""


class Place:
    """A workspace that points to the platform."""

    def __init__(self, folder: Path, served: Served) -> None:
        folder.mkdir()
        self.folder, self.ledger = folder, folder / "var" / "ledger"
        (folder / "smartinst.toml").write_text(
            configuration({"loft": ("en", "America/New_York")}), encoding="utf-8"
        )
        plain = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        }
        self.env = plain | served.environment()

    def start(self) -> subprocess.Popen[str]:
        words: list[str | Path] = [
            COMMAND,
            "sync",
            "--seller",
            "loft",
            "--since",
            SINCE.isoformat(),
            "--json",
        ]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            words, cwd=self.folder, env=self.env, stdout=pipe, stderr=pipe, text=True
        )

    def sync(self) -> dict[str, int]:
        with self.start() as process:
            said, wrong = process.communicate(timeout=120)
        assert process.returncode == 0, wrong
        return dict(json.loads(said))

    def killed(self, moment: Callable[[], bool]) -> bool:
        """Whether a sync was under way when the moment came and it was killed."""
        with self.start() as process:
            while not moment() and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def is_written(self) -> bool:
        """Whether the ledger has any file."""
        return self.ledger.exists() and any(one.is_file() for one in self.ledger.rglob("*"))


def test_a_sync_killed_anywhere_is_completed_by_the_next_to_what_an_undisturbed_one_gives(
    tmp_path: Path,
) -> None:
    account = Account.of_sample("loft", PLANS, TODAY, lambda: time.time_ns() // 1_000_000)
    with Served(FakePlatform([account], calls_a_minute=10**6)) as served:
        place = Place(tmp_path / "killed", served)
        kills = sum(place.killed(_moment(place, served, number)) for number in range(KILLS))
        done = place.sync()
    assert kills == KILLS
    assert done["windows"] == done["windows_due"] > 0
    undisturbed = tmp_path / "undisturbed"
    (tmp_path / "pages").mkdir()
    for number, page in enumerate(pages_of(account, "SMART_INSTALLMENT")):
        (tmp_path / "pages" / f"{number}.json").write_text(json.dumps(page), encoding="utf-8")
    ingest([tmp_path / "pages"], LOFT, Ledger(str(undisturbed)), datetime.now(UTC), Limits())
    found = statements(place.ledger, ["loft"])
    for name, expected in statements(undisturbed, ["loft"]).items():
        assert_frame_equal(found[name], expected)
    assert found["attempt_statements"].height > PLANS


def _moment(place: Place, served: Served, number: int) -> Callable[[], bool]:
    """The second time as soon as the ledger is written to, else after some calls."""
    calls = len(served.platform.calls)
    if number == 1:
        return lambda: place.is_written()
    return lambda: (
        len(served.platform.calls) >= calls + (40 if number == 0 else 3 + 5 * number % 13)
    )
