"""Text that is English on the command line and translated for readers (docs/contracts.md §6)."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from typing import Any, Final, Self

from smartinst.i18n.locales import Locale

_PREFIX: Final = '{"message":'
_TEXT_LIMIT: Final = 500


class TranslatableText(str):
    """English text built from a message of the catalogue and its values.

    A value may itself be translatable text. A value named `status` is a plan's status.
    """

    message: str
    values: dict[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """The English text; dates in it are ISO dates."""
        text = super().__new__(cls, message.format(**values))
        text.message, text.values = message, values
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy from message and values, so that a brace in a value is not read as a placeholder."""
        return partial(type(self), self.message, **self.values), ()


def translate(text: str, locale: Locale) -> str:
    """The text in the reader's language if it is translatable, else unchanged."""
    if not isinstance(text, TranslatableText):
        return text
    values = {name: _translate_value(name, value, locale) for name, value in text.values.items()}
    return locale.gettext(text.message, **values)


def _translate_value(name: str, value: Any, locale: Locale) -> Any:
    if name == "status":
        return locale.status(value)
    if isinstance(value, str):
        return translate(value, locale)
    return locale.date(value) if isinstance(value, date) else value


def error_message(error: Exception) -> str:
    """The text of an error; translatable if the error was raised with translatable text."""
    message = error.args[0] if error.args else ""
    return message if isinstance(message, str) else str(error)


def error_text(error: Exception, locale: Locale) -> str:
    """The text of an error in the reader's language."""
    return translate(error_message(error), locale)


def encode_text(text: str) -> str:
    """Text for the database: JSON if translatable, else a line of up to 500 characters."""
    if isinstance(text, TranslatableText):
        return json.dumps(_to_json(text), separators=(",", ":"))
    return _short_line(text)


def decode_text(stored_text: str) -> str:
    """The text that `encode_text` stored; earlier versions stored plain English."""
    if not stored_text.startswith(_PREFIX):
        return stored_text
    try:
        text = _from_json(json.loads(stored_text))
    except (ValueError, LookupError, TypeError, AttributeError):
        return stored_text
    return text if isinstance(text, TranslatableText) else stored_text


def _to_json(value: object) -> object:
    if isinstance(value, TranslatableText):
        return {
            "message": value.message,
            "values": {name: _to_json(part) for name, part in value.values.items()},
        }
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value if isinstance(value, int) else _short_line(str(value))


def _from_json(value: Any) -> Any:
    match value:
        case {"message": str(message), "values": dict(values)}:
            return TranslatableText(
                message, **{name: _from_json(part) for name, part in values.items()}
            )
        case {"date": str(day)}:
            return date.fromisoformat(day)
    return value


def _short_line(text: str) -> str:
    return " ".join(text.split())[:_TEXT_LIMIT]
