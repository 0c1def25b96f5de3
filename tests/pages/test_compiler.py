"""An executed notebook is laid out in the reader's language; its contents can do no harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from smartinst.drawing import fonts
from smartinst.drawing.svg.prepared import minify_svg
from smartinst.errors import ReportError
from smartinst.i18n.locales import Locale
from smartinst.pages.html.page import render_page
from smartinst.pages.layout.column_widths import fit_to_page
from smartinst.pages.layout.print_tables import has_one_currency, print_table
from smartinst.pages.layout.sections import build_layout
from smartinst.pages.layout.table_view import view_table
from smartinst.pages.pdf import render
from smartinst.pages.reading import blocks
from smartinst.report.table import Column, Table
from tests.support.executed import edition_at
from tests.support.golden import assert_matches_golden


def notebook(folder: Path, *outputs: dict[str, Any], markdown: str = "", **about: Any) -> Path:
    """An executed notebook of a Markdown cell and one code cell."""
    cells: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": markdown}]
    displayed = [
        {"output_type": "display_data", "data": bundle, "metadata": {}} for bundle in outputs
    ]
    if about:
        displayed.insert(
            0,
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {"application/vnd.smartinst.report+json": about},
            },
        )
    cells.append(
        {
            "cell_type": "code",
            "metadata": {},
            "source": "x",
            "execution_count": 1,
            "outputs": displayed,
        }
    )
    path = folder / "mine.ipynb"
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        encoding="utf-8",
    )
    return path


def table(rows: list[list[Any]], role: str = "figure", **column: Any) -> Table:
    amount = {"name": "amount", "label": "Amount", "kind": "money", "currency": "EUR"} | column
    columns = (Column("buyer", "Buyer"), Column.from_json(amount))
    return Table("t", "Title", columns, tuple(tuple(row) for row in rows), role=role)


@pytest.mark.parametrize(
    ("text", "drawable"),
    [
        ("José Müller", "José Müller"),
        ("a\u0301", "á"),
        ("👩‍👩‍👧‍👦🏳️‍🌈💸", "▯▯▯"),
        ("🇧🇷", "▯"),
        ("社會", "▯▯"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("zero\u200dwidth\ufeff", "zerowidth"),
        ("a\u2028b\x00c", "a bc"),
        ("हिन्दी", "▯▯▯"),
    ],
    ids=["latin", "decomposed", "emoji", "flag", "han", "override", "joiner", "control", "marks"],
)
def test_each_character_that_the_font_lacks_is_a_box(text: str, drawable: str) -> None:
    assert fonts.replace_missing_characters(text) == drawable


def test_a_notebook_needs_no_template_of_its_own(tmp_path: Path) -> None:
    html_table = (
        "<table><thead><tr><th>who</th></tr></thead><tbody><tr><td>Ana</td></tr></tbody></table>"
    )
    path = notebook(
        tmp_path,
        {"text/html": html_table},
        {"text/plain": "42"},
        markdown="# My study\n\n## First\n\nSome *words*.",
    )
    page = render_page(edition_at(path))
    assert "<title>My study</title>" in page
    assert '<h2 id="first">First</h2>' in page
    assert "<em>words</em>" in page
    assert ">Ana<" in page
    assert re.search(r"<pre[^>]*>42</pre>", page)


def test_the_error_names_the_cell_that_failed(tmp_path: Path) -> None:
    path = notebook(tmp_path)
    book = json.loads(path.read_text())
    book["cells"][1]["outputs"] = [
        {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    ]
    path.write_text(json.dumps(book))
    with pytest.raises(ReportError, match=r"mine\.ipynb, cell \[1\]: ValueError$"):
        edition_at(path)


def test_a_file_that_is_not_a_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_text("[1]")
    with pytest.raises(ReportError, match="expected a notebook"):
        edition_at(tmp_path / "x.ipynb")


@pytest.mark.parametrize(
    ("formats", "note"),
    [((), "and 18 more columns"), (("xlsx", "pdf"), "and 18 more columns in the workbook")],
    ids=["alone", "with the workbook"],
)
def test_a_wide_frame_says_how_many_columns_it_omits(
    tmp_path: Path, formats: tuple[str, ...], note: str
) -> None:
    columns = [{"name": f"c{n}", "label": f"c{n}"} for n in range(29)]
    columns[0] |= {"kind": "money", "currency_column": "unit"}
    content = {
        "name": "frame",
        "role": "dataframe",
        "columns": [*columns, {"name": "unit"}],
        "rows": [[*range(29), "EUR"]],
    }
    path = notebook(tmp_path, {"application/vnd.smartinst.table+json": content}, locale="en")
    page = render_page(edition_at(path, formats=formats))
    assert f'<p class="omissions">{note}</p>' in page
    assert "€0.00" in page


@pytest.mark.parametrize(("paper", "line_count"), [(True, 60), (False, 500)])
def test_a_long_printed_text_says_how_many_lines_it_omits(paper: bool, line_count: int) -> None:
    text = (
        build_layout([blocks.PrintedText("line\n" * 3000)], Locale("es"), paper=paper)
        .sections[0]
        .blocks[0]
        .text
    )
    assert text.count("line\n") == line_count
    assert text.endswith(f"y {Locale('es').number(3000 - line_count)} líneas más")


def test_values_are_formatted_in_the_language_and_null_is_a_dash() -> None:
    view = view_table(table([["Ana", 123456], [None, None]]), Locale("pt-BR"))
    assert [[cell.text for cell in row] for row in view.rows] == [
        ["Ana", "€\u00a01.234,56"],
        ["–", "–"],
    ]


def test_only_https_links_are_links() -> None:
    view = view_table(
        table([["Ana", "javascript:alert(1)"], ["Bo", "https://wa.me/1"]], kind="link"),
        Locale("en"),
    )
    assert [row[1].href for row in view.rows] == ["", "https://wa.me/1"]
    assert view.rows[1][1].about == "WhatsApp: Bo"


def test_columns_share_the_page_width_and_wide_tables_have_small_type() -> None:
    texts = tuple(Column(name, name) for name in "abcd")
    wordy = Table("t", "", texts, (("word " * 20,) * 4,))
    usual, crowded = (
        fit_to_page(view_table(table([["Ana", 1]]), Locale("en"))),
        fit_to_page(view_table(wordy, Locale("en"))),
    )
    assert round(sum(head.share for head in usual.head)) == 100
    assert (usual.density, crowded.density) == ("", "dense")


def test_a_printed_table_has_no_currency_column_and_joins_a_ratio_with_its_counts() -> None:
    columns = (
        Column("installments", "Installments", "integer"),
        Column("currency", "Currency"),
        Column("late", "Late", "integer"),
        Column("live", "Live", "integer"),
        Column("overdue", "Overdue", "money", "currency"),
        Column("share", "Late (% of live)", "percent", numerator="late", denominator="live"),
    )
    rows = ((2, "EUR", 5, 12, 123456, [5, 12]), (3, "BRL", 0, 0, 0, [0, 0]))
    figure = {"name": "t", "by": ["installments", "currency"], "sums": []}
    view = print_table(Table("t", "", columns, rows, figure=figure), Locale("en"))
    assert [head.name for head in view.head] == ["installments", "overdue", "share"]
    assert [[cell.text for cell in row] for row in view.rows] == [
        ["2", "€1,234.56", "5 of 12, 42%"],
        ["3", "R$0.00", "–"],
    ]
    leading = Table(
        "t", "", (columns[1], columns[0], columns[4]), (("EUR", 2, 100),), figure=figure
    )
    assert [head.name for head in print_table(leading, Locale("en")).head] == [
        "currency",
        "installments",
        "overdue",
    ]
    in_one_currency = print_table(
        leading, Locale("en"), has_one_currency=has_one_currency([leading])
    )
    assert [head.name for head in in_one_currency.head] == ["installments", "overdue"]
    assert not has_one_currency([leading, replace(leading, rows=(("BRL", 2, 100),))])


def test_narrow_charts_are_paired_and_a_repeated_title_is_shown_once() -> None:
    narrow = blocks.Chart("Aging", "Half is old.", None, None, None, None, False)
    wide_chart = blocks.Chart("Aging", "Half is old.", None, None, None, None, True)
    layout = build_layout(
        [blocks.Heading(2, "Delays"), narrow, narrow, narrow, wide_chart], Locale("en")
    )
    rows = layout.sections[0].blocks
    assert [row.form for row in rows] == ["pair", "single", "wide"]
    assert [chart.title for row in rows for chart in row.charts] == ["Aging", "", "", ""]
    assert len({chart.anchor for row in rows for chart in row.charts}) == 4


def test_a_table_repeats_the_title_of_a_chart_that_is_not_right_above() -> None:
    chart = blocks.Chart("Title", "", None, None, None, None, True)
    adjacent, distant = table([["Ana", 1]]), table([["Ana", 1]])
    between = blocks.PrintedText("something else")
    content = (
        build_layout([blocks.Heading(2, "Delays"), chart, adjacent, between, distant], Locale("en"))
        .sections[0]
        .blocks
    )
    assert [block.view.title for block in content if block.kind == "table"] == ["", "Title"]


def test_no_heading_level_is_skipped() -> None:
    layout = build_layout(
        [blocks.Heading(3, "Deep"), blocks.Heading(5, "Deeper"), blocks.Heading(2, "Flat")],
        Locale("en"),
    )
    levels = [section.heading.level for section in layout.sections if section.heading]
    inner = [block.level for section in layout.sections for block in section.blocks]
    assert (levels, inner) == ([2, 2], [3])


def test_a_minified_svg_keeps_only_what_is_visible() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script>'
        '<image href="http://x/y.png"/><g><text opacity="0">hidden</text></g>'
        '<text opacity="1" role="x">社 shown</text></svg>'
    )
    assert minify_svg(svg) == (
        '<svg xmlns="http://www.w3.org/2000/svg" font-family="Inter, sans-serif" '
        'width="9" height="9" viewBox="0 0 9 9"><text>▯ shown</text></svg>'
    )


@pytest.mark.parametrize("locale", ["pt-BR", "es", "en"])
def test_components_look_as_agreed(locale: str, tmp_path: Path) -> None:
    """One component of each kind, per language, on paper; the sheet's style is left out."""
    kpi = {
        "sentence": "One sentence.",
        "currencies": [{"currency": "EUR", "items": [
            {"name": "received", "label": "R", "minor": 123456, "change_minor": -5, "note": "n"},
            {"name": "buyers", "label": "B", "count": 1234, "change_minor": None, "note": ""}]}],
        "net": [{"currency": "USD", "minor": 99, "estimated_minor": 9}],
    }  # fmt: skip
    columns = [
        {"name": "buyer", "label": "Buyer", "kind": "text"},
        {"name": "email", "label": "E-mail", "kind": "text"},
        {"name": "status", "label": "Status", "kind": "status"},
        {"name": "country", "label": "Country", "kind": "country"},
        {"name": "share", "label": "Share", "kind": "percent"},
        {"name": "day", "label": "Day", "kind": "date"},
        {"name": "whatsapp", "label": "", "kind": "link"},
    ]  # fmt: skip
    row = [
        "Rita <b>",
        "rita@example.com",
        "In progress with issues",
        "PT",
        [1, 3],
        "2026-10-31",
        "https://wa.me/1",
    ]
    contacts = {
        "name": "contacts",
        "title": "T",
        "columns": columns,
        "rows": [row],
        "role": "contacts",
        "more": "more",
    }
    terms = {"name": "g", "title": "", "role": "glossary", "rows": [["a", "b"]],
             "columns": [{"name": name, "label": "", "kind": "text"} for name in "td"]}  # fmt: skip
    outputs: list[dict[str, Any]] = [{"application/vnd.smartinst.kpi+json": kpi}]
    outputs += [{"application/vnd.smartinst.table+json": content} for content in (contacts, terms)]
    path = notebook(tmp_path, *outputs, markdown="## Notes", locale=locale, seller="Acme",
                    seller_id="acme", as_of="2026-10-31", title="Smart", name="seller")  # fmt: skip
    html = render.print_sheet(edition_at(path)).html
    assert_matches_golden(
        f"components-{locale}.html", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    )


@pytest.mark.parametrize(
    "text",
    [
        "<module 'polars' from '/home/ana/.venv/lib/polars/__init__.py'>",
        "<function total at 0x7f25044a7d10>",
        "<bound method Book.notes of <Book object at 0x7f2504>>",
        "<smartinst.report.book.Book object at 0x7f25044a7d10>",
    ],
)
def test_paths_and_addresses_of_the_machine_are_not_published(text: str, tmp_path: Path) -> None:
    outputs = ({"text/plain": text}, {"text/plain": "<b> is text, at 0x1"})
    page = render_page(edition_at(notebook(tmp_path, *outputs)))
    assert "/home/ana" not in page
    assert "0x7f25" not in page
    assert "is text, at 0x1" in page
