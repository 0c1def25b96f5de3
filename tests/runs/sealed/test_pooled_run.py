"""A sealed run is given the pooled counts, and forecasts what the command does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner

from smartinst.analytics.book.pool.other_sellers import write_pool
from smartinst.commands.loan_book import loan_book
from smartinst.pages.reading.notebook_file import read_document
from smartinst.report.book import open_book
from smartinst.runs.definitions import Definition, portfolio_seller
from smartinst.runs.run_request import RunRequest
from smartinst.runs.runs import run_reports
from smartinst.settings import Settings, load_settings
from tests.support.notebooks import code_cell, document, save
from tests.support.workspace import AS_OF

SOURCE = (
    "import json, smartinst\n"
    "from pathlib import Path\n"
    "from smartinst.settings import load_settings\n"
    "book = smartinst.open('loft', as_of)\n"
    "view = Path(load_settings().ledger.removeprefix('view://'))\n"
    "content = b''.join(path.read_bytes() for path in view.rglob('*') if path.is_file())\n"
    "print(json.dumps({\n"
    "    'expected': book.loan_book.frames['expected'].to_dicts(),\n"
    "    'pool': [str(path.relative_to(view).parent) for path in view.glob('pool/*')],\n"
    "    'others': [id for id in ('acme', 'nube') if id.encode() in content],\n"
    "}))"
)


def settings_of(workspace: Path, home: Path, **variables: str) -> Settings:
    """The settings of the workspace's ledger with another home."""
    ledger = str(workspace / "var" / "ledger")
    return load_settings(
        workspace, {"SMARTINST_HOME": str(home), "SMARTINST_LEDGER": ledger, **variables}
    )


def expected_of_run(
    settings: Settings, folder: Path, per: Literal["seller", "all"] = "seller"
) -> dict[str, Any]:
    """What a sealed run displays: what it expects for loft, and what it finds in its view."""
    path = save(
        folder / "in" / "mine.ipynb",
        document(code_cell('seller: str = ""\nas_of: str = ""', "parameters"), code_cell(SOURCE)),
    )
    definition = Definition(name="mine", title="Mine", notebook=str(path), per=per)
    seller = portfolio_seller() if per == "all" else settings.find("loft")
    request = RunRequest(definition, seller, AS_OF, formats=(), folder=folder / "out")
    (outcome,) = run_reports([request], settings, 1)
    assert outcome.error is None
    executed = read_document(Path(outcome.artifacts["ipynb"]))
    (output,) = executed["cells"][-1]["outputs"]
    content: dict[str, Any] = json.loads("".join(output["text"]))
    return content


def test_sealed_runs_of_one_seller_and_of_all_forecast_what_the_command_does(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    settings = settings_of(workspace, home, SMARTINST_INSIGHT_POOL="true")
    of_run = expected_of_run(settings, tmp_path)
    of_all = expected_of_run(settings, tmp_path / "all", "all")
    monkeypatch.chdir(workspace)
    variables = {
        "SMARTINST_HOME": str(home),
        "SMARTINST_LEDGER": settings.ledger,
        "SMARTINST_INSIGHT_POOL": "true",
    }
    words = ["--seller", "loft", "--as-of", AS_OF.isoformat(), "--json"]
    result = CliRunner().invoke(loan_book, words, env=variables, catch_exceptions=False)
    assert of_run["expected"] == json.loads(result.stdout)["expected"]
    assert of_run["pool"] == ["pool"]
    assert of_run["others"] == []
    assert of_all == {"expected": of_run["expected"], "pool": [], "others": ["acme", "nube"]}
    alone = open_book("loft", AS_OF, settings=settings_of(workspace, home)).loan_book
    assert alone is not None
    assert alone.frames["expected"].to_dicts() != of_run["expected"]


def test_without_the_setting_or_another_seller_a_run_is_given_no_counts(
    workspace: Path, tmp_path: Path
) -> None:
    pooled = settings_of(workspace, tmp_path / "home", SMARTINST_INSIGHT_POOL="true")
    loft = pooled.find("loft")
    for settings in (
        settings_of(workspace, tmp_path / "home"),
        pooled.model_copy(update={"seller": (loft,)}),
    ):
        write_pool(settings, loft, {}, tmp_path / "view")
        assert not list(tmp_path.iterdir())


def test_counts_are_kept_until_the_ledger_or_the_rules_change(
    workspace: Path, tmp_path: Path
) -> None:
    settings = settings_of(workspace, tmp_path / "home", SMARTINST_INSIGHT_POOL="true")
    folder = settings.home / "pool"

    def kept() -> dict[str, int]:
        write_pool(settings, settings.find("loft"), {}, tmp_path / "view")
        return {
            str(path.relative_to(folder)): path.stat().st_mtime_ns
            for path in folder.rglob("*.arrow")
        }

    first = kept()
    assert sorted(str(Path(name).parent) for name in first) == [".", "acme", "loft", "nube"]
    assert kept() == first
    settings = settings.model_copy(
        update={"rules": settings.rules.model_copy(update={"late_after_days": 3})}
    )
    assert len(kept()) == 4
    assert not kept().keys() & first.keys()
