"""The analyst's API: `book = smartinst.open(seller, as_of, where)` (docs/contracts.md §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import polars as pl

from smartinst.analytics.anonymize import PERSONAL, check_anonymous, without_people
from smartinst.analytics.book.pool.other_sellers import read_pooled_sales
from smartinst.analytics.currency_order import currency_order, rows_in_currency_order
from smartinst.analytics.figures import BY_NAME, check_identity
from smartinst.analytics.metrics import contact_order
from smartinst.analytics.reconciliation import Reconciliation
from smartinst.analytics.sales import Rows
from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.report import mime_bundles
from smartinst.report.as_of import report_date
from smartinst.report.bound_figure import BoundFigure
from smartinst.report.cover import cover_output
from smartinst.report.dataset import dataset
from smartinst.report.display import install_for
from smartinst.report.headline import Headline, compute_headline, key_figures
from smartinst.report.headline_rows import page_only_rows
from smartinst.report.loan_book.book_tables import LoanBookTables, loan_book_tables
from smartinst.report.loan_book.words import BOOK_FIGURES_BY_NAME
from smartinst.report.measures import book_measures, previous_rows
from smartinst.report.period import PeriodName, ReportPeriod, figures_date, report_period
from smartinst.report.previous import Previous
from smartinst.report.table import Table
from smartinst.report.tables import figures, notes
from smartinst.report.tables import plans as plan_tables
from smartinst.report.tables.glossary import glossary_table
from smartinst.report.whatsapp import whatsapp_linker
from smartinst.settings import Seller, Settings, load_settings

if TYPE_CHECKING:
    from smartinst.report.loan_book.bound_figure import BoundBookFigure
    from smartinst.report.recovery import RecoveryReport


def open_book(  # noqa: PLR0913 (the API of notebooks)
    seller: str,
    as_of: str | date = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    previous: Mapping[str, Any] | None = None,
    period: str = "week",
    title: str = "Smart Installments",
    report: str = "seller",
    anonymous: bool = False,
    settings: Settings | None = None,
) -> Book:
    """A book of one seller as of a date, filtered; sets up the display of charts and frames.

    If `as_of` is empty, the date is the last day with data. `period` is `day`, `week` or `month`
    (`figures_date`): the book compares with the last day of the period before (`report_period`).
    `previous` has the measures of the last report, which count if it covers the period before.
    """
    settings = settings or load_settings()
    configured = in_language(settings.find(seller), locale)
    install_for(configured.locale, configured.timezone)
    sales = read_pooled_sales(settings, configured, where or {})
    day = figures_date(period, today := report_date(as_of, configured, sales.data_quality))
    rows, reconciliation = sales.rows_and_reconciliation(day)
    check_identity(rows)
    measures = dict(previous or {})
    covered = report_period(period, day)
    book = Book(
        configured,
        day,
        sales.where,
        rows_in_currency_order(rows),
        sales.data_quality,
        previous_rows(sales, covered, measures),
        title,
        report,
        settings=settings,
        reconciliation=reconciliation,
        loan_book=loan_book_tables(sales, day, covered, measures, today),
        period_name=covered.name,
    )
    return book.anonymous() if anonymous else book


def in_language(seller: Seller, locale: str) -> Seller:
    """The seller with another language; unchanged if `locale` is empty."""
    return seller.model_copy(update={"locale": Locale(locale).tag}) if locale else seller


@dataclass(frozen=True)
class Book:
    """One seller as of a date: figures by name, frames, and the parts of the report."""

    seller: Seller
    as_of: date
    where: Mapping[str, Any]
    rows: Rows
    data_quality: DataQuality
    previous: Previous
    title: str = "Smart Installments"
    report: str = "seller"
    is_anonymous: bool = False
    settings: Settings = field(default_factory=Settings)
    reconciliation: Reconciliation = field(default_factory=Reconciliation)
    loan_book: LoanBookTables | None = None
    period_name: PeriodName = "week"

    def __getattr__(self, name: str) -> BoundFigure | BoundBookFigure:
        """A figure by its name (analytics.figures, report.loan_book.words)."""
        if name in BY_NAME:
            return BoundFigure(BY_NAME[name].titled_for(self.rows), self.rows, self.locale)
        if name in BOOK_FIGURES_BY_NAME and self.loan_book is not None:
            from smartinst.report.loan_book.bound_figure import BoundBookFigure

            return BoundBookFigure(BOOK_FIGURES_BY_NAME[name], self.loan_book, self.locale)
        names = ", ".join((*BY_NAME, *BOOK_FIGURES_BY_NAME))
        raise AttributeError(f"a book has no figure {name!r}; figures: {names}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *BY_NAME, *BOOK_FIGURES_BY_NAME]

    @property
    def locale(self) -> Locale:
        """The language of this report."""
        return Locale(self.seller.locale)

    @property
    def plans(self) -> pl.DataFrame:
        """One row per plan, first those to contact; money in minor units of `currency`."""
        return contact_order(self.rows["plans"])

    @property
    def charges(self) -> pl.DataFrame:
        """One row per charge, with its state and the parts of its amount."""
        return self.rows["charges"]

    @cached_property
    def _headline(self) -> Headline:
        return compute_headline(self.rows, self.previous, self.as_of, self.period)

    @property
    def period(self) -> ReportPeriod:
        """The days that the report covers."""
        return report_period(self.period_name, self.as_of)

    def anonymous(self) -> Book:
        """The book without buyers' names, e-mails and phones: for the accountant."""
        check_anonymous(self.where)
        rows = {grain: without_people(frame) for grain, frame in self.rows.items()}
        previous = replace(self.previous, read=lambda: without_people(self.previous.plans))
        return replace(self, rows=rows, previous=previous, is_anonymous=True)

    @property
    def excluded(self) -> tuple[str, ...]:
        """Columns that this report leaves out."""
        return PERSONAL if self.is_anonymous else ()

    # --- the parts of a report, in their order ---

    def cover(self) -> mime_bundles.DisplayBundle:
        """Seller, date, language and filters of the report."""
        return cover_output(self)

    def headline(self) -> mime_bundles.DisplayBundle:
        """The sentence and the key figures; the measures are for gates and the next report."""
        content = key_figures(
            self._headline,
            self.previous,
            self.period,
            self.data_quality.data_through_date,
            self.locale,
        )
        if reason := notes.no_plans_reason(
            self.rows["plans"], self.where, self.data_quality, self.reconciliation, self.locale
        ):
            content |= {"sentence": reason, "news": [], "note": ""}
        measures = book_measures(self.rows, self._headline, self.as_of, self.data_quality)
        return mime_bundles.DisplayBundle(
            {
                mime_bundles.KPI: content,
                mime_bundles.MEASURES: measures,
                "text/plain": content["sentence"],
            }
        )

    def contacts(self) -> mime_bundles.DisplayBundle:
        """The ten buyers to contact first, in the order of the recovery queue."""
        from smartinst.report.contact_queue import contacts_output

        return contacts_output(self)

    def recovery(self, contact_log: Mapping[str, Any] | None = None) -> RecoveryReport:
        """Everyone to write to as of the last day of data, and the plans that are left out.

        `contact_log`: messages and held-out plans (`queue_of_sales`). InputError: `recovery_queue`.
        """
        from smartinst.analytics.book.recovery.queue_of_report import queue_of_sales, split_queue
        from smartinst.report.recovery import RecoveryReport

        assert self.loan_book is not None
        queue = queue_of_sales(self.loan_book.sales, self.as_of, contact_log or {})
        rows, left_out_plans = split_queue(queue, self.rows["plans"], self.as_of)
        measures = book_measures(self.rows, self._headline, self.as_of, self.data_quality)
        order, link = currency_order(self.rows["plans"]), self._link()
        note = notes.data_end_note(self.data_quality, self.as_of, self.locale)
        return RecoveryReport(
            self.locale, rows, left_out_plans, order, link, self.excluded, measures, note
        )

    def alerts(self) -> mime_bundles.DisplayBundle:
        """The plans that need a decision: charged twice, suspended, disputed."""
        return self._table_or_text(
            plan_tables.alert_table(self.rows["plans"], self.locale, self.excluded),
            self.locale.gettext("No alerts: nothing charged twice, suspended or disputed."),
        )

    def status_shares(self) -> mime_bundles.DisplayBundle:
        """The seven statuses with their share of the plans."""
        return self._table_or_text(
            figures.status_table(self.rows, self.locale), self.locale.gettext("No plans match.")
        )

    def released(self) -> mime_bundles.DisplayBundle:
        """Amounts released, by reason: lost, not earned, forgiven, not activated."""
        return self._table_or_text(
            figures.figure_table(BY_NAME["revenue"], self.rows, self.locale, part="released"),
            self.locale.gettext("Everything may still come in."),
        )

    def of_which(self) -> mime_bundles.DisplayBundle:
        """Amounts disputed (collected), charged back (refunded), unconfirmed (overdue) and lost."""
        return self._table_or_text(
            figures.figure_table(BY_NAME["revenue"], self.rows, self.locale, part="of_which"),
            self.locale.gettext("No plans match."),
        )

    def net_table(self) -> mime_bundles.DisplayBundle:
        """Net by commission currency."""
        return self._table_or_text(
            figures.net_table(self.rows, self.locale), self.locale.gettext("No net amounts yet.")
        )

    def possible_table(self, *, with_expected: bool = False) -> mime_bundles.DisplayBundle:
        """The scenarios side by side; `with_expected` computes the loan book for the forecast."""
        expected_minor = self.loan_book.expected_minor if with_expected and self.loan_book else {}
        table = figures.possible_table(self.rows, self.locale, expected_minor)
        return self._table_or_text(table, self.locale.gettext("Nothing to receive."))

    def detail(self, top: int = plan_tables.DETAIL_ROWS) -> mime_bundles.DisplayBundle:
        """The detail table: at most `top` rows, and how many more there are."""
        return self._table_or_text(
            plan_tables.detail_table(
                self.rows["plans"], self.locale, self._link(), self.excluded, top
            ),
            self.locale.gettext("No plans match."),
        )

    def notes(self) -> mime_bundles.DisplayBundle:
        """Notes on how complete and how recent the data are."""
        table = notes.notes_table(
            self.rows,
            self.data_quality,
            self.reconciliation,
            self.previous,
            self.as_of,
            self.locale,
        )
        return mime_bundles.table_output(table, self.locale)

    def glossary(self) -> mime_bundles.DisplayBundle:
        """The definitions of the terms."""
        return mime_bundles.table_output(glossary_table(self.locale), self.locale)

    def dataset(self) -> mime_bundles.DisplayBundle:
        """The rows from which the offline page and the workbook are built."""
        from smartinst.report.contact_queue import contact_queue

        lists = plan_tables.listed_rows(self.rows["plans"], contact_queue(self), self.locale)
        page_rows = partial(
            page_only_rows, self.rows, self.previous, self.as_of, self.period, lists
        )
        return mime_bundles.dataset_output(
            dataset(self.rows, self.as_of, self._link(), self.excluded, page_rows_of=page_rows)
        )

    def _link(self) -> Any:
        return whatsapp_linker(self.settings, self.seller)

    def _table_or_text(self, table: Table, text: str) -> mime_bundles.DisplayBundle:
        """The table; the text if it has no rows."""
        if not table.rows:
            return mime_bundles.text_output(text)
        return mime_bundles.table_output(table, self.locale)
