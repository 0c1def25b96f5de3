"""All sellers on one page, for the operator: live balance, overdue, PAR30 and statuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.indicative import newest_of
from smartinst.analytics.portfolio import (
    currency_sums,
    par30_parts,
    portfolio_measures,
    read_seller_sums,
    status_counts,
)
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import N_, Locale
from smartinst.report import mime_bundles
from smartinst.report.as_of import as_of_date
from smartinst.report.charts.axes import style_chart
from smartinst.report.charts.book_charts import record_parts, unchecked_building
from smartinst.report.charts.par30 import MAX_BARS, par30_chart
from smartinst.report.display import install_for
from smartinst.report.filter_descriptions import filter_descriptions
from smartinst.report.notebook_parts import PortfolioParts
from smartinst.report.seller_ranking import SMALL_PORTFOLIO, SellerRanking
from smartinst.report.table import Column, Row, Table
from smartinst.settings import Settings, load_settings

COLUMNS: Final = (
    Column("seller", N_("Seller")),
    Column("data_through_date", N_("Data through"), "date"),
    Column("currency", N_("Currency")),
    Column("plans", N_("Plans"), "integer"),
    Column("live_plans", N_("Live plans"), "integer"),
    Column("outstanding_minor", N_("Live balance"), "money", "currency"),
    Column("overdue_minor", N_("Overdue"), "money", "currency"),
    Column("par30", N_("PAR30"), "percent"),
)
SELLERS: Final = N_("Sellers, the worst first")
STATUSES: Final = N_("Plans by status and seller")
BALANCES: Final = (("outstanding_minor", N_("Live balance")), ("overdue_minor", N_("Overdue")))
KEYS: Final = (
    *BALANCES,
    ("outstanding_par30_minor", N_("Outstanding of plans more than 30 days late")),
)


@dataclass(frozen=True)
class Portfolio(PortfolioParts):
    """All sellers as of a date.

    frame         one row per seller and currency, the seller with the highest PAR30 first
    names         id → name of every configured seller
    data_through  id → last day with data; a seller without data is missing
    conversions   the platform's newest conversion of each pair of currencies
    operations    id → last mail and last problem, as a run gives them to the notebook
    """

    as_of: date
    frame: pl.DataFrame
    locale: Locale
    where: Mapping[str, Any]
    names: Mapping[str, str]
    title: str
    report: str
    data_through: Mapping[str, date] = field(default_factory=dict)
    conversions: pl.DataFrame = field(default_factory=lambda: newest_of([]))
    operations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def cover(self) -> mime_bundles.DisplayBundle:
        """Date, number of sellers and key figures; the measures are for gates and conditions."""
        locale = self.locale
        content = {
            "name": self.report,
            "title": locale.gettext(self.title),
            "subtitle": locale.gettext("as of {day}", day=locale.date(self.as_of, "long")),
            "seller_id": "all",
            "seller": locale.ngettext("{n} seller", "{n} sellers", len(self.names)),
            "locale": locale.tag,
            "timezone": "UTC",
            "as_of": self.as_of.isoformat(),
            "data_through": max(self.data_through.values()).isoformat()
            if self.data_through
            else None,
            "report": self.report,
            "anonymous": False,
            "filters": filter_descriptions(self.where, locale),
            "generated_from": {"as_of": self.as_of.isoformat()},
        }
        return mime_bundles.DisplayBundle(
            {
                mime_bundles.REPORT: content,
                "text/plain": f"{self.title}: {len(self.names)}, {self.as_of}",
                mime_bundles.MEASURES: self.measures(),
                mime_bundles.KPI: self.kpi(),
            }
        )

    def kpi(self) -> dict[str, Any]:
        """The opening sentence, and by currency balance, overdue and, with enough plans, PAR30."""
        locale = self.locale
        sums = self.currency_sums().filter(pl.col("currency").is_not_null()).to_dicts()

        def amounts(name: str) -> str:
            texts = [locale.money(row[name], row["currency"]) for row in sums if row[name]]
            return locale.join_words(texts) or "0"

        shares = [
            f"{row['currency']} {_par30_text(row, locale)}"
            for row in sums
            if row["outstanding_minor"] and row["live_plans"] >= SMALL_PORTFOLIO
        ]
        parts = [
            locale.ngettext("{n} live plan", "{n} live plans", int(self.frame["live_plans"].sum())),
            *(f"{locale.gettext(label)} {amounts(name)}" for name, label in BALANCES),
            *([f"PAR30 {locale.join_words(shares)}"] if shares else []),
        ]
        currencies = [
            {
                "currency": row["currency"],
                "items": [
                    {"name": name, "label": locale.gettext(label), "minor": row[name]}
                    for name, label in KEYS
                ],
            }
            for row in sums
        ]
        return {"sentence": f"{'. '.join(parts)}.", "currencies": currencies, "net": [], "note": ""}

    def ranking(self) -> mime_bundles.DisplayBundle:
        """Every seller by overdue amount in an indicative currency, with its last data and mail."""
        ranking = SellerRanking(
            self.frame,
            {seller_id: self._display_name(seller_id) for seller_id in self.names},
            self.data_through,
            self.conversions,
            self.operations,
            self.locale,
        )
        return mime_bundles.table_output(ranking.table(), self.locale)

    def currency_sums(self) -> pl.DataFrame:
        """One row per currency over all sellers: counts of plans, and sums in minor units."""
        return currency_sums(self.frame)

    def measures(self) -> dict[str, Any]:
        """Totals over all sellers, for gates and conditions (analytics.portfolio)."""
        return portfolio_measures(self.frame, self.as_of, self.data_through)

    def sellers(self) -> mime_bundles.DisplayBundle:
        """Balance, overdue and PAR30 of each seller and currency, the highest PAR30 first.

        PAR30 only of sellers with at least SMALL_PORTFOLIO live plans.
        """
        has_ratio = set(self._with_ratios()["seller_id"])
        frame = self.frame.with_columns(self.seller_columns()).with_columns(
            pl.selectors.date().dt.to_string("iso")
        )
        rows = tuple(
            tuple(
                (par30_parts(row) if row["seller_id"] in has_ratio else None)
                if column.name == "par30"
                else row[column.name]
                for column in COLUMNS
            )
            for row in frame.iter_rows(named=True)
        )
        return self._table("sellers", SELLERS, COLUMNS, rows)

    def seller_columns(self) -> tuple[pl.Expr, pl.Expr]:
        """The name of a row's seller, and its last day with data (null without data)."""
        seller_id = pl.col("seller_id")
        name = seller_id.replace_strict(self.names, default=seller_id, return_dtype=pl.String)
        day = seller_id.replace_strict(self.data_through, default=None, return_dtype=pl.Date)
        return name.alias("seller"), day.alias("data_through_date")

    def statuses(self) -> mime_bundles.DisplayBundle:
        """The plans of each status by seller, the seller with the highest PAR30 first."""
        columns = self.status_columns()
        rows = self.status_counts().select(column.name for column in columns)
        return self._table("statuses", STATUSES, columns, tuple(rows.iter_rows()))

    def status_columns(self) -> tuple[Column, ...]:
        """The seller, and a column for each status."""
        return (
            COLUMNS[0],
            *(Column(name, self.locale.status(name), "integer") for name in PLAN_STATUSES),
        )

    def status_counts(self) -> pl.DataFrame:
        """One row per seller with plans: its name, and its plans of each status."""
        return status_counts(self.frame).with_columns(self.seller_columns())

    def chart(self) -> Any:
        """PAR30 of each seller and currency with a live balance; the thirty highest shares.

        Only of sellers with at least SMALL_PORTFOLIO live plans.
        """
        locale = self.locale
        with_balance = self._with_ratios().filter(pl.col("outstanding_minor") > 0)
        top = with_balance.sort("par30", descending=True, maintain_order=True).head(MAX_BARS)
        if not top.height:
            no_balance = N_("No seller has enough live plans for a share.")
            text = no_balance if self.frame.height else N_("No plans match.")
            return mime_bundles.text_output(locale.gettext(text))
        rows = top.to_dicts()
        bars = [
            {
                "seller_id": row["seller_id"],
                "label": f"{self._display_name(row['seller_id'])} · {row['currency']}",
                "par30": row["outstanding_par30_minor"] / row["outstanding_minor"],
            }
            for row in rows
        ]
        title = locale.gettext("Share of the live balance over 30 days late")
        if top.height < with_balance.height:
            title = locale.gettext("{title}: the {n} highest", title=title, n=top.height)
        highest = [
            f"{bar['label']} {_par30_text(row, locale)}"
            for bar, row in zip(bars[:3], rows, strict=False)
        ]
        sentence = locale.gettext("The highest: {parts}.", parts=locale.join_words(highest))
        usermeta = {"title": title, "sentence": sentence, "wide": True}
        with unchecked_building():
            chart = style_chart(par30_chart(bars), locale, sentence, usermeta)
        record_parts(chart)
        return chart

    def _with_ratios(self) -> pl.DataFrame:
        """The rows of sellers with enough live plans for ratios."""
        live_plans = pl.col("live_plans").sum().over("seller_id")
        return self.frame.filter(live_plans >= SMALL_PORTFOLIO)

    def _display_name(self, seller_id: str) -> str:
        """A seller's name; with its id if another seller has the same name."""
        name = self.names.get(seller_id, seller_id)
        return name if list(self.names.values()).count(name) < 2 else f"{name} ({seller_id})"

    def notes(self) -> mime_bundles.DisplayBundle | None:
        """The configured sellers without plans here; None if every seller has one."""
        names = tuple(
            (name,)
            for seller_id, name in self.names.items()
            if seller_id not in self.frame["seller_id"]
        )
        if not names:
            return None
        return self._table("unseen", N_("Sellers without plans here"), COLUMNS[:1], names)

    def _table(
        self, name: str, title: str, columns: tuple[Column, ...], rows: tuple[Row, ...]
    ) -> mime_bundles.DisplayBundle:
        locale = self.locale
        if not rows:
            return mime_bundles.text_output(locale.gettext("No plans match."))
        translated = tuple(
            replace(column, label=locale.gettext(column.label)) for column in columns
        )
        return mime_bundles.table_output(
            Table(name, locale.gettext(title), translated, rows), locale
        )


def _par30_text(row: Mapping[str, Any], locale: Locale) -> str:
    return locale.percent(row["outstanding_par30_minor"], row["outstanding_minor"])


def open_portfolio(
    as_of: str = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    title: str = "Portfolio",
    report: str = "portfolio",
    operations: Mapping[str, Mapping[str, Any]] | None = None,
    settings: Settings | None = None,
) -> Portfolio:
    """Every configured seller as of a date (empty: the last day with data, InputError without)."""
    install_for(locale or "en", "UTC")
    settings = settings or load_settings()
    sums = read_seller_sums(settings, as_of_date(as_of) if as_of else None, where or {})
    names = {seller.id: seller.name for seller in settings.seller}
    return Portfolio(
        sums.as_of,
        sums.frame,
        Locale(locale or "en"),
        sums.where,
        names,
        title,
        report,
        sums.data_through,
        sums.conversions,
        operations or {},
    )
