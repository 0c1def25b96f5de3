"""Pictures made lean are read by pages and mails, whatever else the process has imported."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from smartinst.drawing.svg import minify_svg

DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g opacity="0.5"><path d="M0,0h1" fill="red"/></g></svg>'


def test_a_picture_keeps_its_plain_names_when_a_library_has_given_svg_a_prefix() -> None:
    ET.register_namespace("svg", "http://www.w3.org/2000/svg")
    assert minify_svg(DRAWN).startswith(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g opacity="0.5"><path'
    )
