"""Elements of an SVG that not all renderers draw, as elements that all of them draw."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from smartinst.drawing.svg.source import HREF, SVG, XHTML, with_parents

_CONDITIONS: Final = ("requiredFeatures", "requiredExtensions", "systemLanguage")
_LANGUAGES: Final = ("en", "")


def resolve_switches(root: ET.Element) -> None:
    """Replaces each `switch` by the alternative that applies, without its conditions."""
    for _parent, child in with_parents(root):
        if child.tag == f"{SVG}switch":
            child.tag = f"{SVG}g"
            child[:] = [choice for choice in child if _applies(choice)][:1]
    for element in root.iter():
        for name in _CONDITIONS:
            element.attrib.pop(name, None)


def _applies(choice: ET.Element) -> bool:
    """Whether an alternative can be drawn; labels in HTML become text."""
    if not choice.tag.startswith(SVG):
        return False
    if choice.tag == f"{SVG}foreignObject" and not "".join(choice.itertext()).strip():
        return False
    languages = choice.get("systemLanguage", "en").lower().split(",")
    extensions = choice.get("requiredExtensions", "").split()
    return {*extensions} <= {XHTML[1:-1]} and any(
        language.strip().partition("-")[0] in _LANGUAGES for language in languages
    )


def place_text_paths(root: ET.Element) -> tuple[str, ...]:
    """The texts whose path is missing; the path of any other text becomes an element."""
    ids = {element.get("id") for element in root.iter()}
    undrawn = []
    for index, text in enumerate(list(root.iter(f"{SVG}textPath"))):
        reference = text.get("href") or text.get(HREF) or ""
        if reference[1:] in ids:
            continue
        if path := text.get("path"):
            definition = ET.SubElement(ET.SubElement(root, f"{SVG}defs"), f"{SVG}path")
            definition.attrib.update({"id": f"text-path-{index}", "d": path})
            text.set(HREF, f"#text-path-{index}")
            text.attrib.pop("href", None)
        elif words := " ".join("".join(text.itertext()).split()):
            undrawn.append(words)
    return tuple(undrawn)
