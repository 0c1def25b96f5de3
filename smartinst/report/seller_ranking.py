"""The operator's list of sellers, ranked by what is overdue in one indicative currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.indicative import IndicativeCurrency, indicative_currency
from smartinst.i18n.locales import N_, Locale
from smartinst.report.table import Column, Table

SMALL_PORTFOLIO: Final = 30
"""A seller with fewer live plans has no ratios: one plan would move them too much."""

COLUMNS: Final = (
    Column("seller", N_("Seller")),
    Column("overdue", N_("Overdue, indicative"), "money", "indicative_currency"),
    Column("indicative_currency", "", "hidden"),
    Column("live_plans", N_("Live plans"), "integer"),
    Column("plans_with_debt", N_("Plans behind"), "integer"),
    Column("debt_share", N_("Share behind"), "percent"),
    Column("late_share", N_("Balance more than 30 days late"), "percent"),
    Column("data_through", N_("Last data"), "date"),
    Column("last_mail", N_("Last mail"), "date"),
    Column("last_error", N_("Last problem")),
)


@dataclass(frozen=True)
class SellerRanking:
    """Sellers by overdue amount in one currency.

    frame         one row per seller and currency (`analytics.portfolio.SellerSums`)
    operations    seller → `last_mail` (ISO instant), `last_error`, `error_at`, of the run
    """

    frame: pl.DataFrame
    names: Mapping[str, str]
    data_through: Mapping[str, date]
    conversions: pl.DataFrame
    operations: Mapping[str, Mapping[str, Any]]
    locale: Locale

    def table(self) -> Table:
        """One row per configured seller, the highest overdue amount first."""
        currency = self.currency()
        rows = [self._row(seller_id, currency) for seller_id in self.names]
        rows.sort(key=lambda row: (-(row["overdue"] or 0), -row["live_plans"], row["seller"]))
        columns = tuple(replace(column, label=self._label(column)) for column in COLUMNS)
        return Table(
            "ranking",
            self.locale.gettext("Sellers by overdue amount"),
            columns,
            tuple(tuple(row[column.name] for column in COLUMNS) for row in rows),
            caption=self._caption(currency),
            role="loan_book",
        )

    def currency(self) -> IndicativeCurrency | None:
        """The indicative currency of all sellers; None without plans."""
        counts = self.frame.filter(pl.col("currency").is_not_null())
        live_plans = dict(
            counts.group_by("currency").agg(pl.col("live_plans").sum()).sort("currency").iter_rows()
        )
        return indicative_currency(self.conversions, live_plans)

    def _label(self, column: Column) -> str:
        return self.locale.gettext(column.label) if column.label else ""

    def _row(self, seller_id: str, currency: IndicativeCurrency | None) -> dict[str, Any]:
        sums = self.frame.filter(pl.col("seller_id") == seller_id)
        live, in_debt = (int(sums[name].sum()) for name in ("live_plans", "plans_with_debt"))
        operation = self.operations.get(seller_id, {})
        day = self.data_through.get(seller_id)
        return {
            "seller": self.names[seller_id],
            "overdue": self._converted(sums, "overdue_minor", currency),
            "indicative_currency": currency.code if currency else None,
            "live_plans": live,
            "plans_with_debt": in_debt,
            "debt_share": [in_debt, live] if live >= SMALL_PORTFOLIO else None,
            "late_share": self._late_share(sums, currency) if live >= SMALL_PORTFOLIO else None,
            "data_through": day.isoformat() if day else None,
            "last_mail": (operation.get("last_mail") or "")[:10] or None,
            "last_error": operation.get("last_error"),
        }

    def _late_share(
        self, sums: pl.DataFrame, currency: IndicativeCurrency | None
    ) -> list[int] | None:
        late_balance = self._converted(sums, "outstanding_par30_minor", currency)
        balance = self._converted(sums, "outstanding_minor", currency)
        return [late_balance, balance] if late_balance is not None and balance else None

    def _converted(
        self, sums: pl.DataFrame, column: str, currency: IndicativeCurrency | None
    ) -> int | None:
        """The sum of the amounts that have a rate, in minor units; None if there are none."""
        if currency is None:
            return None
        amounts = [
            currency.minor(minor, code)
            for code, minor in sums.select("currency", column).iter_rows()
            if code is not None
        ]
        converted = [amount for amount in amounts if amount is not None]
        return sum(converted) if converted else None

    def _caption(self, currency: IndicativeCurrency | None) -> str:
        """The currency with its rates; the currencies without a rate, whose amounts are not in."""
        locale = self.locale
        if currency is None:
            return ""
        codes = self.frame["currency"].drop_nulls().unique().sort().to_list()
        rates = [
            locale.gettext(
                "1 {code} = {rate} {currency} ({day})",
                code=code,
                rate=_rate_text(currency, code, locale),
                currency=currency.code,
                day=locale.date(day),
            )
            for code, (_, day) in currency.rates.items()
            if day is not None and code in codes
        ]
        missing = [code for code in codes if code not in currency.rates]
        sentences = [
            locale.gettext(
                "Amounts are indicative, in {currency}, by the platform's newest conversions.",
                currency=currency.code,
            ),
            f"{'; '.join(rates)}." if rates else "",
            locale.gettext("Without a rate, not included: {codes}.", codes=", ".join(missing))
            if missing
            else "",
            locale.gettext(
                "Ratios only of sellers with at least {n} live plans.", n=SMALL_PORTFOLIO
            ),
        ]
        return " ".join(filter(None, sentences))


def _rate_text(currency: IndicativeCurrency, code: str, locale: Locale) -> str:
    """A rate with about four significant digits."""
    from decimal import Decimal

    rate = currency.rates[code][0]
    value = Decimal(rate.numerator) / Decimal(rate.denominator)
    decimals = max(2, 3 - value.adjusted())
    return locale.number(value, min(decimals, 8))
