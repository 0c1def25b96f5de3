"""Message catalogues: `templates/locale/<pt_BR>/LC_MESSAGES/smartinst.po`, each read once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from gettext import c2py

from babel import Locale as Cldr
from babel import UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from smartinst.errors import ConfigurationError
from smartinst.shipped import CATALOGUES


@lru_cache(maxsize=1)
def available_languages() -> tuple[str, ...]:
    """Tags (`pt-BR`) of English and of every language with a catalogue."""
    tags = {
        path.parent.parent.name.replace("_", "-")
        for path in CATALOGUES.glob("*/LC_MESSAGES/smartinst.po")
    }
    return tuple(sorted({"en", *tags}))


@lru_cache(maxsize=16)
def cldr(tag: str) -> Cldr:
    """Babel's locale for a tag; ConfigurationError if CLDR does not know it."""
    try:
        return Cldr.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ConfigurationError(f"locale {tag!r} is not known to CLDR") from error


@lru_cache(maxsize=16)
def translations(tag: str) -> dict[str, str | tuple[str, ...]]:
    """Message id → translation, or its plural forms; without untranslated and fuzzy messages."""
    texts: dict[str, str | tuple[str, ...]] = {}
    for message in _catalogue(tag):
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            if message.string:
                texts[message.id] = str(message.string)
        elif message.string and all(message.string):
            texts[message.id[0]] = tuple(message.string)
    return texts


@lru_cache(maxsize=16)
def plural_rule(tag: str) -> Callable[[int], int]:
    """The function n → index of the plural form, from the header of the catalogue."""
    return c2py(_catalogue(tag).plural_expr)


@lru_cache(maxsize=16)
def _catalogue(tag: str) -> Catalog:
    path = CATALOGUES / tag.replace("-", "_") / "LC_MESSAGES" / "smartinst.po"
    if not path.is_file():
        return Catalog(locale=str(cldr(tag)))
    with path.open("rb") as file:
        return read_po(file, locale=str(cldr(tag)))
