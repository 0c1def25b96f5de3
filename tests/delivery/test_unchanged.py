"""A report with `when = "changed"` is not executed if its measures are those last sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from smartinst import sample
from smartinst.database.engine import connect
from smartinst.delivery import delivery_ledger, run_history
from smartinst.delivery.tick import rerun, tick
from smartinst.delivery.unchanged import BOOK_NOTEBOOKS
from smartinst.ledger.ledger import Ledger
from smartinst.pages.reading.report import read_report
from smartinst.report.book import open_book
from smartinst.report.measures import seller_measures
from smartinst.report.mime_bundles import MEASURES
from smartinst.report.sections.weekly import WeeklySections
from smartinst.runs import runs
from smartinst.runs.run_request import RunOutcome, RunRequest
from smartinst.settings import Settings, load_settings
from smartinst.shipped import NOTEBOOKS
from tests.support.ticking import copied_outcome
from tests.support.workspace import AS_OF, SELLERS, configuration, ingest_folder

MONDAY = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
YEARS_AGO = date(2023, 6, 30)
"""The last day of the sales: what is open then stays overdue for the same bucket."""

MEASURING_CELLS = {
    "seller.ipynb": ("headline", "book.headline()"),
    "weekly.ipynb": ("news", "weekly.news()"),
}
"""The id and the source of the cell of each compared notebook that shows the measures."""

DELIVERY = '[delivery]\nto = "seller"\nattach = []\n[gates]\nmax_age = "none"\n'
OUTBOX = '[delivery]\nto = "folder"\n'


def report(notebook: str = "seller.ipynb", when: str = "changed") -> str:
    schedule = f'[schedule]\ncron = "0 7 * * *"\nwhen = "{when}"\n'
    return f'title = "Daily"\nnotebook = "{notebook}"\nformats = ["html"]\n{schedule}{DELIVERY}'


class Workspace:
    """Sellers with old sales and a daily report; `executed` has each run whose notebook ran.

    The measures of an executed run are those that its notebook would show.
    """

    def __init__(self, folder: Path, notebook: Path, patch: pytest.MonkeyPatch) -> None:
        text = configuration(SELLERS).replace('home = "var"', f'home = "var"\n{OUTBOX}')
        (folder / "smartinst.toml").write_text(text, encoding="utf-8")
        (folder / "reports").mkdir()
        self.folder, self.notebook = folder, notebook
        self.executed: list[tuple[str, str]] = []
        self.define(report())
        for number, seller_id in enumerate(SELLERS):
            self.ingest(seller_id, seed=number)
        self.engine: Engine = connect(self.settings.database)
        patch.setattr(runs, "run_reports", self._run_reports)

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder, {})

    def define(self, text: str) -> None:
        (self.folder / "reports" / "daily.toml").write_text(text, encoding="utf-8")

    def ingest(self, seller_id: str, seed: int, plans: int = 12) -> None:
        name = f"in/{seller_id}-{seed}"
        sample.write_sample(self.folder / name, seller_id, plans, as_of=YEARS_AGO, seed=seed)
        ingest_folder(self.folder, name, seller_id)

    def _run_reports(
        self, requests: Iterable[RunRequest], settings: Settings, _jobs: int
    ) -> Iterator[RunOutcome]:
        for request in requests:
            self.executed.append((request.seller.id, request.as_of.isoformat()))
            measures = seller_measures(
                settings, request.seller, request.as_of, request.previous or {}
            )
            yield copied_outcome(self.notebook, request, measures)

    def tick(self, day: int) -> set[str]:
        """The sellers whose notebook a tick executes, so many days after the first Monday."""
        self.executed.clear()
        assert tick(self.settings, self.engine, MONDAY + timedelta(days=day)).is_ok
        return {seller_id for seller_id, _ in self.executed}

    def runs(self) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return run_history.list_runs(connection)

    def sent(self) -> int:
        with self.engine.connect() as connection:
            rows = delivery_ledger.list_deliveries(connection)
        return sum(row["state"] == "sent" for row in rows)


@pytest.fixture
def daily(
    tmp_path: Path, executed_notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path, executed_notebook, monkeypatch)
    workspace.tick(0)
    workspace.tick(1)  # the first one compares with a date seven days earlier
    yield workspace
    workspace.engine.dispose()


def test_a_notebook_is_not_executed_while_the_measures_stay_those_last_sent(
    daily: Workspace,
) -> None:
    sent = daily.sent()
    assert [daily.tick(day) for day in (2, 3, 4)] == [set()] * 3
    assert daily.sent() == sent
    newest = daily.runs()[0]
    assert newest["state"] == "unchanged"
    assert newest["note"].startswith("not executed: nothing has changed")
    assert newest["measures"]["as_of"] == newest["as_of"] == "2026-11-06"
    assert newest["artifacts"] is None


def test_only_the_seller_with_new_data_is_executed_and_sent(daily: Workspace) -> None:
    daily.tick(2)
    sent = daily.sent()
    daily.ingest("nube", seed=9)
    assert daily.tick(3) == {"nube"}
    assert daily.sent() == sent + 1


def test_a_day_that_changes_the_figures_is_executed_with_the_same_data(daily: Workspace) -> None:
    daily.tick(2)
    sample.write_sample(daily.folder / "new", "loft", 150, as_of=date(2026, 11, 4), seed=3)
    ingest_folder(daily.folder, "new", "loft")
    assert [daily.tick(day) for day in (3, 4, 5)] == [{"loft"}] * 3, "charges fall due"


def test_a_repeated_run_is_executed(daily: Workspace) -> None:
    daily.tick(2)
    run_id = daily.runs()[0]["run_id"]
    rerun(daily.settings, daily.engine, run_id, MONDAY + timedelta(days=2, hours=1))
    assert len(daily.executed) == 1
    assert next(run for run in daily.runs() if run["state"] == "made")["artifacts"]


@pytest.mark.parametrize(
    ("notebook", "when"), [("own.ipynb", "changed"), ("seller.ipynb", "always")]
)
def test_other_reports_are_executed_each_time(daily: Workspace, notebook: str, when: str) -> None:
    (daily.folder / "notebooks").mkdir()
    own = json.loads((NOTEBOOKS / "seller.ipynb").read_text(encoding="utf-8"))
    own["metadata"]["title"] = "own"
    (daily.folder / "notebooks" / "own.ipynb").write_text(json.dumps(own), encoding="utf-8")
    daily.define(report(notebook, when))
    assert daily.tick(2) == set(SELLERS)


def test_many_sellers_are_compared_in_several_processes(
    daily: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartinst.delivery.unchanged.MAX_SERIAL", 1)
    assert daily.tick(2) == set()


def test_measures_without_the_notebook_are_those_of_the_notebook(executed_notebook: Path) -> None:
    settings = load_settings(executed_notebook.parent, {})
    measures = seller_measures(settings, settings.find("loft"), AS_OF, {})
    assert measures == read_report(executed_notebook).measures
    assert measures["plans"] == 12
    book = open_book("loft", AS_OF, settings=settings)
    assert WeeklySections(book).news().bundle[MEASURES] == measures
    outcomes = {"forecast_outcomes": [["2026-09-30", "EUR", "30", 1, 2, 3, 4, None, 2]]}
    later = seller_measures(settings, settings.find("loft"), AS_OF, measures | outcomes)
    assert later["forecast_outcomes"] == outcomes["forecast_outcomes"]


@pytest.mark.parametrize("name", BOOK_NOTEBOOKS)
def test_a_compared_notebook_shows_the_headline_of_its_seller_without_filters(name: str) -> None:
    cells = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]
    sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
    call = " ".join(sources["open"].partition("smartinst.open(")[2].split())
    assert call.startswith("seller, as_of, where, locale=locale, previous=previous,")
    cell, source = MEASURING_CELLS[name]
    assert sources[cell] == source


def test_the_version_of_a_seller_changes_with_each_write_of_its_rows(daily: Workspace) -> None:
    ledger = Ledger(daily.settings.ledger)
    versions, changes = ledger.seller_versions(SELLERS), Counter[str]()
    for seed in range(20, 40):
        daily.ingest("acme", seed, plans=1)
        newer = ledger.seller_versions(SELLERS)
        changes += Counter(name for name in SELLERS if newer[name] != versions[name])
        versions = newer
    assert changes["acme"] == 20
    assert changes["loft"] == 1, "it shares a bucket with acme, whose files were merged once"
    assert changes["nube"] == 0
