"""The elements and attributes of an SVG that are kept; everything else is removed.

None of them loads anything: `href` is checked by references.py, and scripts, animations, `feImage`
and elements of other namespaces are not among them.
"""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from smartinst.drawing.svg.source import HREF, SPACE, SVG, remove_child, with_parents
from smartinst.drawing.svg.styles import PROPERTIES

_ELEMENTS: Final = frozenset(
    SVG + name
    for name in """
    a circle clipPath defs desc ellipse g image line linearGradient marker mask path pattern polygon
    polyline radialGradient rect stop style svg switch symbol text textPath title tref tspan use
    feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
    feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR
    feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting
    feSpotLight feTile feTurbulence filter
    """.split()
)
_ATTRIBUTES: Final = (
    PROPERTIES
    | frozenset(
        """
    amplitude aria-hidden aria-label aria-roledescription azimuth baseFrequency bias class
    clipPathUnits d diffuseConstant divisor dx dy edgeMode elevation exponent filterUnits
    font-family font-stretch fr fx fy gradientTransform gradientUnits href id in in2 intercept k1
    k2 k3 k4 kernelMatrix kernelUnitLength lengthAdjust limitingConeAngle markerHeight markerUnits
    markerWidth maskContentUnits maskUnits method mode numOctaves offset operator order orient
    path pathLength patternContentUnits patternTransform patternUnits points pointsAtX pointsAtY
    pointsAtZ preserveAlpha preserveAspectRatio primitiveUnits radius refX refY requiredExtensions
    requiredFeatures result role rotate scale seed side slope spacing specularConstant
    specularExponent spreadMethod startOffset stdDeviation stitchTiles surfaceScale systemLanguage
    tableValues targetX targetY textLength type values version viewBox x1 x2 xChannelSelector y1 y2
    yChannelSelector z zoomAndPan
    """.split()
    )
    | {HREF, SPACE}
)


def remove_unknown(root: ET.Element) -> None:
    """Removes elements and attributes that are not on the lists."""
    for parent, child in with_parents(root):
        if child.tag not in _ELEMENTS:
            remove_child(parent, child)
    for element in root.iter():
        for name in element.attrib.keys() - _ATTRIBUTES:
            del element.attrib[name]
