"""A section of a report: a heading, and the parts that have something to show."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from smartinst.i18n.locales import Locale
from smartinst.report.mime_bundles import REPORT, TABLE, DisplayBundle, text_output
from smartinst.report.reader import Reader


@dataclass(frozen=True)
class ReportSection:
    """The outputs of a cell, in order; none: the section is left out with its heading."""

    outputs: tuple[Any, ...] = ()

    def _ipython_display_(self) -> None:
        """Displays every output by itself, as the cell's outputs; in print what is on paper."""
        from IPython.display import display

        is_printed_only = Reader.from_environment(os.environ).is_printed_only
        for output in self.outputs:
            if is_on_paper(output) or not is_printed_only:
                display(output)  # type: ignore[no-untyped-call]


def section(title: str, parts: Iterable[Any], locale: Locale) -> ReportSection:
    """The section with a heading and the parts that are not None; without any it is empty.

    title  message id of the heading
    """
    outputs = tuple(part for part in parts if part is not None)
    if not outputs:
        return ReportSection()
    return ReportSection((text_output(f"## {locale.gettext(title)}"), *outputs))


def compact_cover(cover: DisplayBundle) -> DisplayBundle:
    """The cover of a report that is set closely on paper."""
    return replace(cover, bundle={**cover.bundle, REPORT: {**cover.bundle[REPORT], **COMPACT}})


COMPACT: Final = {"density": "compact"}


def off_paper(output: DisplayBundle | None) -> DisplayBundle | None:
    """The table for page and workbook alone; an output without a table is unchanged."""
    if output is None or (content := output.bundle.get(TABLE)) is None:
        return output
    return replace(output, bundle={**output.bundle, TABLE: {**content, "paper": False}})


def is_on_paper(output: Any) -> bool:
    """Whether the printed sheet has an output: a chart or a table may be for the page alone."""
    if isinstance(output, DisplayBundle):
        return bool(output.bundle.get(TABLE, {}).get("paper", True))
    usermeta = getattr(output, "usermeta", None)
    if not isinstance(usermeta, dict):
        return True
    return bool(usermeta.get("smartinst", {}).get("paper", True))


def table_rows(output: DisplayBundle) -> int:
    """The number of rows in the output's table; 0 if it has none."""
    return len(output.bundle.get(TABLE, {}).get("rows", ()))
