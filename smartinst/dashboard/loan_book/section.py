"""The loan book of a board: key figures by currency, charts with their words, the queue.

Figures and charts are of all plans, whatever the filters are; the queue follows them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import altair as alt
import ipywidgets as widgets  # type: ignore[import-untyped]
import polars as pl

from smartinst.dashboard.loan_book.recovery_panel import RecoveryPanel
from smartinst.dashboard.templating import message_html, render_html
from smartinst.dashboard.widgets.key_figures import Line, amount_line
from smartinst.dashboard.widgets.primitives import VegaChart
from smartinst.i18n.locales import Locale
from smartinst.report.book import Book
from smartinst.report.loan_book.book_tables import LoanBookTables
from smartinst.report.loan_book.chart_rows import percent_text

CHARTS: Final = ("arrears", "collection", "expected_cash")
HORIZON: Final = "30"
"""Days of the expected amount among the key figures."""


class LoanBookSection:
    """Widgets of the loan book; `on_open` is called with a plan of the queue that was clicked."""

    def __init__(self, book: Book, on_open: Callable[[str], None]) -> None:
        self._locale, self._is_open = book.locale, False
        self.heading, self.key_figures = widgets.HTML(), widgets.HTML()
        self._charts = widgets.VBox().add_class("smartinst-book-charts")
        self._widgets: dict[str, VegaChart] = {}
        self.recovery = RecoveryPanel(book.settings, book.seller, book.locale, on_open)
        self.widget = widgets.VBox(
            [self.heading, self.recovery.widget, self.key_figures, self._charts]
        ).add_class("smartinst-loan-book")

    def open(self, book: Book, plan_ids: pl.Series) -> None:
        """Computes and displays the loan book when this is first called."""
        if not self._is_open:
            self._is_open = True
            self.refresh(book, plan_ids)

    def refresh(self, book: Book, plan_ids: pl.Series) -> None:
        """Displays the loan book of other data, and the queue of some plans, if it is open."""
        tables, locale = book.loan_book, self._locale
        if not self._is_open:
            return
        assert tables is not None
        self.recovery.show(tables.book, plan_ids)
        self.heading.value = render_html(
            "recovery_heading", locale, title=locale.gettext("Loan book"), texts=[]
        )
        self.key_figures.value = render_html(
            "loan_book_figures",
            locale,
            lang=locale.tag,
            coverage=locale.gettext("All plans, not filtered."),
            cards=_cards(tables, locale),
        )
        self._charts.children = [self._chart(book, name) for name in CHARTS]

    def filter(self, plan_ids: pl.Series) -> None:
        """Displays the queue of other plans; everything else is of all plans."""
        if self._is_open:
            self.recovery.filter(plan_ids)

    def _chart(self, book: Book, name: str) -> Any:
        """A chart with its words below, or the reason why there is none."""
        figure: Any = getattr(book, name)
        chart: Any = figure.chart()
        if isinstance(chart, alt.TopLevelMixin):
            return self._with_words(chart, name, _text(figure.explanation()))
        title = self._locale.gettext(figure.figure.title)
        reason = render_html("recovery_heading", self._locale, title=title, texts=[])
        return widgets.HTML(reason + message_html(_text(chart), self._locale))

    def _with_words(self, chart: Any, name: str, explanation: str) -> Any:
        """A chart with its title above; below its sentence, what it covers, and its explanation."""
        usermeta = chart.usermeta["smartinst"]
        chart = chart.properties(title=usermeta["title"])
        if name in self._widgets:
            self._widgets[name].chart = chart
        else:
            self._widgets[name] = VegaChart(chart, self._locale)
        coverage = self._locale.gettext("All plans, not filtered.")
        texts = (f"{usermeta['sentence']} {coverage}", explanation)
        words = (message_html(text, self._locale) for text in texts)
        return widgets.VBox([self._widgets[name], widgets.HTML("".join(words))])


def _text(output: Any) -> str:
    """The plain text of an output, without the emphasis of Markdown."""
    return str(output.bundle["text/plain"]).replace("*", "")


def _cards(tables: LoanBookTables, locale: Locale) -> list[dict[str, Any]]:
    """One card per currency, the main one first."""
    lines = {currency: _lines(tables, currency, locale) for currency in tables.currencies}
    return [{"title": currency, "lines": lines[currency]} for currency in lines if lines[currency]]


def _lines(tables: LoanBookTables, currency: str, locale: Locale) -> list[Line]:
    """Balance, the share of it in arrears, payment on time, and what is expected."""
    lines = []
    for row in _rows(tables, "par", currency):
        label = locale.gettext("Outstanding")
        minor = row["outstanding_minor"]
        lines.append(amount_line(label, minor, currency, "outstanding_minor", locale))
        label = locale.gettext("of which more than 30 days late")
        arrears = amount_line(label, row["over_30_minor"], currency, "over_30_minor", locale)
        share = percent_text(row["par_30"], locale) if row["par_30"] is not None else "–"
        lines.append({**arrears, "text": f"{arrears['text']} ({share})"})
    on_time = [
        row
        for row in _rows(tables, "collection", currency)
        if row["days"] == 0 and row["rate"] is not None
    ]
    for row in on_time[-1:]:
        month = locale.month(str(row["month"]))
        label = locale.gettext("Paid on time in {month}", month=month)
        lines.append(_text_line(label, percent_text(row["rate"], locale)))
    for row in _rows(tables, "expected", currency):
        if row["horizon"] == HORIZON:
            label = locale.gettext("Expected in 30 days")
            minor = round(row["expected_minor"])
            lines.append(amount_line(label, minor, currency, "expected_minor", locale))
            lower_text, upper_text = (
                locale.money(round(row[name]), currency) for name in ("low_minor", "high_minor")
            )
            text = locale.gettext("{low} to {high}", low=lower_text, high=upper_text)
            lines.append(_text_line(locale.gettext("in 8 of 10 cases between"), text))
    return lines


def _rows(tables: LoanBookTables, name: str, currency: str) -> list[dict[str, Any]]:
    frame = tables.frames[name]
    return frame.filter(pl.col("currency") == currency).to_dicts() if frame.height else []


def _text_line(label: str, text: str) -> Line:
    return {"label": label, "figure": "", "currency": "", "minor": "", "text": text, "part": ""}
