"""The opening figures of a report (docs/metrics.md §4, "Movements")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from smartinst.analytics.currency_order import (
    currencies_of,
    small_currencies,
    sums_by_currency,
)
from smartinst.i18n.locales import N_, Locale
from smartinst.report.charts.captions import other_currencies
from smartinst.report.news.events import Kind, NewsEvent, news_events, top_events
from smartinst.report.news.sentences import (
    UNCONFIRMED,
    amounts_text,
    news_items,
    quiet_text,
    text_after_news,
)
from smartinst.report.period import ReportPeriod, period_text, report_period
from smartinst.report.previous import Previous

Rows = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Headline:
    """The figures of the opening: minor units by currency, and counts of plans and installments.

    overdue, overdue_before  confirmed amounts; unconfirmed: the rest of what is overdue
    lost, lost_before        all plans that ended, now and at the date compared with
    events                   what happened in the period, by kind
    compared_currencies      those with a plan before the period: only they are compared with it
    """

    currencies: tuple[str, ...]
    small_currencies: tuple[str, ...]
    received: dict[str, int]
    received_before: dict[str, int]
    returned: dict[str, int]
    net: dict[str, int]
    estimated: dict[str, int]
    overdue: dict[str, int]
    overdue_before: dict[str, int]
    unconfirmed: dict[str, int]
    lost: dict[str, int]
    lost_before: dict[str, int]
    due_7: dict[str, int]
    due_30: dict[str, int]
    due_installments: int
    events: Mapping[Kind, NewsEvent]
    compared_currencies: frozenset[str] = frozenset()

    def plans_of(self, kind: Kind) -> int:
        """The number of plans to which this happened in the period."""
        return self.events[kind].plans if kind in self.events else 0


def compute_headline(
    rows: Rows, previous: Previous, as_of: date, period: ReportPeriod | None = None
) -> Headline:
    """Movements of the period, and balances as of the date and the previous date.

    Without a period, it is the week of `as_of`.
    """
    period = period or report_period("week", as_of)
    plans, earlier_plans = rows["plans"], previous.plans
    nets = rows["nets"].filter(_is_in(period, "paid_date"))
    movements = rows["movements"].filter(_is_in(period, "movement_date"))
    movements_before = rows["movements"].filter(_is_in(period.preceding, "movement_date"))
    # A statement of a month is of its last day's end: what is due on it is still open.
    days_of_date = 1 if period.name == "month" else 0
    due_charges = _due_charges(rows["charges"], as_of, 7 + days_of_date)
    compared = plans.filter(pl.col("purchase_date") <= period.start)
    return Headline(
        currencies=tuple(currencies_of(plans)),
        small_currencies=small_currencies(plans),
        received=sums_by_currency(movements, "received_minor"),
        received_before=sums_by_currency(movements_before, "received_minor"),
        returned=sums_by_currency(movements, "returned_minor"),
        net=sums_by_currency(nets, "net_minor", "commission_currency"),
        estimated=sums_by_currency(nets, "estimated_minor", "commission_currency"),
        overdue=sums_by_currency(plans, "confirmed_minor"),
        overdue_before=sums_by_currency(earlier_plans, "confirmed_minor"),
        unconfirmed=sums_by_currency(plans, "unconfirmed_minor"),
        lost=sums_by_currency(plans, "lost_minor"),
        lost_before=sums_by_currency(earlier_plans, "lost_minor"),
        due_7=sums_by_currency(due_charges, "to_receive_minor"),
        due_30=due_within(rows["charges"], as_of, 30 + days_of_date),
        due_installments=due_charges.height,
        events=MappingProxyType(news_events(plans, earlier_plans, period)),
        compared_currencies=frozenset(compared["currency"].drop_nulls().unique().to_list()),
    )


def _is_in(period: ReportPeriod, column: str) -> pl.Expr:
    return (pl.col(column) > period.start) & (pl.col(column) <= period.end)


def _due_charges(charges: pl.DataFrame, as_of: date, days: int) -> pl.DataFrame:
    """Charges to receive that fall due within `days` days, of which `as_of` is the first."""
    due = pl.col("due_date")
    return charges.filter(
        (pl.col("to_receive_minor") > 0) & (due >= as_of) & (due < as_of + timedelta(days))
    )


def due_within(charges: pl.DataFrame, as_of: date, days: int) -> dict[str, int]:
    """Currency → amount that falls due within `days` days, of which `as_of` is the first."""
    return sums_by_currency(_due_charges(charges, as_of, days), "to_receive_minor")


def key_figures(
    headline: Headline,
    previous: Previous,
    period: ReportPeriod,
    data_through: date | None,
    locale: Locale,
) -> dict[str, Any]:
    """The content of the KPI output: the news, and the items of each currency.

    `fixed_texts`: what the page says of any plans, `quiet` if they have no news; `below`, the text
    under balances; `after_news`, where the data end if that comes last; `compared_day`, the last
    day before the period: currencies with a plan bought by then are compared.
    """
    news = news_items(top_events(headline.events), period, data_through, locale)
    dates_note = _periods_note(previous, period, data_through, locale)
    known_through = None if period.has_data(data_through) else data_through
    notes = (
        dates_note,
        unconfirmed_note(headline, locale),
        other_currencies(headline.small_currencies, locale),
    )
    return {
        "sentence": " ".join(str(item["text"]) for item in news),
        "news": news,
        "currencies": [
            {
                "currency": currency,
                "items": _items(
                    headline, currency, previous, period, locale, known_through=known_through
                ),
            }
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
        "note": " ".join(filter(None, notes)),
        "fixed_texts": {
            "note": dates_note,
            "quiet": quiet_text(period, locale),
            "below": _known_through_text(known_through, locale),
            "after_news": text_after_news(period, data_through, locale),
            "compared_day": period.start.isoformat(),
        },
    }


def _known_through_text(day: date | None, locale: Locale) -> str:
    return locale.gettext("as known on {day}", day=locale.date(day)) if day else ""


def _periods_note(
    previous: Previous, period: ReportPeriod, data_through: date | None, locale: Locale
) -> str:
    """The days of the movements, if there are any, and those of the changes of balances."""
    day = locale.date(previous.as_of)
    if not period.has_data(data_through):
        return locale.gettext("Changes of balances: since {day}.", day=day)
    return locale.gettext(
        "Movements: {period}. Changes of balances: since {day}.",
        period=period_text(period, locale),
        day=day,
    )


def unconfirmed_note(headline: Headline, locale: Locale) -> str:
    """The overdue amounts that the key figures leave out; empty if there are none."""
    amounts = amounts_text(headline.unconfirmed, locale)
    return amounts and locale.gettext(UNCONFIRMED, amounts=amounts)


def key_item(
    name: str,
    label: str,
    minor: int | None,
    earlier: int | None = None,
    note: str = "",
    **extras: Any,
) -> dict[str, Any]:
    """An item of the key figures: an amount, its change, and whether that is better or worse.

    The amount is None if there are no data for its period. `extras`: `below`, a text under the
    amount, and `history`, its past values, oldest first.
    """
    change = None if minor is None or earlier is None else minor - earlier
    tone = ""
    if change and name in GOOD_CHANGES:
        tone = "better" if (change > 0) == GOOD_CHANGES[name] else "worse"
    item = {"name": name, "label": label, "minor": minor, "change_minor": change, "note": note}
    return {**item, "tone": tone, **extras}


GOOD_CHANGES: Final = {
    "sold": True,
    "received": True,
    "returned": False,
    "overdue": False,
    "lost": False,
}
"""Key figure → whether it is better if it grows."""


def _items(
    headline: Headline,
    currency: str,
    previous: Previous,
    period: ReportPeriod,
    locale: Locale,
    *,
    known_through: date | None,
) -> list[dict[str, Any]]:
    """The items of a currency; without data in the period no movements and no changes.

    A currency without a plan before the period has no changes either.

    known_through  the last day with data, if it is before the period
    """
    _ = locale.gettext
    has_data = known_through is None

    def minor(sums: Mapping[str, int]) -> int:
        return int(sums.get(currency, 0))

    def movement(sums: Mapping[str, int]) -> int | None:
        return minor(sums) if has_data else None

    data_end = _known_through_text(known_through, locale)
    since = _("since {day}", day=locale.date(previous.as_of))
    comparison = _(AGAINST_PERIOD_BEFORE[period.name])

    def before(sums: Mapping[str, int]) -> int | None:
        is_compared = has_data and currency in headline.compared_currencies
        return minor(sums) if is_compared else None

    received_minor = movement(headline.received), before(headline.received_before)
    overdue_minor = minor(headline.overdue), before(headline.overdue_before)
    lost_minor = minor(headline.lost), before(headline.lost_before)
    items = [
        key_item("received", _("Received"), *received_minor, comparison),
        key_item("returned", _("Returned"), movement(headline.returned)),
        key_item("overdue", _("Overdue"), *overdue_minor, since, below=data_end),
        key_item("lost", _("Lost so far"), *lost_minor, since, below=data_end),
        key_item("due_7", _("Due in 7 days"), minor(headline.due_7)),
        key_item("due_30", _("Due in 30 days"), minor(headline.due_30)),
    ]
    return [entry for entry in items if entry["name"] != "due_7" or period.name != "month"]


AGAINST_PERIOD_BEFORE: Final = {
    "day": N_("against the day before"),
    "week": N_("against the seven days before"),
    "month": N_("against the month before"),
}
