"""A section of a report: a heading, and the parts that have something to show."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
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
        """Displays every output by itself, as the cell's outputs."""
        from IPython.display import display

        for output in self.outputs:
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


def off_paper(build: Callable[[], Any]) -> Any:
    """What page and workbook alone have: the output that `build` returns, a table marked as such.

    None, and nothing is built, for a reader of the PDF alone.
    """
    if Reader.from_environment(os.environ).is_printed_only:
        return None
    output = build()
    if not isinstance(output, DisplayBundle) or TABLE not in output.bundle:
        return output
    table = {**output.bundle[TABLE], "paper": False}
    return replace(output, bundle={**output.bundle, TABLE: table})


def table_rows(output: DisplayBundle) -> int:
    """The number of rows in the output's table; 0 if it has none."""
    return len(output.bundle.get(TABLE, {}).get("rows", ()))
