"""Writes templates/charts/warm-up.json: the charts of a sample seller, to warm the engine with.

python -m tests.support.warm_up_specs
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from smartinst import sample
from smartinst.analytics.figures import FIGURES
from smartinst.drawing.chart_images import strip_tooltips, without_tooltips
from smartinst.drawing.vega.warm_up import SPECS
from smartinst.report.book import open_book
from smartinst.report.charts.catalog import CHARTS
from smartinst.report.charts.mime_renderer import chart_bundle
from smartinst.report.mime_bundles import VEGALITE
from smartinst.settings import load_settings
from tests.support.workspace import AS_OF, SELLERS, configuration, ingest_folder


def sample_specs() -> list[Any]:
    """The Vega-Lite spec of each chart, for a sample seller of 60 plans; no buyer is in them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "smartinst.toml").write_text(configuration(SELLERS), encoding="utf-8")
        sample.write_sample(folder / "in", "acme", 60, as_of=AS_OF, seed=5)
        ingest_folder(folder, "in", "acme")
        book = open_book("acme", AS_OF, settings=load_settings(folder, {}))
        charts = [getattr(book, figure.name).chart() for figure in FIGURES if figure.name in CHARTS]
        specs = [chart_bundle(chart)[VEGALITE] for chart in charts]
    return [strip_tooltips(without_tooltips(spec)) for spec in specs]


if __name__ == "__main__":
    text = json.dumps(sample_specs(), ensure_ascii=False, separators=(",", ":"))
    SPECS.write_text(f"{text}\n", encoding="utf-8")
