"""Every seller at once, for the operator: live balance, overdue, PAR30 and statuses; the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.portfolio import (
    currency_sums,
    par30_parts,
    portfolio_measures,
    read_seller_sums,
    status_counts,
)
from smartinst.drawing import palette
from smartinst.errors import InputError
from smartinst.facts import PLAN_STATUSES
from smartinst.i18n.locales import N_, Locale
from smartinst.report import mime_bundles
from smartinst.report.book import filter_descriptions
from smartinst.report.charts.axes import ROW, WIDE, styled
from smartinst.report.table import Column, Table
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
KEYS: Final = (*BALANCES, ("outstanding_par30_minor", N_("Outstanding of plans over 30 days late")))
MOST_HIGH: Final = 480
"""CSS pixels of the highest chart's bars: below the opening there is place for it on the first page."""


@dataclass(frozen=True)
class Portfolio:
    """All sellers as of a date; `frame` has one row a seller and currency, the seller with the worst PAR30 first.

    `names` has every configured seller, `through` the last day told of each; a seller of whom nothing is told is not in it.
    """

    as_of: date
    frame: pl.DataFrame
    locale: Locale
    where: Mapping[str, Any]
    names: Mapping[str, str]
    title: str
    report: str
    through: Mapping[str, date] = field(default_factory=dict)

    def cover(self) -> mime_bundles.DisplayBundle:
        """As of when, of how many sellers, the key figures; the measures come along for gates and conditions."""
        locale = self.locale
        through = self._through()
        content = {
            "name": self.report,
            "title": locale.gettext(self.title),
            "subtitle": locale.gettext("as of {day}", day=locale.date(self.as_of, "long")),
            "seller_id": "all",
            "seller": locale.ngettext("{n} seller", "{n} sellers", len(self.names)),
            "locale": locale.tag,
            "timezone": "UTC",
            "as_of": self.as_of.isoformat(),
            "data_through": through,
            "report": self.report,
            "anonymous": False,
            "filters": filter_descriptions(self.where, locale),
            "generated_from": {"as_of": self.as_of.isoformat()},
        }
        shown = mime_bundles.json_output(
            mime_bundles.REPORT, content, f"{self.title}: {len(self.names)}, {self.as_of}"
        )
        return mime_bundles.DisplayBundle(
            {**shown.bundle, mime_bundles.MEASURES: self.measures(), mime_bundles.KPI: self.kpi()}
        )

    def kpi(self) -> dict[str, Any]:
        """The opening sentence, and per currency the live balance, what is overdue and what of it belongs to PAR30."""
        locale = self.locale
        of_currency = self.of_currency().filter(pl.col("currency").is_not_null()).to_dicts()

        def told(column: str) -> str:
            return (
                locale.join_words(
                    [
                        locale.money(one[column], one["currency"])
                        for one in of_currency
                        if one[column]
                    ]
                )
                or "0"
            )

        shares = [
            f"{one['currency']} {locale.percent(one['outstanding_par30_minor'], one['outstanding_minor'])}"
            for one in of_currency
            if one["outstanding_minor"]
        ]
        parts = [
            locale.ngettext("{n} live plan", "{n} live plans", int(self.frame["live_plans"].sum())),
            *(f"{locale.gettext(label)} {told(name)}" for name, label in BALANCES),
            *([f"PAR30 {locale.join_words(shares)}"] if shares else []),
        ]
        currencies = [
            {
                "currency": one["currency"],
                "items": [
                    {"name": name, "label": locale.gettext(label), "minor": one[name]}
                    for name, label in KEYS
                ],
            }
            for one in of_currency
        ]
        return {"sentence": f"{'. '.join(parts)}.", "currencies": currencies, "net": [], "note": ""}

    def of_currency(self) -> pl.DataFrame:
        """One row a currency over all sellers: counts of plans, and sums in minor units."""
        return currency_sums(self.frame)

    def measures(self) -> dict[str, Any]:
        """Totals over all sellers, for gates and conditions (analytics.portfolio)."""
        return portfolio_measures(self.frame, self.as_of, self.through)

    def sellers(self) -> mime_bundles.DisplayBundle:
        """Per seller and currency the balance, what is overdue and PAR30; the worst first."""
        shown = self.frame.with_columns(self.seller_columns()).with_columns(
            pl.selectors.date().dt.to_string("iso")
        )
        rows = [
            [par30_parts(one) if column.name == "par30" else one[column.name] for column in COLUMNS]
            for one in shown.iter_rows(named=True)
        ]
        return self._table("sellers", SELLERS, COLUMNS, rows)

    def seller_columns(self) -> tuple[pl.Expr, pl.Expr]:
        """Of a row's seller the name and the last day of which the ledger tells; that day is null where none is known."""
        seller = pl.col("seller_id")
        return (
            seller.replace_strict(self.names, default=seller, return_dtype=pl.String).alias(
                "seller"
            ),
            seller.replace_strict(self.through, default=None, return_dtype=pl.Date).alias(
                "data_through_date"
            ),
        )

    def _through(self) -> str | None:
        """The last day of which the ledger tells of any seller; each one's own stands in the table."""
        return max(self.through.values()).isoformat() if self.through else None

    def statuses(self) -> mime_bundles.DisplayBundle:
        """Per seller the plans of each status, the seller with the worst PAR30 first."""
        columns = self.status_columns()
        rows = [
            list(row) for row in self.of_seller().select(one.name for one in columns).iter_rows()
        ]
        return self._table("statuses", STATUSES, columns, rows)

    def status_columns(self) -> tuple[Column, ...]:
        """The seller, and a column a status, named as the status is."""
        return (
            COLUMNS[0],
            *(Column(one, self.locale.status(one), "integer") for one in PLAN_STATUSES),
        )

    def of_seller(self) -> pl.DataFrame:
        """One row a seller of whom a plan is shown, the worst PAR30 first: its name, and its plans of each status."""
        return status_counts(self.frame).with_columns(self.seller_columns())

    def chart(self) -> Any:
        """PAR30 of each seller and currency with a live balance; where there are more than thirty, the highest."""
        locale = self.locale
        shown = (
            self.frame.filter(pl.col("outstanding_minor") > 0)
            .sort("par30", descending=True, maintain_order=True)
            .head(30)
        )
        if not shown.height:
            nothing = (
                N_("No seller has a live balance here.")
                if self.frame.height
                else N_("No plans match.")
            )
            return mime_bundles.text_output(locale.gettext(nothing))
        values = [
            {
                "seller_id": one["seller_id"],
                "label": f"{self._told(one['seller_id'])} · {one['currency']}",
                "par30": one["outstanding_par30_minor"] / one["outstanding_minor"],
            }
            for one in shown.iter_rows(named=True)
        ]
        order = [one["label"] for one in values]
        title = locale.gettext("Share of the live balance over 30 days late")
        if shown.height < self.frame.filter(pl.col("outstanding_minor") > 0).height:
            title = locale.gettext("{title}: the {n} highest", title=title, n=shown.height)
        drawn = (
            alt.Chart(
                alt.InlineData(values=values),
                width=WIDE,
                height=min(ROW, MOST_HIGH // len(values)) * len(values),
            )
            .mark_bar(color=palette.OVERDUE)
            .encode(
                x=alt.X(
                    "par30:Q", title=None, axis=alt.Axis(format=".0%"), scale=alt.Scale(domainMin=0)
                ),
                y=alt.Y("label:N", sort=order, axis=alt.Axis(title=None, labelLimit=180)),
            )
        )
        fitted = drawn.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
        worst = [
            f"{one['label']} {locale.percent(one['outstanding_par30_minor'], one['outstanding_minor'])}"
            for one in shown.with_columns(label=pl.Series(order)).head(3).to_dicts()
        ]
        sentence = locale.gettext("The highest: {parts}.", parts=locale.join_words(worst))
        return styled(
            fitted, locale, sentence, {"title": title, "sentence": sentence, "wide": True}
        )

    def _told(self, seller_id: str) -> str:
        """A seller's name; with the id behind it where another has the same."""
        name = self.names.get(seller_id, seller_id)
        return name if list(self.names.values()).count(name) < 2 else f"{name} ({seller_id})"

    def notes(self) -> mime_bundles.DisplayBundle | None:
        """The configured sellers of which no plan is shown; nothing where there are none."""
        unseen = [
            [name]
            for seller_id, name in self.names.items()
            if seller_id not in self.frame["seller_id"]
        ]
        return (
            self._table("unseen", N_("Sellers without plans here"), COLUMNS[:1], unseen)
            if unseen
            else None
        )

    def board(self) -> None:
        """A report opens no seller's board."""

    def _table(
        self, name: str, title: str, columns: tuple[Column, ...], rows: list[list[Any]]
    ) -> mime_bundles.DisplayBundle:
        locale = self.locale
        if not rows:
            return mime_bundles.text_output(locale.gettext("No plans match."))
        translated = tuple(
            replace(column, label=locale.gettext(column.label)) for column in columns
        )
        table = Table(name, locale.gettext(title), translated, tuple(map(tuple, rows)))
        return mime_bundles.table_output(table, locale)


def open_portfolio(
    as_of: str = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    title: str = "Portfolio",
    report: str = "portfolio",
    settings: Settings | None = None,
) -> Portfolio:
    """Every configured seller as of a date, partition by partition. InputError: no date, and nothing to take it from."""
    from smartinst.report.charts.mime_renderer import install

    install()
    settings = settings or load_settings()
    sums = read_seller_sums(settings, _day(as_of) if as_of else None, where or {})
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
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"as_of: expected a date YYYY-MM-DD, found {text!r}") from None
