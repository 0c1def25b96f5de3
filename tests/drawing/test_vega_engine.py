"""V8 draws the pictures of vl-convert, also in a forked child, and leaves to it the others."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
import vl_convert

from smartinst.drawing.chart_images import picture_spec
from smartinst.drawing.converter import register_fonts
from smartinst.drawing.vega import engine
from smartinst.drawing.vega.engine import ENGINE, VegaEngine
from smartinst.drawing.vega.warm_up import SPECS
from smartinst.report.book import open_book
from smartinst.report.charts.catalog import CHARTS
from smartinst.report.charts.mime_renderer import chart_bundle
from smartinst.report.mime_bundles import VEGALITE
from smartinst.settings import load_settings
from tests.support.analyst_charts import BAR, analyst_charts
from tests.support.executed import outputs_at, write_executed
from tests.support.paths import ROOT
from tests.support.workspace import AS_OF, SELLERS

CONVERT: Final = vl_convert.vegalite_to_svg
COMPILE: Final = vl_convert.vegalite_to_vega


def converted(spec: dict[str, Any]) -> str:
    """The picture of a spec by vl-convert, with the ids of a first picture."""
    register_fonts()
    return _numbered(str(CONVERT(spec, allowed_base_urls=[])))


def _numbered(svg: str) -> str:
    """An SVG whose clips and gradients are numbered in their order."""
    ids = dict.fromkeys(re.findall(r'id="((?:clip|gradient_)\d+)"', svg))
    names = {name: f"id-{number}" for number, name in enumerate(ids)}
    return re.sub(r"\b(?:clip|gradient_)\d+\b", lambda match: names.get(match[0], match[0]), svg)


@pytest.fixture
def v8(monkeypatch: pytest.MonkeyPatch) -> VegaEngine:
    """The engine without vl-convert behind it."""
    ENGINE.load()
    if ENGINE._context is None:
        pytest.skip("V8 has no package for this machine")

    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("vl-convert was asked")

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", refuse)
    monkeypatch.setattr(vl_convert, "vegalite_to_vega", refuse)
    return ENGINE


@pytest.mark.parametrize("locale", ["en", "pt-BR", "es"])
@pytest.mark.parametrize("seller", SELLERS)
def test_the_charts_of_a_report_are_those_of_vl_convert(
    seller: str, locale: str, workspace: Path, tmp_path: Path, v8: VegaEngine
) -> None:
    settings = load_settings(workspace, {})
    book = open_book(seller, AS_OF, locale=locale, settings=settings)
    notebook = write_executed(tmp_path / "book.ipynb", book)
    specs, pictures = (list(outputs_at(notebook, kind)) for kind in (VEGALITE, "image/svg+xml"))
    assert len(specs) == len(CHARTS)
    for spec, picture in zip(map(picture_spec, specs), pictures, strict=True):
        assert "".join(picture) == converted(spec)
        assert json.dumps(v8.vega(spec)) == json.dumps(COMPILE(spec))


@pytest.mark.parametrize("name", analyst_charts())
def test_the_charts_of_an_analyst_are_those_of_vl_convert(name: str, v8: VegaEngine) -> None:
    spec = picture_spec(chart_bundle(analyst_charts()[name], "America/Sao_Paulo")[VEGALITE])
    svg = v8.svg(spec)
    assert _numbered(svg) == converted(spec)
    assert v8.svg(spec) == svg
    assert v8.vega(spec) == COMPILE(spec)


TIMES: Final = """
import vl_convert
from smartinst.drawing.converter import register_fonts
from smartinst.drawing.vega.engine import ENGINE
from tests.support.analyst_charts import analyst_charts
register_fonts()
for name in ("instants", "days", "units", "hours", "UTC", "instants as text", "an expression"):
    spec = {**analyst_charts()[name].to_dict(), "config": {"font": "Inter"}}
    assert ENGINE.svg(spec) == vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]), name
    print(len(ENGINE.svg(spec)))
"""


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Sao_Paulo"])
def test_times_are_those_of_vl_convert_in_the_zone_of_the_machine(zone: str) -> None:
    assert len(run_python(TIMES, TZ=zone).split()) == 7


FORKS: Final = """
import os, sys
import polars as pl
from smartinst.drawing.vega.engine import ENGINE
from smartinst.drawing.vega.warm_up import warm_up
from tests.support.analyst_charts import BAR
warm_up(1)
picture = ENGINE.svg(BAR)
for number in range(6):
    child = os.fork()
    if not child:
        rows = pl.LazyFrame({"a": [1, 1, 2]}).group_by("a").agg(pl.len()).collect()
        os._exit(0 if rows.height == 2 and ENGINE.svg(BAR) == picture else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_loaded_engine_draws_in_forked_children() -> None:
    assert run_python(FORKS).split() == ["0"] * 6


def run_python(script: str, **variables: str) -> str:
    """Standard output of a script in a new process."""
    process = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return process.stdout


def test_the_charts_of_the_warm_up_are_drawn(v8: VegaEngine) -> None:
    specs = json.loads(SPECS.read_text(encoding="utf-8"))
    assert len(specs) == len(CHARTS)
    assert all("<path" in v8.svg(spec) for spec in specs)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"encoding": {}}, "Invalid specification"),
        ({**BAR, "data": {"url": "https://example.com/sales.csv"}}, "not allowed"),
        ({**BAR, "transform": [{"calculate": "datum.a +", "as": "c"}]}, "end of input"),
    ],
    ids=["no chart", "data elsewhere", "half an expression"],
)
def test_a_spec_that_cannot_be_drawn_is_refused(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ENGINE.svg(spec)


def test_a_theme_by_name_is_drawn_by_vl_convert() -> None:
    dark = {**BAR, "usermeta": {"embedOptions": {"theme": "dark"}}}
    assert ENGINE.svg(dark) == converted(dark) != converted(BAR)


def test_without_v8_vl_convert_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ImportError("No module named '_STPyV8'")

    monkeypatch.setattr(engine, "Context", refuse)
    other = VegaEngine()
    assert other.svg(BAR) == ENGINE.svg(BAR)
    assert other.vega(BAR) == ENGINE.vega(BAR)


def test_another_thread_draws_by_vl_convert() -> None:
    ENGINE.load()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ENGINE.svg, BAR).result() == ENGINE.svg(BAR)


@pytest.mark.parametrize(
    "expression",
    [
        "this.constructor.constructor('return 7')()",
        "datum.constructor.constructor('return 7')()",
        "globalThis",
        "chartEngine.vega",
    ],
)
def test_an_expression_reaches_no_function_of_the_engine(expression: str, v8: VegaEngine) -> None:
    words = {"mark": "text", "encoding": {"text": {"field": "c", "type": "nominal"}}}
    spec = {**BAR, **words, "transform": [{"calculate": expression, "as": "c"}]}
    with pytest.raises(AssertionError, match="vl-convert was asked"):
        v8.svg(spec)


def test_scripts_reach_no_python(v8: VegaEngine) -> None:
    assert v8._context
    names = "['require', 'process', 'Deno', 'fetch', 'print', 'Python', '__builtins__']"
    assert v8._context.run(f"{names}.filter((name) => name in globalThis).length") == 0
