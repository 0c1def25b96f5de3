"""Tables with one row per plan: all plans, the buyers to contact first, and alerts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

import polars as pl

from smartinst.analytics.metrics import contact_order
from smartinst.i18n.locales import N_, Locale
from smartinst.report.table import Table
from smartinst.report.tables.columns import (
    ALERT_COLUMNS,
    CONTACT_COLUMNS,
    DETAIL_COLUMNS,
    columns,
    row_values,
)
from smartinst.report.tables.labels import refusal
from smartinst.report.whatsapp import debtor_links

DETAIL_ROWS: Final = 60
CONTACTS: Final = 10
ALERTS: Final = 12
"""Alerts of each kind in the report; the workbook has all."""

LinkOfPlan = Callable[[dict[str, Any]], str | None]
"""Function from a plan's row to the link that opens a message to the buyer, or None."""


def detail_table(
    plans: pl.DataFrame,
    locale: Locale,
    whatsapp: LinkOfPlan,
    excluded: Collection[str] = (),
    top: int = DETAIL_ROWS,
) -> Table:
    """One row per plan, first those to contact; the columns of the platform's own detail table."""
    names = _columns_except(DETAIL_COLUMNS, excluded)
    top_plans = _with_links(contact_order(plans).head(top), whatsapp)
    return Table(
        "detail",
        locale.gettext("Plans"),
        columns(names, locale),
        row_values(top_plans, names),
        total_rows=plans.height,
        role="detail",
    )


def _columns_except(names: tuple[str, ...], excluded: Collection[str]) -> tuple[str, ...]:
    """The columns of a table; without the buyer, the plan's id comes first."""
    if "buyer" in excluded and "plan_id" not in names:
        names = ("plan_id", *names)
    return tuple(name for name in names if name not in excluded)


def _with_links(plans: pl.DataFrame, whatsapp: LinkOfPlan) -> pl.DataFrame:
    return plans.with_columns(whatsapp=pl.Series(debtor_links(plans, whatsapp), dtype=pl.String))


def confirmed_debts(plans: pl.DataFrame) -> pl.DataFrame:
    """Plans with confirmed debt, with the delay and overdue amount of confirmed charges only."""
    return plans.filter(pl.col("has_debt") & (pl.col("confirmed_minor") > 0)).with_columns(
        days_past_due=pl.col("oldest_confirmed_days"), overdue_minor=pl.col("confirmed_minor")
    )


def contacts(plans: pl.DataFrame, top: int = CONTACTS) -> pl.DataFrame:
    """The plans to contact first: confirmed debt, by rank within each currency."""
    debts = contact_order(confirmed_debts(plans))
    ranked = debts.with_columns(_rank=pl.col("plan_id").cum_count().over("currency"))
    top_plans = ranked.sort("_rank", "currency", maintain_order=True).head(top)
    return top_plans.sort("currency", "_rank").drop("_rank")


def contact_table(
    plans: pl.DataFrame,
    locale: Locale,
    whatsapp: LinkOfPlan,
    excluded: Collection[str] = (),
    caption: str = "",
) -> Table:
    """Ten buyers with confirmed debt on a past day: reason of the refusal, amount and link."""
    names = _columns_except(CONTACT_COLUMNS, excluded)
    total = confirmed_debts(plans).height
    top_plans = _with_reasons(_with_links(contacts(plans), whatsapp), locale)
    return Table(
        "contacts",
        locale.gettext("Contact first"),
        columns(names, locale),
        row_values(top_plans, names),
        total_rows=total,
        caption=caption,
        role="contacts",
    )


def _with_reasons(plans: pl.DataFrame, locale: Locale) -> pl.DataFrame:
    reasons = [refusal(message, locale) for message in plans["last_refusal"]]
    return plans.with_columns(reason=pl.Series(reasons, dtype=pl.String))


ALERT_KINDS: Final = (
    (
        pl.col("charged_twice_minor") > 0,
        "charged_twice_minor",
        N_("Charged twice: owed to the buyer"),
    ),
    (
        pl.col("is_suspended") & pl.col("is_live"),
        "outstanding_minor",
        N_("Charging suspended: needs another card"),
    ),
    (
        pl.col("disputed_minor") > 0,
        "disputed_minor",
        N_("Dispute open: the buyer asks for the money back"),
    ),
)
"""For each kind of alert: filter of its plans, column of its amount, and text."""


def alert_table(plans: pl.DataFrame, locale: Locale, excluded: Collection[str] = ()) -> Table:
    """Plans that need a decision by the seller: charged twice, charging suspended, disputed."""
    names = _columns_except(ALERT_COLUMNS, excluded)
    kinds = [kind.select(names) for kind in _alerts_by_kind(plans, locale)]
    top_alerts, alerts = pl.concat([kind.head(ALERTS) for kind in kinds]), pl.concat(kinds)
    is_cut = alerts.height > top_alerts.height
    return Table(
        "alerts",
        locale.gettext("Alerts"),
        columns(names, locale),
        row_values(top_alerts, names),
        total_rows=alerts.height,
        role="alerts",
        all_rows=row_values(alerts, names) if is_cut else None,
    )


def _alerts_by_kind(plans: pl.DataFrame, locale: Locale) -> list[pl.DataFrame]:
    return [
        plans.filter(rule)
        .sort("currency", amount, descending=[False, True])
        .with_columns(alert=pl.lit(locale.gettext(text)), amount_minor=pl.col(amount))
        for rule, amount, text in ALERT_KINDS
    ]


def listed_rows(
    plans: pl.DataFrame, queue: pl.DataFrame | None, locale: Locale
) -> dict[str, pl.DataFrame]:
    """All rows of the contacts and of the alerts, in order, with the keys of their plans.

    The page takes from them the first rows of the plans that pass its filters. A column that is
    not here has the plan's value.

    queue  the plans to write to; None: for the date there is no queue, only plans with debt
    """
    key = ["seller_id", "plan_id"]
    if queue is None:
        contacts = _with_reasons(contact_order(confirmed_debts(plans)), locale)
        names = ["reason", "days_past_due", "overdue_minor"]
    else:
        contacts, names = queue, ["action", "retry_date", "days_past_due", "overdue_minor"]
    alerts = pl.concat(_alerts_by_kind(plans, locale))
    return {
        "contacts": contacts.select(*key, *names),
        "alerts": alerts.select(*key, "alert", "amount_minor"),
    }
