"""A fourth language needs only a catalogue file, and every word of a report is translatable.

The test adds a French catalogue, in which each message is the English text within «…», to a copy of
the package and generates a report. All other words in it must be data or names from CLDR.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel import Locale as Cldr
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from playwright.sync_api import Browser
from pypdf import PdfReader

from smartinst import sample
from tests.support.chromium import open_page
from tests.support.messages import messages
from tests.support.paths import ROOT
from tests.support.workspace import AS_OF, configuration

MARKED_TEXT = re.compile(r"«[^«»]*»")
SELLER = "Vendeur Exemple"
# A drawing is an image (role=img); only its visible texts are collected.
COLLECT_TEXTS = """() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const host = walker.currentNode.parentElement;
    if (!host.closest('script, style, noscript, bdi, .s-unknown'))
      texts.push(walker.currentNode.textContent);
  }
  for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'aria-roledescription'])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (!element.closest('bdi, .drawing svg')) texts.push(element.getAttribute(name));
  return texts;
}"""
pytestmark = [pytest.mark.kernel, pytest.mark.pdf]


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Artifacts of a run in the fourth language, by file type."""
    workspace = tmp_path_factory.mktemp("fourth")
    for name in ("smartinst", "templates", "notebooks", "reports"):
        shutil.copytree(
            ROOT / name, workspace / "copy" / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    _catalogue(workspace / "copy" / "templates" / "locale" / "fr" / "LC_MESSAGES" / "smartinst.po")
    lines = configuration({"quatre": ("fr", "Europe/Paris")}).replace("Quatre Cursos", SELLER)
    (workspace / "smartinst.toml").write_text(lines, encoding="utf-8")
    sample.write_sample(workspace / "in", "nube", 40, as_of=AS_OF, seed=5)
    _run_command(workspace, "ingest", "in", "--seller", "quatre")
    command = f"run seller --seller quatre --as-of {AS_OF.isoformat()} --to html,pdf"
    output = _run_command(workspace, *command.split())
    return {path.suffix[1:]: path for path in map(Path, output.splitlines())}


def _catalogue(path: Path) -> None:
    catalogue = Catalog(locale="fr")
    for message in messages():
        if message.plural:
            ids = (message.text, message.plural)
            catalogue.add(ids, tuple(f"«{text}»" for text in ids))
        else:
            catalogue.add(message.text, f"«{message.text}»")
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)


def _run_command(workspace: Path, *words: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")}
    process = subprocess.run(
        [sys.executable, "-c", "from smartinst.cli import main; main()", *words],
        cwd=workspace,
        env=env | {"PYTHONPATH": str(workspace / "copy")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def unmarked_words(text: str) -> list[str]:
    """The words outside of every «…», which may be nested."""
    while (shorter := MARKED_TEXT.sub(" ", text)) != text:
        text = shorter
    return re.findall(r"[^\W\d_]{2,}", text)


def untranslated_names() -> set[str]:
    """Words that are in no catalogue: names from CLDR, codes and product names."""
    cldr = Cldr.parse("fr")
    names = [*cldr.territories.values(), *cldr.currencies.values(), *cldr.currencies]
    names += [*cldr.currency_symbols.values()]
    names += [name for form in cldr.months["stand-alone"].values() for name in form.values()]
    names += [name for form in cldr.months["format"].values() for name in form.values()]
    names += [name for form in cldr.days["format"].values() for name in form.values()]
    words = {word for name in names for word in re.findall(r"[^\W\d_]{2,}", str(name))}
    return (
        words
        | {word.capitalize() for word in words}
        | {"US", "WhatsApp", "PayPal", *"Apple Pay Google".split(), *SELLER.split()}
    )


def test_every_word_of_the_page_is_in_the_catalogue(
    chromium: Browser, artifacts: dict[str, Path]
) -> None:
    page, faults = open_page(chromium, artifacts["html"])
    products = set(
        page.evaluate("frames.plans.product.concat(frames.plans.buyer).join(' ')").split()
    )
    texts = page.evaluate(COLLECT_TEXTS)
    unmarked = {word for text in texts for word in unmarked_words(text)} - untranslated_names()
    data = {word for name in products for word in re.findall(r"[^\W\d_]{2,}", name)}
    assert unmarked - data == set()
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert sum("«" in text for text in texts) > 200
    assert faults == []


def test_numbers_and_dates_follow_the_language(artifacts: dict[str, Path]) -> None:
    text = "\n".join(page.extract_text() for page in PdfReader(artifacts["pdf"]).pages)
    assert "31 octobre 2026" in text
    assert re.search(r"\d,\d\d\s€", text)
    assert "«" in text
