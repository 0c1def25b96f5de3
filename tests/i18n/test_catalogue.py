"""Every text that a reader sees is in every catalogue, and no template contains other text."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from smartinst.shipped import CATALOGUES, TEMPLATES
from tests.support.messages import messages, missing_messages, untranslatable_words

LANGUAGES = sorted(path.name for path in CATALOGUES.iterdir())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_untranslated(language: str) -> None:
    lines = [f"{message.place}: {message.text}" for message in missing_messages(language)]
    advice = "run python -m tests.support.messages for the lines to add:\n"
    assert not lines, advice + "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language: str) -> None:
    with (CATALOGUES / language / "LC_MESSAGES" / "smartinst.po").open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        placeholders = _placeholders(str(ids[-1]))
        for text in texts:
            assert _placeholders(str(text)) == placeholders, ids


def test_messages_come_from_code_templates_and_definitions() -> None:
    places = {message.place.split("/")[0] for message in messages()}
    assert {"smartinst", "templates", "reports"} <= places


def test_no_template_contains_untranslatable_text() -> None:
    assert untranslatable_words() == []


def test_scripts_contain_no_sentences() -> None:
    for path in sorted((TEMPLATES / "page").glob("*.js")):
        code = re.sub(r"//.*|/\*.*?\*/", "", path.read_text(encoding="utf-8"))
        texts = re.findall(r'"([A-Z][a-z]+ [a-z][^"]*)"', code)
        assert not texts, f"{path.name}: {texts}"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
