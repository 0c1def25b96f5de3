"""The offline page: one HTML file whose script filters and sums the rows of the report."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from smartinst.pages import compiler, stylesheets
from smartinst.pages.compiler import Edition
from smartinst.pages.html.filter_controls import filter_controls
from smartinst.pages.html.script_data import headline_spec, script_data
from smartinst.pages.html.vega import compile_chart
from smartinst.pages.layout import section_views, sections
from smartinst.report.dataset import page_rows
from smartinst.shipped import ASSETS, TEMPLATES

ROWS: Final = 200
"""Maximum rows of a table in the HTML; the script rebuilds the tables of figures."""

SCRIPTS: Final = (
    *("fold.js", "write.js", "controls.js", "address.js", "charts.js", "marks.js"),
    *("headline.js", "plans.js", "sections.js", "page.js"),
)


def render_page(edition: Edition) -> str:
    """The HTML of the whole page."""
    report = edition.report
    layout = sections.build_layout(
        report.blocks, edition.locale, rows=ROWS, attachments=edition.attachments
    )
    dataset = page_rows(report.dataset) if report.dataset else None
    views = [view for view in section_views.charts(layout) if view.chart.spec]
    charts = [chart for view in views if (chart := compile_chart(view))]
    scripts = _scripts() if dataset or charts else ()
    styles = stylesheets.page_styles()
    return compiler.render_template(
        edition,
        "page/page.html",
        layout=layout,
        paper=False,
        dataset=dataset,
        follows_headline=headline_spec(edition) is not None,
        charts=charts,
        controls=filter_controls(dataset, edition.locale) if dataset else [],
        pictures=compiler.picture_addresses(layout),
        policy=_policy(scripts, [styles]),
        styles=Markup(styles),  # noqa: S704 - our own stylesheet
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own and Vega's code
        data=htmlsafe_json_dumps(
            script_data(edition, dataset, layout, charts),
            ensure_ascii=False,
            separators=(",", ":"),
            allow_nan=False,
        )
        if scripts
        else "",
    )


@lru_cache(maxsize=1)
def _scripts() -> tuple[str, ...]:
    """Vega, its interpreter and the page's own script, escaped for a script element."""
    vega = [ASSETS / "vega" / name for name in ("vega.min.js", "vega-interpreter.min.js")]
    page = [TEMPLATES / "page" / name for name in SCRIPTS]
    texts = [path.read_text(encoding="utf-8") for path in vega]
    texts.append("\n".join(path.read_text(encoding="utf-8") for path in page))
    return tuple(text.replace("</script", "<\\/script").replace("<!--", "<\\!--") for text in texts)


def _policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """A Content-Security-Policy for these scripts and styles, and `data:` images and fonts."""
    hashes = " ".join(map(_hash, scripts)) or "'none'"
    return (
        f"default-src 'none'; script-src {hashes}; style-src {' '.join(map(_hash, styles))}; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
