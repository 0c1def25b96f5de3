"""Content that a report cannot draw: the sentence that replaces it, and its place for the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Final

from smartinst.drawing.svg.prepared import undrawn_texts
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
    """The translation into a language; texts are unchanged if it has no catalogue."""
    return Locale(locale).gettext if locale in available_languages() else lambda text: text


def sentence(kind: str, translate: Translate) -> str:
    """The sentence for content of a kind; it names no file, since the reader may have none."""
    _ = translate  # the name by which texts are collected for the catalogues
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
class UndrawnContent:
    """Collects the undrawn content of a notebook while its cells are read.

    `place` is the name of the current cell; `places` lists what was not drawn, in order.
    """

    translate: Translate
    place: str = ""
    places: list[str] = field(default_factory=list)

    def replacement(self, kind: str, origin: str = "", element: str = "p") -> str:
        """The element that replaces the content; `origin` names its program, host or file."""
        detail = f" ({origin})" if origin else ""
        self.places.append(f"{self.place}: {DESCRIPTIONS[kind]}{detail}")
        text = escape(sentence(kind, self.translate))
        return f'<{element} class="undrawn">{text}</{element}>'

    def add_texts_of(self, svg: str) -> None:
        """Lists the texts of an SVG that its picture lacks."""
        self.places += (
            f"{self.place}: a text in a picture ({text})" for text in undrawn_texts(svg)
        )
