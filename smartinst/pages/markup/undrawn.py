"""Content that a report cannot draw: the sentence that replaces it, and its place for the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Final

from smartinst.drawing.svg.prepared import undrawn_texts
from smartinst.i18n.locales import N_, Locale, available_languages

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


SENTENCES: Final = {
    "chart": N_("An interactive chart is missing here: it was saved without a picture."),
    "script": N_("Interactive content is missing here: a report cannot show it."),
    "widget": N_("An interactive control is missing here: it does not work in a report."),
    "frame": N_("An embedded web page is missing here: a report cannot show it."),
    "map": N_("A map is missing here: it was saved without a picture."),
    "video": N_("A video is missing here: a report cannot play it."),
    "audio": N_("A recording is missing here: a report cannot play it."),
    "picture": N_("A picture is missing here: it was not saved with the report."),
    "document": N_("An embedded document is missing here: a report cannot show it."),
    "format": N_("Content that cannot be printed is missing here."),
}
"""Kind of content → what the reader is told; no sentence names a file, which may be missing."""


def translator(locale: str) -> Translate:
    """The translation into a language; texts are unchanged if it has no catalogue."""
    return Locale(locale).gettext if locale in available_languages() else lambda text: text


def sentence(kind: str, translate: Translate) -> str:
    """The sentence for content of a kind, in the reader's language."""
    return translate(SENTENCES[kind])


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
