"""What a seller decides on Monday morning: came in, fell behind, recovered, is due (docs/metrics.md §4, "Movements")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import BY_NAME
from smartinst.i18n.locales import Locale

Rows = Mapping[str, pl.DataFrame]
PERIOD: Final = timedelta(days=7)


@dataclass(frozen=True)
class Previous:
    """The state to compare balances with: the rows as of then, and what that report printed (empty: no report)."""

    as_of: date
    rows: Rows
    printed: Mapping[str, Any]


@dataclass(frozen=True)
class Headline:
    """The opening figures: per currency minor units, and counts of plans."""

    currencies: tuple[str, ...]
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


def headline(rows: Rows, previous: Previous, as_of: date) -> Headline:
    """The opening figures as of a date: movements of its last seven days, balances now and at the previous report."""
    start = as_of - PERIOD
    overdue = _by_currency(rows["plans"], "overdue_minor")
    now, before = _owing(rows["plans"]), _owing(previous.rows["plans"])
    paid_up = rows["plans"].filter(~pl.col("has_debt") & pl.col("status").is_in(_STILL_PAYING))
    week = rows["nets"].filter((pl.col("paid_date") > start) & (pl.col("paid_date") <= as_of))
    return Headline(
        currencies=tuple(sorted(rows["plans"]["currency"].drop_nulls().unique().to_list())),
        received=_moved(rows["movements"], "received_minor", start, as_of),
        received_before=_moved(rows["movements"], "received_minor", start - PERIOD, start),
        returned=_moved(rows["movements"], "returned_minor", start, as_of),
        net=_by_currency(week, "net_minor", "commission_currency"),
        estimated=_by_currency(week, "estimated_minor", "commission_currency"),
        overdue=overdue,
        overdue_before=dict(
            previous.printed.get("overdue_minor")
            or _by_currency(previous.rows["plans"], "overdue_minor")
        ),
        lost=_by_currency(rows["plans"], "lost_minor"),
        lost_before=_by_currency(previous.rows["plans"], "lost_minor"),
        due_7=_due(rows["charges"], as_of, 7),
        due_30=_due(rows["charges"], as_of, 30),
        fell_behind=len(now - before),
        recovered=len(
            before & {(s, p) for s, p in paid_up.select("seller_id", "plan_id").iter_rows()}
        ),
        due_installments=_due_charges(rows["charges"], as_of, 7).height,
    )


_STILL_PAYING: Final = (
    "In progress",
    "In progress with issues",
    "Completed",
    "Completed with issues",
)


def _owing(plans: pl.DataFrame) -> set[tuple[str, str]]:
    """Plans with confirmed debt: nobody who may have paid is said to have fallen behind."""
    return set(
        plans.filter(pl.col("confirmed_minor") > 0).select("seller_id", "plan_id").iter_rows()
    )


def _by_currency(frame: pl.DataFrame, column: str, currency: str = "currency") -> dict[str, int]:
    sums = (
        frame.filter(pl.col(currency).is_not_null())
        .group_by(currency)
        .agg(pl.col(column).sum())
        .sort(currency)
    )
    return dict(sums.iter_rows())


def _moved(movements: pl.DataFrame, column: str, after: date, until: date) -> dict[str, int]:
    days = pl.col("movement_date")
    return _by_currency(movements.filter((days > after) & (days <= until)), column)


def _due_charges(charges: pl.DataFrame, as_of: date, days: int) -> pl.DataFrame:
    """Charges still to come that fall due in so many days, today being the first."""
    due = pl.col("due_date")
    return charges.filter(
        (pl.col("to_receive_minor") > 0) & (due >= as_of) & (due < as_of + timedelta(days))
    )


def _due(charges: pl.DataFrame, as_of: date, days: int) -> dict[str, int]:
    return _by_currency(_due_charges(charges, as_of, days), "to_receive_minor")


def kpi(found: Headline, previous: Previous, as_of: date, locale: Locale) -> dict[str, Any]:
    """The KPI output: the sentence, and per currency the items with their change."""
    return {
        "sentence": sentence(found, previous, locale),
        "currencies": [
            {"currency": one, "items": _items(found, one, previous, locale)}
            for one in found.currencies
        ],
        "net": [
            {"currency": one, "minor": minor, "estimated_minor": found.estimated.get(one, 0)}
            for one, minor in found.net.items()
        ],
        "note": locale.gettext(
            "Received, returned and net are those of the seven days to {day}; changes of balances are since {before}.",
            day=locale.date(as_of),
            before=locale.date(previous.as_of),
        ),
    }


def _items(
    found: Headline, currency: str, previous: Previous, locale: Locale
) -> list[dict[str, Any]]:
    _ = locale.gettext

    def item(
        name: str, label: str, minor: int, before: int | None = None, note: str = ""
    ) -> dict[str, Any]:
        change = None if before is None else minor - before
        return {"name": name, "label": label, "minor": minor, "change_minor": change, "note": note}

    def of(sums: Mapping[str, int]) -> int:
        return int(sums.get(currency, 0))

    since = _("since {day}", day=locale.date(previous.as_of))
    week = _("against the seven days before")
    return [
        item("received", _("Received"), of(found.received), of(found.received_before), week),
        item("returned", _("Returned"), of(found.returned)),
        item("overdue", _("Overdue"), of(found.overdue), of(found.overdue_before), since),
        item("lost", _("Lost"), of(found.lost), of(found.lost_before), since),
        item("due_7", _("Due in 7 days"), of(found.due_7)),
        item("due_30", _("Due in 30 days"), of(found.due_30)),
    ]


def sentence(found: Headline, previous: Previous, locale: Locale) -> str:
    """One sentence of what came in, who fell behind, who recovered, what is due this week."""
    came_in = [locale.money(minor, one) for one, minor in found.received.items() if minor]
    due = [locale.money(minor, one) for one, minor in found.due_7.items() if minor]
    parts = [
        locale.gettext(
            "{amounts} came in in the last seven days", amounts=locale.join_words(came_in)
        )
        if came_in
        else locale.gettext("Nothing came in in the last seven days"),
        locale.gettext(
            "since {day}, {behind} fell behind and {recovered} recovered",
            day=locale.date(previous.as_of),
            behind=locale.ngettext("{n} plan", "{n} plans", found.fell_behind),
            recovered=locale.number(found.recovered),
        ),
        locale.gettext("due in the next seven days: {amounts}", amounts=locale.join_words(due))
        if due
        else locale.gettext("nothing falls due in the next seven days"),
    ]
    return "; ".join(parts) + "."


def measures(rows: Rows, found: Headline, as_of: date) -> dict[str, Any]:
    """The named values that gates, conditions and the next report read; money by currency, PAR as [part, whole]."""
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
        "fell_behind": found.fell_behind,
        "recovered": found.recovered,
        "due_installments": found.due_installments,
        **{name: dict(revenue.select("currency", name).iter_rows()) for name in _REVENUE},
        "received_minor": found.received,
        "returned_minor": found.returned,
        "net_minor": found.net,
        "due_7_minor": found.due_7,
        "due_30_minor": found.due_30,
        "lost_minor": found.lost,
        "par30": {
            row[0]: [row[1], row[2]] for row in outstanding.sort("currency").iter_rows() if row[0]
        },
        "identity_closes": True,
    }


_REVENUE: Final = (
    *(
        "total_minor",
        "collected_minor",
        "overdue_minor",
        "to_receive_minor",
        "refunded_minor",
        "released_minor",
    ),
)
