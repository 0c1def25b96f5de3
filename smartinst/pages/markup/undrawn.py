"""Content that a report cannot draw: the sentence in its place, and its place for the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Final

from smartinst.drawing.svg import undrawn_texts
from smartinst.i18n.locales import Locale, available_languages

Translate = Callable[[str], str]

DESCRIPTIONS: Final = {
    "chart": "an interactive chart without a picture",
    "script": "an output that a script draws",
    "widget": "an interactive widget",
    "frame": "an embedded web page",
    "map": "a map without a picture",
    "video": "a video",
    "audio": "an audio recording",
    "picture": "a picture that is not stored in the notebook",
    "document": "an embedded document",
    "format": "an output in a format that cannot be printed",
}
"""Kind of content → what it is, for the operator."""


def translator(locale: str) -> Translate:
    """The translation into a language; without a catalogue, texts are unchanged."""
    return Locale(locale).gettext if locale in available_languages() else lambda text: text


def sentence(kind: str, translate: Translate) -> str:
    """What a reader, who may not have the notebook, sees in place of content of a kind."""
    _ = translate
    match kind:
        case "chart":
            return _("An interactive chart is missing here: it was saved without a picture.")
        case "script":
            return _("Interactive content is missing here: a report cannot show it.")
        case "widget":
            return _("An interactive control is missing here: it does not work in a report.")
        case "frame":
            return _("An embedded web page is missing here: a report cannot show it.")
        case "map":
            return _("A map is missing here: it was saved without a picture.")
        case "video":
            return _("A video is missing here: a report cannot play it.")
        case "audio":
            return _("A recording is missing here: a report cannot play it.")
        case "picture":
            return _("A picture is missing here: it was not saved with the report.")
        case "document":
            return _("An embedded document is missing here: a report cannot show it.")
    return _("Content that cannot be printed is missing here.")


@dataclass
class Undrawn:
    """Collects the undrawn content of a notebook while its cells are read.

    `place` is the name of the current cell; `places` lists what was not drawn, in order.
    """

    translate: Translate
    place: str = ""
    places: list[str] = field(default_factory=list)

    def replacement(self, kind: str, origin: str = "") -> str:
        """The paragraph that takes the place of the content; `origin` names its program or file."""
        detail = f" ({origin})" if origin else ""
        self.places.append(f"{self.place}: {DESCRIPTIONS[kind]}{detail}")
        return f'<p class="undrawn">{escape(sentence(kind, self.translate))}</p>'

    def add_texts_of(self, svg: str) -> None:
        """Adds the texts that the picture of an SVG lacks."""
        self.places += (
            f"{self.place}: a text in a picture ({text})" for text in undrawn_texts(svg)
        )
