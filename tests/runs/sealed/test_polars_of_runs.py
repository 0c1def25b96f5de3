"""Polars in a run: its engine depends on the size of the facts, its threads on the other runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from smartinst.analytics.sales import read_sales
from smartinst.pages.reading.notebook_file import read_document
from smartinst.report.measures import seller_measures
from smartinst.report.reader import Reader
from smartinst.runs.sealed import child
from smartinst.runs.sealed.assignment import FILES, TEMPORARY, VIEW
from smartinst.settings import Settings, load_settings
from tests.support.notebooks import PARAMETERS, code_cell, document, save
from tests.support.workspace import AS_OF, SELLERS, smartinst

ENGINE = "POLARS_ENGINE_AFFINITY"
THREADS = "POLARS_MAX_THREADS"


@pytest.mark.parametrize(("megabytes", "engines"), [(1, ["in-memory"]), (40, [])])
def test_small_facts_are_computed_in_memory(
    megabytes: int,
    engines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (VIEW, FILES, TEMPORARY):
        (tmp_path / name).mkdir()
    (tmp_path / VIEW / "1.arrows").write_bytes(os.urandom(megabytes << 20))
    chosen: list[str] = []
    monkeypatch.setattr(pl.Config, "set_engine_affinity", chosen.append)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.chdir(tmp_path)
    child._enter(tmp_path, Settings(), Reader())
    assert chosen == engines


@pytest.mark.parametrize("seller_id", SELLERS)
def test_both_engines_of_polars_compute_the_same_figures(workspace: Path, seller_id: str) -> None:
    settings = load_settings(workspace, {})
    seller = settings.find(seller_id)
    figures = []
    for engine in ("in-memory", "streaming"):
        with pl.Config():
            pl.Config.set_engine_affinity(engine)
            measures = seller_measures(settings, seller, AS_OF, {}, "week")
            figures.append((measures, read_sales(settings, seller, {}).rows(AS_OF)))
    (measures, rows), (other_measures, other_rows) = figures
    assert measures == other_measures
    assert rows.keys() == other_rows.keys()
    for grain, frame in rows.items():
        assert frame.equals(other_rows[grain]), grain


@pytest.mark.process
@pytest.mark.parametrize("engine", ["auto", "kernel"])
def test_both_engines_of_notebooks_have_the_same_polars(
    engine: str, workspace: Path, tmp_path: Path
) -> None:
    source = f"import os, polars as pl\nprint(os.environ['{ENGINE}'], pl.thread_pool_size())"
    cells = (code_cell(PARAMETERS, "parameters"), code_cell(source))
    notebook = save(workspace / "notebooks" / "threads.ipynb", document(*cells))
    process = smartinst(
        workspace,
        *("run", str(notebook), "--seller", "loft", "--as-of", "2026-10-31", "--to", "ipynb"),
        *("--out", str(tmp_path)),
        SMARTINST_ENGINE=engine,
        **{THREADS: "1"},
    )
    assert process.returncode == 0, process.stderr
    (path,) = tmp_path.rglob("*.ipynb")
    outputs = read_document(path)["cells"][-1]["outputs"]
    assert "".join(outputs[0]["text"]) == "in-memory 1\n"


@pytest.fixture
def default_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Limits this process and those that it starts to two cores; Polars' threads on these."""
    monkeypatch.delenv(THREADS, raising=False)  # `make test` sets it
    available = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(available)[:2])
    program = "import polars; print(polars.thread_pool_size())"
    yield int(subprocess.check_output([sys.executable, "-c", program]))
    os.sched_setaffinity(0, available)


@pytest.mark.process
@pytest.mark.parametrize(
    ("jobs", "environment", "threads"),
    [
        pytest.param(2, {}, 1, id="as many runs as cores"),
        pytest.param(1, {}, None, id="a run at a time"),
        pytest.param(2, {THREADS: "3"}, 3, id="set by the user"),
    ],
)
def test_polars_has_one_thread_in_each_run_if_the_runs_occupy_all_cores(
    jobs: int,
    environment: dict[str, str],
    threads: int | None,
    default_threads: int,
    workspace: Path,
    tmp_path: Path,
) -> None:
    source = "import polars as pl\nprint(pl.thread_pool_size())"
    cells = (code_cell(PARAMETERS, "parameters"), code_cell(source))
    notebook = save(workspace / "notebooks" / "threads.ipynb", document(*cells))
    process = smartinst(
        workspace,
        *("run", str(notebook), "--all-sellers", "--as-of", "2026-10-31", "--to", "ipynb"),
        *("--jobs", str(jobs), "--out", str(tmp_path)),
        **environment,
    )
    assert process.returncode == 0, process.stderr
    executed = [read_document(path) for path in tmp_path.rglob("*.ipynb")]
    texts = ["".join(document["cells"][-1]["outputs"][0]["text"]) for document in executed]
    assert texts == [f"{threads or default_threads}\n"] * len(SELLERS)
