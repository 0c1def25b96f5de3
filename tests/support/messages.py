"""Every text that a reader sees, found where it is written, and what each catalogue still lacks.

.venv/bin/python -m tests.support.messages          the missing messages of each language, as lines of a .po file
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import babel_extract

from smartinst.analytics.figures import FIGURES, PLANS_BY_COUNTRY
from smartinst.analytics.filters import FILTERS
from smartinst.pages.reading import markdown
from smartinst.shipped import CATALOGUES
from tests.support.paths import ROOT

SINGLE = {"_", "N_", "gettext"}
PLURAL = {"ngettext": (0, 1), "plural_forms": (0, 1)}


@dataclass(frozen=True, order=True)
class Message:
    """A text, its plural where it has one (else empty), and where it stands."""

    text: str
    plural: str
    place: str


def messages() -> list[Message]:
    """Every message of package, templates, shipped notebooks, report definitions and tables of declarations."""
    found = {
        (one.text, one.plural): one
        for one in (*_python(), *_templates(), *_notebooks(), *_declared())
    }
    return sorted(found.values())


def missing(language: str) -> list[Message]:
    """What a language's catalogue does not say."""
    path = CATALOGUES / language / "LC_MESSAGES" / "smartinst.po"
    with path.open("rb") as file:
        catalogue = read_po(file)
    lacking = []
    for one in messages():
        known = catalogue.get(one.text)
        texts = known.string if known else ""
        said = all(texts) if isinstance(texts, tuple) else bool(texts)
        if not said or (known and known.fuzzy) or bool(one.plural) != isinstance(texts, tuple):
            lacking.append(one)
    return lacking


def _python() -> Iterator[Message]:
    for path in sorted((ROOT / "smartinst").rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _called(node, place)


def _called(node: ast.Call, place: str) -> Iterator[Message]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [
        one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None
        for one in node.args
    ]
    if name in SINGLE and texts and texts[0]:
        yield Message(texts[0], "", place)
    if name in PLURAL and len(texts) > 1 and texts[0] and texts[1]:
        yield Message(texts[0], texts[1], place)


def _templates() -> Iterator[Message]:
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        with path.open("rb") as file:
            for _, _, text, _ in babel_extract(file, ("_", "gettext", "ngettext"), [], options):
                both = text if isinstance(text, tuple) else (text, "")
                yield Message(both[0] or "", both[1] or "", path.relative_to(ROOT).as_posix())


def _notebooks() -> Iterator[Message]:
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                source = cell["source"]
                for text in markdown.messages(
                    "".join(source) if isinstance(source, list) else source
                ):
                    yield Message(text, "", f"notebooks/{path.name}")


def _declared() -> Iterator[Message]:
    for path in sorted((ROOT / "reports").glob("*.toml")):
        yield Message(
            tomllib.loads(path.read_text(encoding="utf-8"))["title"], "", f"reports/{path.name}"
        )
    for figure in (*FIGURES, PLANS_BY_COUNTRY):
        yield Message(figure.title, "", "smartinst/analytics/figures.py")
    for one in FILTERS:
        if one.kind != "read":
            yield Message(one.label, "", "smartinst/analytics/filters.py")


def hard_coded() -> list[str]:
    """Visible words in templates that no catalogue can translate, as `template: word`."""
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        source = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text(encoding="utf-8"), flags=re.S
        )
        Environment().parse(path.read_text(encoding="utf-8"))
        attributes = re.findall(
            r'(?:aria-label|title|alt|placeholder)="([^"{]*[A-Za-z][^"{]*)"', source
        )
        words = re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", source, flags=re.S))
        found += [
            f"{path.name}: {one}"
            for one in (*attributes, *words)
            if one.strip() and one != "smartinst"
        ]
    return found


if __name__ == "__main__":
    for folder in sorted(CATALOGUES.iterdir()):
        lacking = missing(folder.name)
        print(f"# {folder.name}: {len(lacking)} of {len(messages())} missing")  # noqa: T201
        for one in lacking:
            lines = [f"#: {one.place}", f"msgid {json.dumps(one.text, ensure_ascii=False)}"]
            if one.plural:
                lines.append(f"msgid_plural {json.dumps(one.plural, ensure_ascii=False)}")
                lines += ['msgstr[0] ""', 'msgstr[1] ""']
            else:
                lines.append('msgstr ""')
            print("\n".join(lines) + "\n")  # noqa: T201
