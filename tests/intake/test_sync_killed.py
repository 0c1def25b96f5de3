"""`smartinst sync` is killed repeatedly: the ledger is complete in the end."""

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
"""With 900 plans there are several writes, so that a kill happens between two of them."""


class Place:
    """A workspace that points to the platform."""

    def __init__(self, folder: Path, served: Served) -> None:
        folder.mkdir()
        self.folder, self.ledger = folder, folder / "var" / "ledger"
        (folder / "smartinst.toml").write_text(
            configuration({"loft": ("en", "America/New_York")}), encoding="utf-8"
        )
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")
        }
        self.env = environment | served.environment()

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
            output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return dict(json.loads(output))

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
        return self.ledger.exists() and any(path.is_file() for path in self.ledger.rglob("*"))


def test_after_kills_the_next_sync_gives_the_ledger_of_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    account = Account.of_sample("loft", PLANS, TODAY, lambda: time.time_ns() // 1_000_000)
    with Served(FakePlatform([account], calls_a_minute=10**6)) as served:
        place = Place(tmp_path / "killed", served)
        kills = sum(place.killed(_moment(place, served, number)) for number in range(KILLS))
        result = place.sync()
    assert kills == KILLS
    assert result["windows"] == result["windows_due"] > 0
    undisturbed = tmp_path / "undisturbed"
    (tmp_path / "pages").mkdir()
    for number, page in enumerate(pages_of(account, "SMART_INSTALLMENT")):
        (tmp_path / "pages" / f"{number}.json").write_text(json.dumps(page), encoding="utf-8")
    ingest([tmp_path / "pages"], LOFT, Ledger(str(undisturbed)), datetime.now(UTC), Limits())
    tables = statements(place.ledger, ["loft"])
    for name, frame in statements(undisturbed, ["loft"]).items():
        assert_frame_equal(tables[name], frame)
    assert tables["attempt_statements"].height > PLANS


def _moment(place: Place, served: Served, number: int) -> Callable[[], bool]:
    """The second kill is at the first write to the ledger, the others after some calls."""
    calls = len(served.platform.calls)
    if number == 1:
        return lambda: place.is_written()
    return lambda: (
        len(served.platform.calls) >= calls + (40 if number == 0 else 3 + 5 * number % 13)
    )
