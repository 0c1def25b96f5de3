"""The analyst's way in: `book = smartinst.open(seller, as_of, where)`, then figures, tables and frames (docs/contracts.md §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import Any

import polars as pl

from smartinst.analytics.anonymize import PERSONAL, check_anonymous, without_people
from smartinst.analytics.figures import BY_NAME, Figure, check_identity
from smartinst.analytics.filters import FILTERS
from smartinst.analytics.metrics import contact_order
from smartinst.analytics.sales import Rows, read_sales
from smartinst.errors import InputError
from smartinst.facts import DataQuality
from smartinst.i18n.locales import Locale
from smartinst.report import mime_bundles
from smartinst.report.charts.captions import SENTENCES
from smartinst.report.charts.catalog import CHARTED_SUMS, CHARTS, WIDE_CHARTS, draw_chart
from smartinst.report.dataset import dataset
from smartinst.report.headline import PERIOD, Headline, Previous, headline, kpi, measures
from smartinst.report.table import Table
from smartinst.report.tables import figures, notes
from smartinst.report.tables import plans as plan_tables
from smartinst.report.tables.glossary import glossary_table
from smartinst.report.whatsapp import linker
from smartinst.settings import Seller, Settings, load_settings


def open_book(
    seller: str,
    as_of: str | date = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    previous: Mapping[str, Any] | None = None,
    title: str = "Smart Installments",
    report: str = "seller",
    anonymous: bool = False,
    settings: Settings | None = None,
) -> Book:
    """One seller as of a date, filtered; also makes charts of this notebook carry their SVG and sentence.

    `as_of`: empty, the last day of which the ledger tells. `previous`: the measures of the report to compare with;
    without it, the state seven days earlier.
    """
    from smartinst.report.charts.mime_renderer import install

    install()
    held = settings or load_settings()
    one = replace_locale(held.find(seller), locale)
    sales = read_sales(held, one, where or {})
    day = _day(as_of, one, sales.data_quality)
    rows = sales.rows(day)
    check_identity(rows)
    printed = dict(previous or {})
    before = _date(printed["as_of"]) if printed.get("as_of") else day - PERIOD
    earlier = Previous(before, _Later(partial(sales.rows, before)), printed)
    book = Book(
        one, day, sales.where, rows, sales.data_quality, earlier, title, report, settings=held
    )
    return book.anonymous() if anonymous else book


class _Later(Mapping[str, pl.DataFrame]):
    """Rows that are computed when one first asks for them: a live board never does."""

    def __init__(self, read: Callable[[], Rows]) -> None:
        self._read = read

    @cached_property
    def _rows(self) -> Rows:
        return self._read()

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def replace_locale(seller: Seller, locale: str) -> Seller:
    """The seller in another language, where one is asked for."""
    return seller.model_copy(update={"locale": Locale(locale).tag}) if locale else seller


def _day(as_of: str | date, seller: Seller, condition: DataQuality) -> date:
    """The date asked for; empty: the last day of which the ledger tells."""
    if isinstance(as_of, date):
        return as_of
    if as_of:
        return _date(as_of)
    if condition.data_through_date is None:
        raise InputError(
            f"seller {seller.id}: the ledger holds nothing yet; run smartinst ingest, or smartinst demo"
        )
    return condition.data_through_date


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"as_of: expected a date YYYY-MM-DD, found {text!r}") from None


@dataclass(frozen=True)
class Bound:
    """A figure bound to a book's rows."""

    figure: Figure
    book: Book

    def frame(self) -> pl.DataFrame:
        """The figure's rows, sorted by its keys; money in minor units."""
        return self.figure.fold(self.book.rows)

    def chart(self) -> Any:
        """An Altair chart, to adjust freely; a sentence where there is nothing to draw."""
        locale, rows = self.book.locale, self.frame()
        if self.figure.name not in CHARTS:
            raise InputError(f"figure {self.figure.name} has no chart; show it with .table()")
        seen = CHARTED_SUMS.get(self.figure.name, self.figure.sums)
        if not rows.select(pl.any_horizontal((pl.col(name) != 0).any() for name in seen)).item():
            return mime_bundles.text_output(self._nothing())
        sentence = SENTENCES[self.figure.name](self.book.rows, locale)
        usermeta = {
            "figure": self.figure.declaration(),
            "title": locale.gettext(self.figure.title),
            "sentence": sentence,
            "wide": self.figure.name in WIDE_CHARTS,
        }
        return draw_chart(self.figure, rows, locale, sentence, usermeta)

    def table(self, top: int | None = None) -> Any:
        """The figure as a table; `top`: so many rows."""
        spec = figures.figure_table(self.figure, self.book.rows, self.book.locale, top)
        return (
            mime_bundles.table_output(spec, self.book.locale)
            if spec.rows
            else mime_bundles.text_output(self._nothing())
        )

    def _nothing(self) -> str:
        locale = self.book.locale
        return locale.gettext(
            "*{figure}*: nothing to show.", figure=locale.gettext(self.figure.title)
        )


@dataclass(frozen=True)
class Book:
    """One seller as of a date: figures by name, frames, and the parts of the report."""

    seller: Seller
    as_of: date
    where: Mapping[str, Any]
    rows: Rows
    condition: DataQuality
    previous: Previous
    title: str = "Smart Installments"
    report: str = "seller"
    is_anonymous: bool = False
    settings: Settings = field(default_factory=Settings)

    def __getattr__(self, name: str) -> Bound:
        """A figure of the figure table by its name."""
        if name in BY_NAME:
            return Bound(BY_NAME[name], self)
        raise AttributeError(f"a book has no figure {name!r}; figures: {', '.join(BY_NAME)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *BY_NAME]

    @property
    def locale(self) -> Locale:
        """The language of this report."""
        return Locale(self.seller.locale)

    @property
    def plans(self) -> pl.DataFrame:
        """One row a plan, those to contact first; money in minor units of `currency`."""
        return contact_order(self.rows["plans"])

    @property
    def charges(self) -> pl.DataFrame:
        """One row a charge, with its state and the parts of its amount."""
        return self.rows["charges"]

    @cached_property
    def _headline(self) -> Headline:
        return headline(self.rows, self.previous, self.as_of)

    def anonymous(self) -> Book:
        """The same without buyers' names, e-mails and phones: for the accountant."""
        check_anonymous(self.where)
        previous = replace(self.previous, rows=without_people(self.previous.rows))
        return replace(self, rows=without_people(self.rows), previous=previous, is_anonymous=True)

    @property
    def _without(self) -> tuple[str, ...]:
        """Columns that this report does not show."""
        return PERSONAL if self.is_anonymous else ()

    # --- the parts of a report, in their order ------------------------------------------------------------------

    def cover(self) -> mime_bundles.DisplayBundle:
        """Who, as of when, in which language, filtered by what."""
        through = self.condition.data_through_date
        locale = self.locale
        content = {
            "name": self.report,
            "title": locale.gettext(self.title),
            "subtitle": locale.gettext("as of {day}", day=locale.date(self.as_of, "long")),
            "seller_id": self.seller.id,
            "seller": self.seller.name,
            "locale": self.seller.locale,
            "timezone": self.seller.timezone,
            "as_of": self.as_of.isoformat(),
            "data_through": through.isoformat() if through else None,
            "report": self.report,
            "anonymous": self.is_anonymous,
            "filters": filters_shown(self.where, locale),
            "generated_from": {"as_of": self.as_of.isoformat()},
        }
        return mime_bundles.json_output(
            mime_bundles.REPORT, content, f"{self.title}: {self.seller.name}, {self.as_of}"
        )

    def headline(self) -> mime_bundles.DisplayBundle:
        """The sentence and the key figures; the measures come along for gates and the next report."""
        content = kpi(self._headline, self.previous, self.as_of, self.locale)
        if said := notes.missing(self.rows["plans"], self.where, self.condition, self.locale):
            content |= {"sentence": said, "note": ""}
        found = measures(self.rows, self._headline, self.as_of) | {
            "data_through": self.condition.data_through_date.isoformat()
            if self.condition.data_through_date
            else None,
            "quarantined": self.condition.quarantined,
            "unidentified": self.condition.unidentified,
        }
        return mime_bundles.DisplayBundle(
            {
                mime_bundles.KPI: content,
                mime_bundles.MEASURES: found,
                "text/plain": content["sentence"],
            }
        )

    def contacts(self) -> mime_bundles.DisplayBundle:
        """The ten buyers to contact first."""
        spec = plan_tables.contact_table(
            self.rows["plans"], self.locale, self._link(), self._without
        )
        return self._table_or(
            spec,
            self.locale.gettext("Nobody is to be contacted: no confirmed overdue installment."),
        )

    def alerts(self) -> mime_bundles.DisplayBundle:
        """What needs a decision: charged twice, suspended, disputed."""
        spec = plan_tables.alert_table(self.rows["plans"], self.locale, self._without)
        return self._table_or(
            spec, self.locale.gettext("No alerts: nothing charged twice, suspended or disputed.")
        )

    def status_shares(self) -> mime_bundles.DisplayBundle:
        """The seven statuses with their share of the plans."""
        return self._table_or(
            figures.status_table(self.rows, self.locale), self.locale.gettext("No plans match.")
        )

    def released(self) -> mime_bundles.DisplayBundle:
        """What released hides, apart: lost, not earned, forgiven, not activated."""
        spec = figures.figure_table(BY_NAME["revenue"], self.rows, self.locale, part="released")
        spec = replace(spec, title=self.locale.gettext("Sold, released and why"))
        return self._table_or(spec, self.locale.gettext("Nothing was released."))

    def of_which(self) -> mime_bundles.DisplayBundle:
        """Of the collected what is disputed, of the refunded charged back, of the overdue unconfirmed; lost beside."""
        spec = figures.figure_table(BY_NAME["revenue"], self.rows, self.locale, part="of_which")
        spec = replace(
            spec, title=self.locale.gettext("Disputed, charged back, unconfirmed and lost")
        )
        return self._table_or(spec, self.locale.gettext("No plans match."))

    def net_table(self) -> mime_bundles.DisplayBundle:
        """Net by commission currency."""
        return self._table_or(
            figures.net_table(self.rows, self.locale), self.locale.gettext("No net is known yet.")
        )

    def possible_table(self) -> mime_bundles.DisplayBundle:
        """The three scenarios side by side; the expected one comes with the forecast."""
        spec = figures.figure_table(BY_NAME["possible"], self.rows, self.locale)
        caption = self.locale.gettext(
            "If all had paid to date: collected + overdue; what canceled plans released is not in it. Contracted: overdue "
            "+ to receive of live plans. Expected: not forecast yet."
        )
        spec = replace(spec, caption=caption)
        return self._table_or(spec, self.locale.gettext("Nothing is to be received."))

    def detail(self, top: int = plan_tables.DETAIL_ROWS) -> mime_bundles.DisplayBundle:
        """The detail table: at most `top` rows, and how many more there are."""
        spec = plan_tables.detail_table(
            self.rows["plans"], self.locale, self._link(), self._without, top
        )
        return self._table_or(spec, self.locale.gettext("No plans match."))

    def notes(self) -> mime_bundles.DisplayBundle:
        """How far and how whole the data are."""
        spec = notes.notes_table(self.rows, self.condition, self.previous, self.as_of, self.locale)
        return mime_bundles.table_output(spec, self.locale)

    def glossary(self) -> mime_bundles.DisplayBundle:
        """The definitions of the words."""
        return mime_bundles.table_output(glossary_table(self.locale), self.locale)

    def dataset(self) -> mime_bundles.DisplayBundle:
        """The rows that the offline page and the workbook are made of."""
        return mime_bundles.dataset_output(
            dataset(self.rows, self.as_of, self._link(), self._without)
        )

    def _link(self) -> Any:
        return linker(self.settings, self.seller)

    def _table_or(self, spec: Table, nothing: str) -> mime_bundles.DisplayBundle:
        return (
            mime_bundles.table_output(spec, self.locale)
            if spec.rows
            else mime_bundles.text_output(nothing)
        )


def filters_shown(where: Mapping[str, Any], locale: Locale) -> list[dict[str, str]]:
    """The filters that are set, in the reader's words, as a cover shows them."""
    labels = {one.name: one.label for one in FILTERS}
    return [
        {"name": name, "label": locale.gettext(labels[name]), "value": _shown(value)}
        for name, value in where.items()
    ]


def _shown(value: Any) -> str:
    """A filter's value as one text: several words, or from the least to the most."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, list):
        return " – ".join("…" if one is None else str(one) for one in value)
    return str(value)
