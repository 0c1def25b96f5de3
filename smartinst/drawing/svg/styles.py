"""CSS of an SVG as presentation attributes, which all renderers read alike.

Renderers support different selectors, functions and units. One that ignores a rule draws black on
black, or omits a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree as ET

import cssselect2
import tinycss2

from smartinst.drawing.svg.source import SPACE, SVG, remove_child

ROOT_FONT_SIZE: Final = 16
"""Pixels of 1rem."""

PROPERTIES: Final = frozenset(
    """
    alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation
    color-interpolation-filters color-rendering cursor cx cy direction display dominant-baseline
    fill fill-opacity fill-rule filter flood-color flood-opacity font-kerning font-size font-style
    font-variant font-weight glyph-orientation-vertical height image-rendering isolation
    letter-spacing lighting-color marker-end marker-mid marker-start mask mask-type mix-blend-mode
    opacity overflow paint-order pointer-events r rx ry shape-rendering stop-color stop-opacity
    stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity stroke-width text-anchor text-decoration text-rendering transform
    transform-origin unicode-bidi vector-effect visibility width word-spacing writing-mode x y
    align-items justify-content margin-left margin-top padding-left padding-top text-align
    white-space
    """.split()
)
"""Properties that become attributes; those of the last two lines place labels in HTML."""

_FUNCTIONS: Final = ("var(", "light-dark(", "rem")
_WEIGHTS_AND_STYLES: Final = {
    **dict.fromkeys(("italic", "oblique"), "font-style"),
    **dict.fromkeys(("bold", "bolder", "lighter"), "font-weight"),
}
_SIZES: Final = frozenset(
    "xx-small x-small small medium large x-large xx-large smaller larger".split()
)
_RESETS: Final = frozenset(("initial", "unset", "revert", "revert-layer"))

MAX_VARIABLE_DEPTH: Final = 4
MAX_TOKENS: Final = 256
"""Limits of a value whose variables contain variables, since their tokens multiply."""

_UNITS: Final = re.compile(r"([\d.])(?:px|deg)\b")

Variables = Mapping[str, list[Any]]
"""Custom properties (`--name`) that apply to an element, with their values as tokens."""


@dataclass(frozen=True)
class _Declaration:
    name: str
    value: list[Any]
    is_important: bool


def inline_styles(root: ET.Element) -> None:
    """Replaces style sheets and `style` attributes by presentation attributes.

    Fonts are omitted, since every text has the bundled one.
    """
    matcher = _matcher(_style_sheets(root))
    variables: dict[ET.Element, Variables] = {}
    for wrapper in cssselect2.ElementWrapper.from_xml_root(root).iter_subtree():
        element = wrapper.etree_element
        declarations = list(_matching(matcher, wrapper))
        inherited = variables[wrapper.parent.etree_element] if wrapper.parent else {}
        own = {
            declaration.name: declaration.value
            for declaration in declarations
            if declaration.name.startswith("--")
        }
        variables[element] = {**inherited, **own} if own else inherited
        _resolve_attributes(element, variables[element])
        for declaration in declarations:
            _set_property(element, declaration, variables[element])
        element.attrib.pop("style", None)
        if element.tag.startswith(SVG) and _keeps_spaces(element.attrib.pop("white-space", "")):
            element.set(SPACE, "preserve")


def _keeps_spaces(white_space: str) -> bool:
    return white_space.startswith(("pre", "break-spaces"))


def _style_sheets(root: ET.Element) -> list[str]:
    """The text of the style sheets, which are removed from the image."""
    sheets = []
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] == "style":
                if child.get("type", "text/css") in ("text/css", ""):
                    sheets.append("".join(child.itertext()))
                remove_child(parent, child)
    return sheets


def _matcher(sheets: Iterable[str]) -> Any:
    matcher = cssselect2.Matcher()
    for sheet in sheets:
        for rule in _rules(tinycss2.parse_stylesheet(sheet, True, True)):
            try:
                selectors = cssselect2.compile_selector_list(rule.prelude)
            except cssselect2.SelectorError:  # as in a browser, the rule has no effect
                continue
            declarations = _declarations(rule.content)
            for selector in selectors:
                if selector.pseudo_element is None:
                    matcher.add_selector(selector, declarations)
    return matcher


def _rules(nodes: Iterable[Any]) -> Iterator[Any]:
    """Style rules for all media and for screens; no fonts, imports or animations."""
    for node in nodes:
        if node.type == "qualified-rule":
            yield node
        elif node.type == "at-rule" and node.content is not None:
            prelude = tinycss2.serialize(node.prelude).strip().lower()
            if node.lower_at_keyword == "layer" or (
                node.lower_at_keyword == "media" and prelude in ("", "all", "screen")
            ):
                yield from _rules(tinycss2.parse_rule_list(node.content, True, True))


def _declarations(content: Any) -> tuple[_Declaration, ...]:
    return tuple(
        _Declaration(
            node.name if node.name.startswith("--") else node.lower_name,
            node.value,
            node.important,
        )
        for node in tinycss2.parse_blocks_contents(content, True, True)
        if node.type == "declaration"
    )


@lru_cache(maxsize=1024)
def _style_declarations(style: str) -> tuple[_Declaration, ...]:
    return _declarations(style)


def _matching(matcher: Any, wrapper: Any) -> Iterator[_Declaration]:
    """The declarations for an element, in ascending order of precedence."""
    declarations = [
        declaration
        for *_, _pseudo_element, declarations in matcher.match(wrapper)
        for declaration in declarations
    ]
    if style := wrapper.etree_element.get("style"):
        declarations += _style_declarations(style)
    yield from (declaration for declaration in declarations if not declaration.is_important)
    yield from (declaration for declaration in declarations if declaration.is_important)


def _set_property(element: ET.Element, declaration: _Declaration, variables: Variables) -> None:
    value = _resolve(declaration.value, variables)
    for name, tokens in _longhands(declaration.name, value or []):
        text = tinycss2.serialize(tokens).strip()
        if name not in PROPERTIES or not text or (name in element.attrib and _is_relative(text)):
            continue
        if text.lower() in _RESETS:
            element.attrib.pop(name, None)
        else:
            element.set(name, text)


def _is_relative(size: str) -> bool:
    """Whether a width or height depends on the page, whose size an image does not know."""
    return size == "auto" or size.endswith("%")


def _longhands(name: str, value: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    if name == "font":
        yield from _font_longhands(value)
    elif name == "marker":
        yield from ((f"marker-{place}", value) for place in ("start", "mid", "end"))
    elif name == "transform":
        yield name, _without_units(value)
    else:
        yield name, value


def _font_longhands(value: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Style, weight and size of a `font`; the family, which follows the size, is not used."""
    for token in value:
        keyword = getattr(token, "lower_value", "")
        if keyword in _WEIGHTS_AND_STYLES:
            yield _WEIGHTS_AND_STYLES[keyword], [token]
        elif token.type == "number":
            yield "font-weight", [token]
        elif token.type in ("dimension", "percentage") or keyword in _SIZES:
            yield "font-size", [token]
            return


def _without_units(tokens: list[Any]) -> list[Any]:
    """A transformation in the syntax of attributes, without px and deg."""
    return _tokens(_UNITS.sub(r"\1", tinycss2.serialize(tokens)))


def _resolve_attributes(element: ET.Element, variables: Variables) -> None:
    """Resolves functions and units of CSS in presentation attributes."""
    font = element.attrib.pop("font", None)
    if font and not font.isspace():
        for name, tokens in _font_longhands(_tokens(font)):
            element.attrib.setdefault(name, tinycss2.serialize(tokens))
    for name, text in list(element.attrib.items()):
        if name in PROPERTIES and any(function in text for function in _FUNCTIONS):
            resolved = _resolve(_tokens(text), variables)
            if resolved is None:
                del element.attrib[name]
            else:
                element.set(name, tinycss2.serialize(resolved).strip())


def _resolve(tokens: Iterable[Any], variables: Variables, depth: int = 0) -> list[Any] | None:
    """Tokens without variables, `light-dark` and rem; None if a variable has no value."""
    resolved: list[Any] = []
    for token in tokens:
        part = _resolve_token(token, variables, depth)
        if part is None or len(resolved) > MAX_TOKENS:
            return None
        resolved.extend(part)
    return resolved


def _resolve_token(token: Any, variables: Variables, depth: int) -> list[Any] | None:
    if token.type == "dimension" and token.lower_unit == "rem":
        return _tokens(f"{token.value * ROOT_FONT_SIZE:g}px")
    if token.type != "function":
        return [token]
    if token.lower_name == "light-dark":
        return _resolve(_arguments(token)[0], variables, depth)
    if token.lower_name != "var":
        arguments = _resolve(token.arguments, variables, depth)
        if arguments is None:
            return None
        return _tokens(f"{token.name}({tinycss2.serialize(arguments)})")
    name, *fallback = _arguments(token)
    value = variables.get(tinycss2.serialize(name).strip(), *fallback[:1])
    if value is None or depth == MAX_VARIABLE_DEPTH:
        return None
    return _resolve(value, variables, depth + 1)


def _arguments(function: Any) -> list[list[Any]]:
    """The first argument of a function, and if there is a comma, all that follows it."""
    tokens = function.arguments
    for index, part in enumerate(tokens):
        if part == ",":
            return [tokens[:index], tokens[index + 1 :]]
    return [tokens]


def _tokens(text: str) -> list[Any]:
    return list(tinycss2.parse_component_value_list(text))
