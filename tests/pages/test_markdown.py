"""Markdown of notebooks becomes safe HTML in the reader's language; nothing of it is lost."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

import pytest

from smartinst.i18n.locales import Locale
from smartinst.pages.markup import attachments, markdown
from smartinst.pages.markup.attachments import attach_pictures
from smartinst.pages.markup.undrawn import UndrawnContent, translator
from smartinst.pages.reading.blocks import Heading, Prose
from smartinst.pages.reading.content import blocks_of_markdown

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAIAAAC0SDtlAAAAFElEQVR4nGNQjJ5BEmIY1TAoNAAAfzSbQXn+YpwAAAAA"
    "SUVORK5CYII="
)


def blocks_of(source: str, locale: str = "en", **cell: Any) -> list[Heading | Prose]:
    undrawn = UndrawnContent(translator(locale), "cell [1]")
    return list(blocks_of_markdown({"source": source, **cell}, undrawn))


def html_of(source: str, **cell: Any) -> str:
    return "".join(block.html for block in blocks_of(source, **cell) if isinstance(block, Prose))


def test_texts_and_headings_are_translated() -> None:
    assert blocks_of("## Alerts\n\nNothing to note.", "es") == [
        Heading(2, "Alertas"),
        Prose("<p>Nada que señalar.</p>\n"),
    ]


def test_code_is_never_translated() -> None:
    source = "```\n# Alerts\n\nNothing to note.\n```"
    assert markdown.messages(source) == []
    assert markdown.translated(source, Locale("es").gettext) == source


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# Title #\n\n\n  text  \nmore\n",
        "a\n\n\n\nb",
        "- a\n\n  - b\n\n```py\nx\n\ny\n```\n\n| a |\n|---|\n| 1 |",
        "text\n## Heading\ntext",
        "~~~\nnever closed",
    ],
)
def test_a_source_without_translations_does_not_change(source: str) -> None:
    assert markdown.translated(source, lambda text: text) == source


def test_the_messages_are_headings_and_paragraphs() -> None:
    source = "# A title #\nfirst\nline\n\nsecond\n## B\n\n"
    assert markdown.messages(source) == ["A title", "first\nline", "second", "B"]


def test_scripts_unsafe_links_and_comments_are_removed_and_markup_remains() -> None:
    html = html_of(
        "<b>x</b> [a](javascript:alert(1)) [b](https://x.example) <script>alert(1)</script>"
        "<!-- not for the seller -->"
    )
    assert "<b>x</b>" in html
    assert 'href="https://x.example"' in html
    assert not any(word in html for word in ("script", "alert", "not for the seller"))


def test_references_and_footnotes_work_across_the_whole_cell() -> None:
    html = html_of("See [it][1] and[^n].\n\nBetween.\n\n[1]: https://x.example\n[^n]: The *note*.")
    assert '<a href="https://x.example"' in html
    assert "and<sup>1</sup>." in html
    assert "<li><p>The <em>note</em>.</p>" in html


def test_tables_align_numbers_by_a_class_and_tasks_show_their_state() -> None:
    html = html_of("| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open")
    assert '<td class="number">2</td>' in html
    assert "style" not in html
    assert "<li>[✓] done</li>" in html
    assert "<li>[ ] open</li>" in html


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "R$5, R$10 e US$ 7",
        "from $1 to $2 (net $1.50)",
        "a \\$5 note and \\$6",
        "5$ und 6$",
    ],
)
def test_amounts_in_dollars_are_no_formulas(text: str) -> None:
    html = html_of(text)
    assert "<img" not in html
    assert text.replace("\\", "") in html


@pytest.mark.parametrize(
    "source",
    [
        "The sum $a_1 + b$ is.",
        "$$\n\\frac{a}{b}\n$$",
        "\\begin{align}\na &= b\\\\\nc &= d\n\\end{align}",
    ],
)
def test_formulas_are_pictures_with_their_source_as_alternative(source: str) -> None:
    html = html_of(source)
    assert '<img class="formula" src="data:image/svg+xml;base64,' in html or (
        'class="formula"' in html and "data:image/svg+xml;base64," in html
    )
    assert 'alt="' in html
    assert "$$" not in html


def test_a_formula_that_cannot_be_drawn_is_its_source() -> None:
    assert "<code>x_{</code>" in html_of("It is $x_{$ here.")


def test_attached_pictures_are_drawn_and_missing_ones_are_named() -> None:
    cell = {"attachments": {"a.png": {"image/png": [PNG[:40] + "\n", PNG[40:]]}}}
    html = html_of("![Our logo](attachment:a.png)", **cell)
    assert f'src="data:image/png;base64,{PNG}"' in html
    assert 'alt="Our logo"' in html
    undrawn = UndrawnContent(translator("en"), "cell [1]")
    source = "![the logo](attachment:b.png) ![far](https://x.example/c.png)"
    (block,) = blocks_of_markdown({"source": source}, undrawn)
    assert isinstance(block, Prose)
    assert "<img" not in block.html
    assert "the logo <span" in block.html
    assert undrawn.places == [
        "cell [1]: a picture that is not stored in the notebook (b.png)",
        "cell [1]: a picture that is not stored in the notebook (x.example)",
    ]


def test_headings_inside_lists_and_quotations_begin_no_section() -> None:
    blocks = blocks_of("> ## Quoted\n> text\n\n## Real\n\n<div>\n\n### Framed\n\n</div>")
    assert [block.text for block in blocks if isinstance(block, Heading)] == ["Real"]
    assert "<p><strong>Quoted</strong></p>" in html_of("> ## Quoted\n> text\n\n## Real")


def test_details_and_definition_lists_are_paragraphs() -> None:
    html = html_of("<details><summary>More</summary>inside</details>\n\nTerm\n: Meaning")
    assert "<strong>More</strong>" in html
    assert "inside" in html
    assert "<strong>Term</strong>" in html
    assert "Meaning" in html


@pytest.mark.parametrize(
    "source",
    [
        "![Logo](img/our%20logo.png)",
        "![Logo](<img/our logo.png>)",
        '![Logo](img/our%20logo.png "A title")',
        '<img src="img/our logo.png" alt="Logo">',
    ],
)
def test_pictures_beside_the_notebook_are_attached(source: str, tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "our logo.png").write_bytes(base64.b64decode(PNG))
    cell: dict[str, Any] = {"source": source}
    attach_pictures(cell, tmp_path)
    html = html_of(**cell)
    assert f'src="data:image/png;base64,{PNG}"' in html
    assert 'alt="Logo"' in html


@pytest.mark.parametrize(
    "address", ["../secret.png", "/etc/passwd", "notes.txt", "https://x.example/a.png", "none.png"]
)
def test_other_files_are_never_read(address: str, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(base64.b64decode(PNG))
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "notes.txt").write_text("secret")
    cell = {"source": f"![x]({address})"}
    attach_pictures(cell, folder)
    assert cell == {"source": f"![x]({address})"}


def test_many_addresses_without_a_file_cost_little(tmp_path: Path) -> None:
    """They are looked up before the notebook runs, where no time limit holds."""
    source = "".join(f"![]({number})" for number in range(50_000))
    cell = {"cell_type": "markdown", "source": source}
    start_time = time.process_time()
    attach_pictures(cell, tmp_path)
    assert time.process_time() - start_time < 5
    assert cell["source"] == source and "attachments" not in cell


def test_a_repeated_picture_is_embedded_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MAX_EMBEDDED", 2 * len(PNG))
    (tmp_path / "a.png").write_bytes(base64.b64decode(PNG))
    cell = {"cell_type": "markdown", "source": '<img src="a.png">' * 3}
    attach_pictures(cell, tmp_path)
    assert cell["source"].count("data:image/png;base64,") == 2
    assert cell["source"].endswith('<img src="a.png">')
