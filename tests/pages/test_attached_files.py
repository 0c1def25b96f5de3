"""No text of a shipped report names a file that its reader does not have.

Every report definition, in every language, with every selection of files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from itertools import chain, combinations
from pathlib import Path
from typing import Final

import pytest

from smartinst.i18n.locales import Locale, available_languages
from smartinst.pages.compiler import edition_of
from smartinst.pages.html.page import render_page
from smartinst.pages.mail.body import mail_body
from smartinst.pages.mail.content import MailContext
from smartinst.pages.markup.undrawn import DESCRIPTIONS, sentence, translator
from smartinst.pages.pdf.render import print_sheet
from smartinst.pages.reading.blocks import Chart
from smartinst.pages.reading.report import Report, read_report
from smartinst.report.table import Table
from smartinst.runs.definition_sections import FORMATS
from smartinst.runs.definitions import Definition, read_definition
from smartinst.shipped import NOTEBOOKS, REPORTS
from tests.support.executed import execute_in_process
from tests.support.workspace import AS_OF

DEFINITIONS: Final = [read_definition(path) for path in sorted(REPORTS.glob("*.toml"))]
NOTEBOOK_NAMES: Final = sorted({definition.notebook for definition in DEFINITIONS})
"""The notebooks of the definitions; definitions that share one differ in their formats only."""

SELECTIONS: Final = [
    frozenset(formats)
    for count in range(len(FORMATS) + 1)
    for formats in combinations(FORMATS, count)
]
"""Every selection of formats that a definition or a command can name."""

NAMES: Final = {
    "xlsx": r"xlsx|workbook|spreadsheet|planilha|hojas? de cálculo",
    "ipynb": r"ipynb|notebook",
    "pdf": r"\bpdf\b",
    "html": r"\bhtml\b",
}
"""Format → words that name its file in any language."""

ANY_FILE: Final = r"attach|\banex|\badjunt|full report|relatório completo|informe completo"
"""Words that say that a mail has attached files."""

DRAWING: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>'
)

CompiledReport = Callable[[str, str], Report]


@pytest.fixture(scope="module")
def compiled_report(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CompiledReport]:
    """A function that returns the report of a shipped notebook in a language."""
    folder, reports = tmp_path_factory.mktemp("shipped"), dict[tuple[str, str], Report]()

    def execute(notebook: str, language: str) -> Report:
        if (notebook, language) not in reports:
            parameters = {"seller": "acme", "as_of": AS_OF.isoformat(), "live": False}
            target = folder / f"{language}-{notebook}"
            execute_in_process(NOTEBOOKS / notebook, target, locale=language, **parameters)
            reports[notebook, language] = shortened(read_report(target))
        return reports[notebook, language]

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        yield execute


def shortened(report: Report) -> Report:
    """A report whose charts are quickly drawn, and whose tables were cut in the notebook."""
    blocks = [
        replace(block, svg=DRAWING, spec=None)
        if isinstance(block, Chart)
        else replace(block, total_rows=len(block.rows) + 20)
        if isinstance(block, Table) and block.role not in ("notes", "glossary")
        else block
        for block in report.blocks
    ]
    return replace(report, blocks=tuple(blocks))


def visible_text(html: str) -> str:
    """The text of a page, and the messages of its script."""
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    messages = json.loads(data[1])["words"]["text"].values() if data else ()
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    attributes = re.findall(r'(?:aria-label|alt|content|title)="([^"]*)"', body)
    texts = chain.from_iterable([text] if isinstance(text, str) else text for text in messages)
    return unescape(" ".join((re.sub(r"<[^>]*>", " ", body), *attributes, *texts)))


def named_formats(text: str) -> set[str]:
    """The formats whose files a text names."""
    return {kind for kind, words in NAMES.items() if re.search(words, text, re.IGNORECASE)}


@pytest.mark.parametrize("language", available_languages())
@pytest.mark.parametrize("notebook", NOTEBOOK_NAMES)
def test_page_and_sheet_name_a_workbook_only_if_the_reader_has_one(
    compiled_report: CompiledReport, notebook: str, language: str
) -> None:
    report = compiled_report(notebook, language)
    has_dataset = report.dataset is not None  # otherwise a workbook lacks the rows that were cut
    for formats in SELECTIONS:
        edition = edition_of(report, formats=formats)
        assert edition.locale.tag == language
        expected = formats & {"xlsx"} if has_dataset else set()
        assert named_formats(visible_text(render_page(edition))) == expected
        assert named_formats(visible_text(print_sheet(edition).html)) == expected


@pytest.mark.parametrize("language", available_languages())
@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.name)
def test_a_mail_names_exactly_its_attached_files(
    compiled_report: CompiledReport, definition: Definition, language: str
) -> None:
    report, locale = compiled_report(definition.notebook, language), Locale(language)
    for formats in SELECTIONS:
        files = tuple(f"{definition.name}-acme.{kind}" for kind in sorted(formats))
        mail = MailContext(locale.gettext(definition.title), "2026-11-02", files)
        body = mail_body(report, locale, mail)
        for text in (visible_text(body.html), body.text):
            assert named_formats(text) == formats
            assert bool(re.search(ANY_FILE, text, re.IGNORECASE)) == bool(formats)


@pytest.mark.parametrize("language", available_languages())
@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_a_sentence_on_what_cannot_be_drawn_names_no_file(kind: str, language: str) -> None:
    text = sentence(kind, translator(language))
    assert named_formats(text) == set()
    assert (text == sentence(kind, translator("en"))) == (language == "en")
