"""The sections of the weekly report; one without content displays nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from smartinst.report import mime_bundles
from smartinst.report.contact_queue import contact_queue_table
from smartinst.report.section import compact_cover
from smartinst.report.sections.alert_groups import alert_group_table
from smartinst.report.sections.definitions import definitions_table
from smartinst.report.sections.money_ahead import cash_table, failed_table
from smartinst.report.sections.week_figures import (
    WeekFigures,
    other_currencies_table,
    week_figures,
    week_key_figures,
)
from smartinst.report.table import Table

if TYPE_CHECKING:
    from smartinst.report.book import Book

TERMS = ("Overdue", "Lost", "Expected")


@dataclass(frozen=True)
class WeeklySections:
    """The sections of one book, in the order of the report."""

    book: Book

    def cover(self) -> mime_bundles.DisplayBundle:
        """The cover; on paper, the report is set closely."""
        return compact_cover(self.book.cover())

    def news(self) -> mime_bundles.DisplayBundle:
        """The news, the five figures of the main currency, and the measures."""
        bundle = self.book.headline()
        if self.book.rows["plans"].height:
            content = week_key_figures(bundle.bundle[mime_bundles.KPI], self._figures, self.book)
            bundle.bundle[mime_bundles.KPI] = content
        return bundle

    def other_currencies(self) -> Any:
        """The five figures of the other currencies, as a table."""
        return self._display_table("", other_currencies_table(self._figures, self.book.locale))

    def contacts(self) -> Any:
        """The ten rows of the recovery queue to write to first."""
        return self._display_table(
            self.book.locale.gettext("Contact first"), contact_queue_table(self.book)
        )

    def failed_and_recovered(self) -> Any:
        """Refused charges of the last twelve months, and what became of them."""
        title = self.book.locale.gettext("Failed and recovered by month")
        return self._display_table(title, failed_table(self.book))

    def cash_calendar(self) -> Any:
        """What is contracted and expected in four weeks and six months."""
        title = self.book.locale.gettext("Cash calendar")
        return self._display_table(title, cash_table(self.book))

    def alerts(self) -> Any:
        """Alerts by kind, each with what to do, where and by when."""
        title = self.book.locale.gettext("Alerts")
        return self._display_table(title, alert_group_table(self.book))

    def definitions(self) -> Any:
        """Those of the three definitions that the report needs."""
        figures = self._figures
        needed = (figures.overdue_minor, figures.lost_minor, figures.expected_minor)
        terms = [term for term, values in zip(TERMS, needed, strict=True) if _has_amount(values)]
        table = definitions_table(terms, self.book.locale)
        return self._display_table(self.book.locale.gettext("Definitions"), table)

    @cached_property
    def _figures(self) -> WeekFigures:
        return week_figures(self.book)

    def _display_table(self, title: str, table: Table | None) -> None:
        """Displays a heading and a table; nothing if the table has no rows."""
        if table is None or not table.rows:
            return
        outputs = [mime_bundles.text_output(f"## {title}")] if title else []
        _display([*outputs, mime_bundles.table_output(table, self.book.locale)])


def _has_amount(series: Mapping[str, Sequence[int | None]]) -> bool:
    return any(any(values) for values in series.values())


def _display(outputs: Iterable[mime_bundles.DisplayBundle]) -> None:
    from IPython.display import display

    for output in outputs:
        display(output)  # type: ignore[no-untyped-call]
