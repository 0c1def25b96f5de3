"""A sentence that stands in English for operators and logs, and can be said again in the language of whoever decides."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, Self

from smartinst.i18n.locales import Locale


class TranslatableText(str):
    """English text made of a message of the catalogue and its values; a value named `status` is a plan's status.

    A value may be a sentence itself.
    """

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """The English text; dates in it are ISO."""
        made = super().__new__(cls, message.format(**values))
        made.message, made.values = message, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied as it was made: read again from its text, a brace in a value would be taken for a place."""
        return partial(type(self), self.message, **self.values), ()


class Lines(str):
    """Sentences below one another."""

    lines: tuple[str, ...]

    def __new__(cls, *lines: str) -> Self:
        """The English text; empty lines are left out."""
        kept = tuple(line for line in lines if line)
        made = super().__new__(cls, "\n".join(kept))
        made.lines = kept
        return made


def translate(text: str, locale: Locale) -> str:
    """A text in the reader's language, where it is a sentence; any other text as it is."""
    if isinstance(text, Lines):
        return "\n".join(translate(one, locale) for one in text.lines)
    if isinstance(text, TranslatableText):
        return locale.gettext(
            text.message, **{name: _said(name, one, locale) for name, one in text.values.items()}
        )
    return text


def _said(name: str, value: Any, locale: Locale) -> Any:
    if name == "status":
        return locale.status(value)
    if isinstance(value, str):
        return translate(value, locale)
    return locale.date(value) if isinstance(value, date) else value
