"""Every text that a reader sees, with its source, and the gaps of each catalogue.

`.venv/bin/python -m tests.support.messages` prints the missing messages as lines of a .po file.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import babel_extract

from smartinst.analytics.figures import FIGURES
from smartinst.analytics.filter_table import FILTERS
from smartinst.pages.markup import markdown
from smartinst.shipped import CATALOGUES
from tests.support.paths import ROOT

SINGLE_FORM: Final = {"_", "N_", "gettext"}
PLURAL_FORMS: Final = {"ngettext", "plural_forms", "plural_message"}


@dataclass(frozen=True, order=True)
class Message:
    """A text, its plural (empty if it has none), and the file that contains it."""

    text: str
    plural: str
    place: str


def messages() -> list[Message]:
    """Every message of package, templates, notebooks, report definitions and declarations."""
    by_text = {
        (message.text, message.plural): message
        for message in (*_of_code(), *_of_templates(), *_of_notebooks(), *_of_declarations())
    }
    return sorted(by_text.values())


def missing_messages(language: str) -> list[Message]:
    """The messages that a language's catalogue does not translate."""
    with (CATALOGUES / language / "LC_MESSAGES" / "smartinst.po").open("rb") as file:
        catalogue = read_po(file)
    missing = []
    for message in messages():
        entry = catalogue.get(message.text)
        texts = entry.string if entry else ""
        has_plural = isinstance(texts, tuple)
        is_translated = all(texts) if isinstance(texts, tuple) else bool(texts)
        if not is_translated or (entry and entry.fuzzy) or bool(message.plural) != has_plural:
            missing.append(message)
    return missing


def _of_code() -> Iterator[Message]:
    for path in sorted((ROOT / "smartinst").rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _of_call(node, place)


def _of_call(node: ast.Call, place: str) -> Iterator[Message]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [
        argument.value
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        else None
        for argument in node.args
    ]
    if name in SINGLE_FORM and texts and texts[0]:
        yield Message(texts[0], "", place)
    if name in PLURAL_FORMS and len(texts) > 1 and texts[0] and texts[1]:
        yield Message(texts[0], texts[1], place)


def _of_templates() -> Iterator[Message]:
    options = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    for path in _templates():
        with path.open("rb") as file:
            for _, _, text, _ in babel_extract(file, ("_", "gettext", "ngettext"), [], options):
                singular, plural = text[:2] if isinstance(text, tuple) else (text, "")
                yield Message(singular or "", plural or "", path.relative_to(ROOT).as_posix())


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def _of_notebooks() -> Iterator[Message]:
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for text in markdown.messages("".join(cell["source"])):
                    yield Message(text, "", f"notebooks/{path.name}")


def _of_declarations() -> Iterator[Message]:
    for path in sorted((ROOT / "reports").glob("*.toml")):
        definition = tomllib.loads(path.read_text(encoding="utf-8"))
        yield Message(definition["title"], "", f"reports/{path.name}")
    for figure in FIGURES:
        yield Message(figure.title, "", "smartinst/analytics/figures.py")
    for declaration in FILTERS:
        if declaration.kind != "read":
            yield Message(declaration.label, "", "smartinst/analytics/filter_table.py")


def untranslatable_words() -> list[str]:
    """Visible words in templates that no catalogue can translate, as `template: word`."""
    words = []
    for path in _templates():
        template = path.read_text(encoding="utf-8")
        Environment().parse(template)
        html = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template, flags=re.S)
        attributes = re.findall(
            r'(?:aria-label|title|alt|placeholder)="([^"{]*[A-Za-z][^"{]*)"', html
        )
        texts = re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>", " ", html, flags=re.S))
        words += [
            f"{path.name}: {word}"
            for word in (*attributes, *texts)
            if word.strip() and word != "smartinst"
        ]
    return words


def _po_entry(message: Message) -> str:
    lines = [f"#: {message.place}", f"msgid {json.dumps(message.text, ensure_ascii=False)}"]
    if message.plural:
        lines.append(f"msgid_plural {json.dumps(message.plural, ensure_ascii=False)}")
        lines += ['msgstr[0] ""', 'msgstr[1] ""']
    else:
        lines.append('msgstr ""')
    return "\n".join(lines) + "\n"


def _print_missing() -> None:
    for folder in sorted(CATALOGUES.iterdir()):
        missing = missing_messages(folder.name)
        print(f"# {folder.name}: {len(missing)} of {len(messages())} missing")  # noqa: T201
        for message in missing:
            print(_po_entry(message))  # noqa: T201


if __name__ == "__main__":
    _print_missing()
