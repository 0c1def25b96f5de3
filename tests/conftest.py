"""Fixtures of all tests, and the markers that follow from the fixtures a test uses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from smartinst import sample
from smartinst.ledger.ingest import ingest
from smartinst.ledger.ledger import Ledger
from smartinst.settings import load_settings
from tests.support.chromium import chromium
from tests.support.postgres import database, postgres, postgres_server
from tests.support.workspace import AS_OF, SELLERS, configuration

__all__ = ["chromium", "database", "postgres", "postgres_server"]

MARKERS: Final = {"chromium": "browser", "postgres": "database", "postgres_server": "database"}
"""Fixture → the marker of tests that use it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKERS:
                item.add_marker(MARKERS[fixture])
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if parameters.get("database") == "postgresql":
            item.add_marker("database")


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the three demo sellers, 60 plans each, ingested."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    settings = load_settings(folder, {})
    for seller in settings.seller:
        source = folder / "in" / seller.id
        sample.write_sample(source, seller.id, 60, as_of=AS_OF, seed=5)
        summary = ingest(
            [source], seller, Ledger(settings.ledger), datetime.now(UTC), settings.limits
        )
        assert summary.accepted, summary
    return folder
