"""The opening figures of a report (docs/metrics.md §4, "Movements")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

import polars as pl

from smartinst.analytics.currency_order import currencies_of, small_currencies
from smartinst.analytics.figures import BY_NAME
from smartinst.drawing.palette import PART_COLORS
from smartinst.i18n.locales import N_, Locale
from smartinst.report.period import ReportPeriod, report_period

Rows = Mapping[str, pl.DataFrame]
TOTAL_AND_PARTS: Final = ("total_minor", *PART_COLORS)
"""The total of a plan and its five parts, in the order of charts and tables."""


@dataclass(frozen=True)
class Previous:
    """The earlier date to compare balances with, and measures if there was a report."""

    as_of: date
    read: Callable[[], Rows]
    measures: Mapping[str, Any]

    @cached_property
    def rows(self) -> Rows:
        """The rows of that date, computed at their first use; a live board never uses them."""
        return self.read()


@dataclass(frozen=True)
class Headline:
    """The figures of the opening: minor units by currency, and counts of plans and installments."""

    currencies: tuple[str, ...]
    small_currencies: tuple[str, ...]
    received: dict[str, int]
    received_before: dict[str, int]
    returned: dict[str, int]
    net: dict[str, int]
    estimated: dict[str, int]
    overdue: dict[str, int]
    overdue_before: dict[str, int]
    lost: dict[str, int]
    lost_before: dict[str, int]
    due_7: dict[str, int]
    due_30: dict[str, int]
    fell_behind: int
    recovered: int
    due_installments: int


def compute_headline(
    rows: Rows, previous: Previous, as_of: date, period: ReportPeriod | None = None
) -> Headline:
    """Movements of the period, and balances as of the date and the previous date.

    Without a period, it is the week to `as_of`.
    """
    period = period or report_period("week", as_of)
    before = period.before
    overdue = sums_by_currency(rows["plans"], "overdue_minor")
    nets = rows["nets"].filter(_is_in(period, "paid_date"))
    return Headline(
        currencies=tuple(currencies_of(rows["plans"])),
        small_currencies=small_currencies(rows["plans"]),
        received=_movements(rows["movements"], "received_minor", period),
        received_before=_movements(rows["movements"], "received_minor", before),
        returned=_movements(rows["movements"], "returned_minor", period),
        net=sums_by_currency(nets, "net_minor", "commission_currency"),
        estimated=sums_by_currency(nets, "estimated_minor", "commission_currency"),
        overdue=overdue,
        overdue_before=dict(
            previous.measures.get("overdue_minor")
            or sums_by_currency(previous.rows["plans"], "overdue_minor")
        ),
        lost=sums_by_currency(rows["plans"], "lost_minor"),
        lost_before=sums_by_currency(previous.rows["plans"], "lost_minor"),
        due_7=_due(rows["charges"], as_of, 7),
        due_30=_due(rows["charges"], as_of, 30),
        fell_behind=len(fallen_behind(rows, previous.rows)),
        recovered=len(recovered(rows, previous.rows)),
        due_installments=_due_charges(rows["charges"], as_of, 7).height,
    )


_STILL_PAYING: Final = (
    "In progress",
    "In progress with issues",
    "Completed",
    "Completed with issues",
)


def fallen_behind(rows: Rows, earlier_rows: Rows) -> set[tuple[str, str]]:
    """The plans (seller_id, plan_id) with confirmed debt that had none at the earlier date."""
    return _plans_in_debt(rows["plans"]) - _plans_in_debt(earlier_rows["plans"])


def recovered(rows: Rows, earlier_rows: Rows) -> set[tuple[str, str]]:
    """The plans (seller_id, plan_id) with confirmed debt at the earlier date that still pay."""
    paid_up = rows["plans"].filter(~pl.col("has_debt") & pl.col("status").is_in(_STILL_PAYING))
    paid_up_keys = set(paid_up.select("seller_id", "plan_id").iter_rows())
    return _plans_in_debt(earlier_rows["plans"]) & paid_up_keys


def _plans_in_debt(plans: pl.DataFrame) -> set[tuple[str, str]]:
    """Plans with confirmed debt: a plan that may have been paid has not fallen behind."""
    return set(
        plans.filter(pl.col("confirmed_minor") > 0).select("seller_id", "plan_id").iter_rows()
    )


def sums_by_currency(
    frame: pl.DataFrame, column: str, currency: str = "currency"
) -> dict[str, int]:
    """Currency → sum of the column, in minor units; rows without a currency are left out."""
    sums = (
        frame.filter(pl.col(currency).is_not_null())
        .group_by(currency)
        .agg(pl.col(column).sum())
        .sort(currency)
    )
    return dict(sums.iter_rows())


def _movements(movements: pl.DataFrame, column: str, period: ReportPeriod) -> dict[str, int]:
    return sums_by_currency(movements.filter(_is_in(period, "movement_date")), column)


def _is_in(period: ReportPeriod, column: str) -> pl.Expr:
    return (pl.col(column) > period.start) & (pl.col(column) <= period.end)


def _due_charges(charges: pl.DataFrame, as_of: date, days: int) -> pl.DataFrame:
    """Charges to receive that fall due within `days` days, of which `as_of` is the first."""
    due = pl.col("due_date")
    return charges.filter(
        (pl.col("to_receive_minor") > 0) & (due >= as_of) & (due < as_of + timedelta(days))
    )


def _due(charges: pl.DataFrame, as_of: date, days: int) -> dict[str, int]:
    return sums_by_currency(_due_charges(charges, as_of, days), "to_receive_minor")


def key_figures(
    headline: Headline, previous: Previous, period: ReportPeriod, locale: Locale
) -> dict[str, Any]:
    """The content of the KPI output: the sentence, and the items of each currency."""
    return {
        "sentence": headline_sentence(headline, previous, period, locale),
        "currencies": [
            {"currency": currency, "items": _items(headline, currency, previous, period, locale)}
            for currency in headline.currencies
            if currency not in headline.small_currencies
        ],
        "net": [
            {
                "currency": currency,
                "minor": minor,
                "estimated_minor": headline.estimated.get(currency, 0),
            }
            for currency, minor in headline.net.items()
        ],
        "note": locale.gettext(
            "Received, returned and net: {period}. Changes of balances: since {day}.",
            period=period_text(period, locale),
            day=locale.date(previous.as_of),
        ),
    }


def _items(
    headline: Headline, currency: str, previous: Previous, period: ReportPeriod, locale: Locale
) -> list[dict[str, Any]]:
    _ = locale.gettext

    def item(
        name: str, label: str, amount: int, earlier: int | None = None, note: str = ""
    ) -> dict[str, Any]:
        change = None if earlier is None else amount - earlier
        return {"name": name, "label": label, "minor": amount, "change_minor": change, "note": note}

    def minor(sums: Mapping[str, int]) -> int:
        return int(sums.get(currency, 0))

    since = _("since {day}", day=locale.date(previous.as_of))
    before = _(AGAINST_PERIOD_BEFORE[period.name])
    items = [
        item(
            "received",
            _("Received"),
            minor(headline.received),
            minor(headline.received_before),
            before,
        ),
        item("returned", _("Returned"), minor(headline.returned)),
        item(
            "overdue", _("Overdue"), minor(headline.overdue), minor(headline.overdue_before), since
        ),
        item("lost", _("Lost"), minor(headline.lost), minor(headline.lost_before), since),
        item("due_7", _("Due in 7 days"), minor(headline.due_7)),
        item("due_30", _("Due in 30 days"), minor(headline.due_30)),
    ]
    return [entry for entry in items if entry["name"] != "due_7" or period.name != "month"]


AGAINST_PERIOD_BEFORE: Final = {
    "day": N_("against the day before"),
    "week": N_("against the seven days before"),
    "month": N_("against the month before"),
}


def period_text(period: ReportPeriod, locale: Locale) -> str:
    """The days that a period covers: `30 Nov 2026`, `24 Nov 2026 – 30 Nov 2026`."""
    first, last = locale.date(period.start + timedelta(1)), locale.date(period.end)
    return last if period.name == "day" else f"{first} – {last}"


def headline_sentence(
    headline: Headline, previous: Previous, period: ReportPeriod, locale: Locale
) -> str:
    """One sentence: received, plans fallen behind and recovered, and what falls due next."""
    receipts = amounts_text(headline.received, locale)
    covered = period_text(period, locale)
    is_month = period.name == "month"
    due = amounts_text(headline.due_30 if is_month else headline.due_7, locale)
    days = locale.days(30 if is_month else 7)
    parts = [
        locale.gettext("{amounts} received ({period})", amounts=receipts, period=covered)
        if receipts
        else locale.gettext("Nothing was received ({period})", period=covered),
        locale.gettext(
            "since {day}, {behind} fell behind and {recovered} recovered",
            day=locale.date(previous.as_of),
            behind=locale.ngettext("{n} plan", "{n} plans", headline.fell_behind),
            recovered=locale.number(headline.recovered),
        ),
        locale.gettext("due within {days}: {amounts}", days=days, amounts=due)
        if due
        else locale.gettext("nothing falls due within {days}", days=days),
    ]
    return "; ".join(parts) + "."


def amounts_text(sums: Mapping[str, int], locale: Locale) -> str:
    """The amounts of all currencies, joined; empty if all are zero."""
    return locale.join_words([locale.money(minor, unit) for unit, minor in sums.items() if minor])


def report_measures(rows: Rows, headline: Headline, as_of: date) -> dict[str, Any]:
    """The named values for gates, conditions and the next report; minor units by currency."""
    plans = rows["plans"]
    revenue = BY_NAME["revenue"].fold(rows)
    outstanding = plans.group_by("currency").agg(
        pl.col("outstanding_par30_minor", "outstanding_minor").sum()
    )
    return {
        "as_of": as_of.isoformat(),
        "plans": plans.height,
        "charges": rows["charges"].height,
        "live_plans": int(plans["live_plans"].sum()),
        "plans_with_debt": int(plans["plans_with_debt"].sum()),
        "fell_behind": headline.fell_behind,
        "recovered": headline.recovered,
        "due_installments": headline.due_installments,
        **{name: dict(revenue.select("currency", name).iter_rows()) for name in TOTAL_AND_PARTS},
        "received_minor": headline.received,
        "returned_minor": headline.returned,
        "net_minor": headline.net,
        "due_7_minor": headline.due_7,
        "due_30_minor": headline.due_30,
        "lost_minor": headline.lost,
        "par30": {
            row[0]: [row[1], row[2]] for row in outstanding.sort("currency").iter_rows() if row[0]
        },
        "identity_closes": True,
    }
