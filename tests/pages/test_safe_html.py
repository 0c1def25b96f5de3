"""HTML of other libraries: text and tables remain, scripts and styles are removed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import page as pdfua
import pytest
from pypdf import PdfReader

from smartinst.pages.html.page import render_page
from smartinst.pages.markup.safe_html import sanitize_html
from smartinst.pages.pdf.render import render_pdf
from tests.pages.test_compiler import notebook
from tests.support.executed import edition_at

PANDAS = (
    '<div><style scoped>.dataframe { color: red }</style><table border="1" class="dataframe">'
    "<thead>"
    '<tr style="text-align: right;"><th></th><th colspan="2">money</th></tr></thead>'
    '<tbody><tr><th rowspan="2">Ana</th><td>1</td><td>2</td></tr>'
    "<tr><td>3</td><td>4</td></tr></tbody>"
    "</table><p>2 rows</p></div>"
)


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        ("<p>Hello <script>alert(1)</script>you</p>", "<p>Hello you</p>"),
        ("<p onclick='x()' style='color: red' id='report'>a</p>", "<p>a</p>"),
        ("<a href='javascript:alert(1)'>a</a>", '<a rel="noopener noreferrer">a</a>'),
        ("<a href='http://x.example'>a</a>", '<a rel="noopener noreferrer">a</a>'),
        (
            "<a href='https://x.example' target='_top'>a</a>",
            '<a href="https://x.example" rel="noopener noreferrer">a</a>',
        ),
        ("<p>a</p><img src='//x/y.png' onerror='x()'><iframe src='//x'>b</iframe>", "<p>a</p>"),
        ("<form action='//x'><input value='v'>a</form>", "a"),
        (
            "<table><tr><td rowspan='0' colspan='99999'>x",
            "<table><tbody><tr><td>x</td></tr></tbody></table>",
        ),
        ("<style>p { }</style><svg><text>a</text></svg><div> </div>", ""),
    ],
    ids=[
        *("script", "attributes", "script link", "http", "https", "media", "form", "spans"),
        "no words",
    ],
)
def test_only_listed_elements_and_attributes_remain(html: str, safe: str) -> None:
    assert sanitize_html(html) == safe


def test_rows_are_levelled_by_one_cell_that_spans_the_missing_columns() -> None:
    html = '<table><tr><td colspan="3">all</td></tr><tr><td>1</td></tr></table>'
    assert '<tr><td>1</td><td colspan="2"></td></tr>' in sanitize_html(html)
    assert "colspan" not in sanitize_html(html.replace('"3"', '"1001"'))


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>a</td><td>b</td></tr></table>",
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
        "<table><thead><tr><td></td><th>2025</th></tr></thead><tr><th>sold</th><td>1</td></tr></table>",
        "<ul><li>a<ul><li>b</li></ul></li></ul><pre>x\n y</pre><blockquote>q<br>r</blockquote>",
        "<table><caption>C</caption><tr><td><table><tr><td>x</td></tr></table></td></tr></table>",
        "<td>b</td></table></div><p>a",
        "<a href='mailto:a@example.com'>mail</a> <a>none</a> 2 &lt; 3 &nbsp;",
    ],
)
def test_sanitized_html_is_valid_on_paper(html: str, tmp_path: Path) -> None:
    path = notebook(tmp_path, {"text/html": html}, markdown="# T\n\n## One")
    target = tmp_path / "t.pdf"
    target.write_bytes(render_pdf(edition_at(path), strict=True))
    verdict = pdfua.validate_pdf(str(target), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(failure) for failure in verdict.failures[:3]]


def test_a_table_of_pandas_is_in_page_and_pdf_with_its_spans(tmp_path: Path) -> None:
    edition = edition_at(notebook(tmp_path, {"text/html": PANDAS}, markdown="# T\n\n## One"))
    page = render_page(edition)
    assert '<th scope="row" rowspan="2">Ana</th><td>1</td><td>2</td>' in page
    assert "color: red" not in page
    pdf = render_pdf(edition, strict=True)
    assert "Ana 1 2 3 4 2 rows" in " ".join(PdfReader(BytesIO(pdf)).pages[0].extract_text().split())
    path = tmp_path / "t.pdf"
    path.write_bytes(pdf)
    verdict = pdfua.validate_pdf(str(path), profile=pdfua.ValidationProfile.PDF_UA_1)
    assert verdict.is_compliant, [str(failure) for failure in verdict.failures[:3]]


def test_html_without_words_leaves_the_plain_text(tmp_path: Path) -> None:
    page = render_page(
        edition_at(notebook(tmp_path, {"text/html": "<script>x</script>", "text/plain": "42"}))
    )
    assert ">42</pre>" in page
