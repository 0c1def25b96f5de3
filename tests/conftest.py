"""A workspace with sample sales, made once; the command as its users call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartinst import sample
from tests.support.postgres import database, postgres, postgres_server
from tests.support.workspace import AS_OF, SELLERS, configuration, smartinst

__all__ = ["database", "postgres", "postgres_server"]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the three demo sellers, 60 plans each, ingested."""
    place = tmp_path_factory.mktemp("workspace")
    (place / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    for seller_id in SELLERS:
        sample.write(place / "in" / seller_id, seller_id, 60, as_of=AS_OF, seed=5)
        done = smartinst(place, "ingest", f"in/{seller_id}", "--seller", seller_id, "--json")
        assert done.returncode == 0, done.stderr
    return place
