"""Fixtures of all tests, and markers by what a test starts."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
import stamina

from smartinst import sample
from smartinst.report.book import Book, open_book
from smartinst.settings import load_settings
from tests.support.chromium import chromium
from tests.support.executed import write_executed, write_shortened
from tests.support.hostile import write_hostile_sample
from tests.support.ingested import resolve
from tests.support.markers import add_markers
from tests.support.postgres import database, postgres, postgres_server
from tests.support.six_sellers import write_sellers
from tests.support.workspace import AS_OF, SELLERS, configuration, ingest_folder

__all__ = ["chromium", "database", "postgres", "postgres_server", "resolve"]

PROCESS_MARKERS: Final = {"process", "kernel", "browser", "database", "cluster"}
_markers_of_running_test: set[str] = PROCESS_MARKERS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        add_markers(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Notes the markers of the test that runs, for `_check_process`."""
    global _markers_of_running_test
    _markers_of_running_test = {marker.name for marker in item.iter_markers()}
    try:
        return (yield)
    finally:
        _markers_of_running_test = PROCESS_MARKERS


def _check_process(event: str, arguments: tuple[object, ...]) -> None:
    """Refuses a process of this environment in a test whose markers do not name one."""
    if event == "subprocess.Popen" and not PROCESS_MARKERS & _markers_of_running_test:
        assert not str(arguments[0]).startswith(sys.prefix), (
            f"starts {arguments[0]} without a marker: see tests/support/markers.py"
        )


sys.addaudithook(_check_process)


stamina.set_testing(True, attempts=100, cap=True)
"""Reads are tried as often as usual, without waiting in between."""


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of the three demo sellers, 60 plans each, ingested."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    for seller_id in SELLERS:
        sample.write_sample(folder / "in" / seller_id, seller_id, 60, as_of=AS_OF, seed=5)
        ingest_folder(folder, f"in/{seller_id}", seller_id)
    return folder


@pytest.fixture(scope="session")
def six_sellers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of six kinds of sellers, ingested (support/six_sellers.py)."""
    folder = tmp_path_factory.mktemp("six")
    write_sellers(folder)
    return folder


@pytest.fixture(scope="session")
def executed_notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped seller notebook, executed for loft with twelve plans."""
    folder = tmp_path_factory.mktemp("executed")
    (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
    sample.write_sample(folder / "in", "loft", 12, as_of=AS_OF, seed=5)
    ingest_folder(folder, "in", "loft")
    book = open_book("loft", AS_OF, settings=load_settings(folder, {}))
    return write_executed(folder / "seller.ipynb", book)


@pytest.fixture(scope="session")
def short_notebook(executed_notebook: Path) -> Path:
    """The executed notebook with three cells, for tests in which its content does not matter."""
    return write_shortened(executed_notebook, executed_notebook.with_name("short.ipynb"))


@pytest.fixture(scope="session")
def hostile_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of one seller, 140 plans, whose every free text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "smartinst.toml").write_text(
        configuration({"acme": SELLERS["acme"]}), encoding="utf-8"
    )
    write_hostile_sample(folder / "in", "acme", 140)
    ingest_folder(folder, "in", "acme")
    return folder


@pytest.fixture(scope="session")
def hostile_book(hostile_workspace: Path) -> Book:
    return open_book("acme", AS_OF, settings=load_settings(hostile_workspace, {}))
