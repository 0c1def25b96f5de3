"""The colours of charts, print and page, for screens, grey printing and colour-blind readers.

Tests check them: every mark has contrast ≥ 3 on its background, every pair of statuses differs by
≥ 5 in lightness (grey printing) and by ΔE ≥ 15 for the three kinds of colour blindness. `DARK` maps
each colour to the one that replaces it on the dark page.
"""

from __future__ import annotations

from typing import Any, Final

from smartinst.i18n.locales import Locale

FONT: Final = "Inter"
PAPER: Final = "#ffffff"
INK: Final = "#17202b"
MUTED: Final = "#55606e"
GRID: Final = "#dde2e8"
SURFACE: Final = "#f4f6f8"
WARN: Final = "#a3410a"
SUCCESS: Final = "#0a6b3d"

BLUE: Final = "#215b98"
ORANGE: Final = "#e9730c"
FOREST: Final = "#035317"
GREEN: Final = "#068b47"
NIGHT: Final = "#1e0819"
PURPLE: Final = "#b012cd"
SLATE: Final = "#7a8793"
SAND: Final = "#a9772f"

ACCENT: Final = BLUE
RECEIVED: Final = GREEN
RETURNED: Final = PURPLE
NET: Final = BLUE
OVERDUE: Final = ORANGE
LATER_CLEAN: Final = BLUE
LATER_DEBT: Final = SLATE
SERIES: Final = (BLUE, ORANGE, FOREST, PURPLE, SLATE, GREEN, NIGHT)
"""Colours of series that have no fixed colour."""

STATUS_COLORS: Final = {
    "In progress": BLUE,
    "In progress with issues": ORANGE,
    "Completed": GREEN,
    "Completed with issues": FOREST,
    "Canceled": NIGHT,
    "Refunded": PURPLE,
    "Inactive": SLATE,
}
"""English status (docs/metrics.md §3) → colour."""

PART_COLORS: Final = {
    "collected_minor": GREEN,
    "overdue_minor": ORANGE,
    "to_receive_minor": BLUE,
    "refunded_minor": PURPLE,
    "released_minor": SLATE,
}
"""Part of a total (docs/metrics.md §4) → colour, in stacking order."""

AGING: Final = (ORANGE, "#b8550a", "#833a08", "#4d2106")
"""Buckets of days past due from light (recent) to dark (old)."""

DARK: Final = {
    PAPER: "#1b222c",
    INK: "#e9edf2",
    MUTED: "#a3aebb",
    GRID: "#35404d",
    SURFACE: "#11161d",
    WARN: "#ffab70",
    SUCCESS: "#7de5a8",
    BLUE: "#7f95f9",
    ORANGE: "#f8ab58",
    FOREST: "#1e9753",
    GREEN: "#7de5a8",
    NIGHT: "#666f7d",
    PURPLE: "#d399da",
    SLATE: "#e6e8ee",
    SAND: "#c9a063",
    AGING[1]: "#e0893a",
    AGING[2]: "#c46f2c",
    AGING[3]: "#b06a3a",
}
"""Colour → colour on the dark page."""


LABEL_SIZE: Final = 10
"""Font size in charts, in pixels."""


def chart_config(locale: Locale) -> dict[str, Any]:
    """Vega-Lite's `config` for every chart: font, colours, and the language's numbers and months.

    Marks, axes and legends have no ARIA label: a chart is one image, described as a whole.
    """
    text = {"labelFont": FONT, "titleFont": FONT, "labelColor": MUTED, "titleColor": MUTED}
    label_style = {"labelFontSize": LABEL_SIZE, "titleFontSize": LABEL_SIZE, "titleFontWeight": 400}
    return {
        "locale": locale.vega_locale(),
        "font": FONT,
        "background": "transparent",
        "padding": 2,
        "view": {"stroke": None},
        "mark": {"aria": False},
        "axis": {
            "aria": False,
            **text,
            **label_style,
            "gridColor": GRID,
            "domainColor": MUTED,
            "domainWidth": 0.75,
            "ticks": False,
            "labelPadding": 5,
            "titlePadding": 8,
        },
        "axisBand": {"grid": False, "zindex": 1},
        "axisQuantitative": {"domain": False, "grid": True},
        "legend": {
            "aria": False,
            **text,
            "labelFontSize": LABEL_SIZE,
            "labelColor": INK,
            "symbolType": "square",
            "symbolSize": 90,
            "offset": 8,
        },
        "title": {
            "font": FONT,
            "fontSize": 11,
            "fontWeight": 600,
            "color": INK,
            "anchor": "start",
            "offset": 6,
        },
        "header": {
            "labelFont": FONT,
            "labelFontSize": 11,
            "labelFontWeight": 600,
            "labelColor": INK,
            "title": None,
        },
        "text": {"font": FONT, "fontSize": LABEL_SIZE, "color": INK},
        "bar": {"stroke": PAPER, "strokeWidth": 0.5},
        "range": {"category": list(SERIES), "ordinal": list(AGING)},
    }
