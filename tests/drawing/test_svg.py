"""Minified SVG has no namespace prefixes, whatever libraries the process has imported."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from smartinst.drawing.svg.prepared import minify_svg

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g opacity="0.5">'
    '<path d="M0,0h1" fill="red"/></g></svg>'
)


def test_svg_has_no_prefix_if_a_library_registered_one() -> None:
    ET.register_namespace("svg", "http://www.w3.org/2000/svg")
    minified = minify_svg(SVG)
    assert minified.startswith(
        '<svg xmlns="http://www.w3.org/2000/svg" font-family="Inter, sans-serif"'
    )
    assert '><g opacity="0.5"><path d="M0,0h1" fill="red" />' in minified
