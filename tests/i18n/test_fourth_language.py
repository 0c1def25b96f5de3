"""A fourth language is a catalogue file and nothing else; with one of marks, every word that is not in it shows.

The package is copied, a French catalogue that says «…» around each message is laid beside the others, and a seller's
report is made in it: what stands outside «…» must be data, or a name of CLDR.
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

MARKED = re.compile(r"«[^«»]*»")
SELLER = "Vendeur Exemple"
# A drawing is a picture (role=img): of what is in it only the visible texts are read.
WORDS = """() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const host = walker.currentNode.parentElement;
    if (!host.closest('script, style, noscript, bdi, .s-unknown')) found.push(walker.currentNode.textContent);
  }
  for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'aria-roledescription'])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (!one.closest('bdi, .drawing svg')) found.push(one.getAttribute(name));
  return found;
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The artifacts of a run in the fourth language, by kind."""
    place = tmp_path_factory.mktemp("fourth")
    for name in ("smartinst", "templates", "notebooks", "reports"):
        shutil.copytree(
            ROOT / name, place / "copy" / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    _catalogue(place / "copy" / "templates" / "locale" / "fr" / "LC_MESSAGES" / "smartinst.po")
    lines = configuration({"quatre": ("fr", "Europe/Paris")}).replace("Quatre Cursos", SELLER)
    (place / "smartinst.toml").write_text(lines, encoding="utf-8")
    sample.write_sample(place / "in", "nube", 40, as_of=AS_OF, seed=5)
    _called(place, "ingest", "in", "--seller", "quatre")
    told = _called(
        place,
        "run",
        "seller",
        "--seller",
        "quatre",
        "--as-of",
        AS_OF.isoformat(),
        "--to",
        "html,pdf",
    )
    return {path.suffix[1:]: path for path in map(Path, told.splitlines())}


def _catalogue(path: Path) -> None:
    catalogue = Catalog(locale="fr")
    for one in messages():
        both = (f"«{one.text}»", f"«{one.plural}»")
        catalogue.add(
            (one.text, one.plural) if one.plural else one.text, both if one.plural else both[0]
        )
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)


def _called(place: Path, *words: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SMARTINST_")}
    done = subprocess.run(
        [sys.executable, "-c", "from smartinst.cli import main; main()", *words],
        cwd=place,
        env=env | {"PYTHONPATH": str(place / "copy")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def unmarked(text: str) -> list[str]:
    """The words outside every «…», those within others taken out from the inside."""
    while (less := MARKED.sub(" ", text)) != text:
        text = less
    return re.findall(r"[^\W\d_]{2,}", text)


def known() -> set[str]:
    """Words that no catalogue says: CLDR's, codes, and the product's own."""
    cldr = Cldr.parse("fr")
    names = [*cldr.territories.values(), *cldr.currencies.values(), *cldr.currencies]
    names += [name for form in cldr.months["stand-alone"].values() for name in form.values()]
    names += [name for form in cldr.months["format"].values() for name in form.values()]
    names += [name for form in cldr.days["format"].values() for name in form.values()]
    found = {word for name in names for word in re.findall(r"[^\W\d_]{2,}", str(name))}
    return (
        found
        | {word.capitalize() for word in found}
        | {"US", "WhatsApp", "PayPal", *"Apple Pay Google".split(), *SELLER.split()}
    )


def test_every_word_of_the_page_is_in_the_catalogue(
    chromium: Browser, made: dict[str, Path]
) -> None:
    page, faults = open_page(chromium, made["html"])
    products = set(
        page.evaluate("frames.plans.product.concat(frames.plans.buyer).join(' ')").split()
    )
    texts = page.evaluate(WORDS)
    left = {word for text in texts for word in unmarked(text)} - known()
    data = {word for name in products for word in re.findall(r"[^\W\d_]{2,}", name)}
    assert left - data == set()
    assert page.evaluate("document.documentElement.lang") == "fr"
    assert sum("«" in text for text in texts) > 200
    assert faults == []


def test_numbers_dates_and_months_are_the_languages(made: dict[str, Path]) -> None:
    text = "\n".join(page.extract_text() for page in PdfReader(made["pdf"]).pages)
    assert "31 octobre 2026" in text
    assert re.search(r"\d,\d\d\s€", text)
    assert "«" in text
