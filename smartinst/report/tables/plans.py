"""Tables over plans, and what every table shares: which columns, under which headings, in which order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

import polars as pl

from smartinst.analytics.metrics import contact_order
from smartinst.i18n.locales import N_, Locale
from smartinst.report.mime_bundles import Column, Kind, TableSpec
from smartinst.report.tables.labels import HELP_LABELS, refusal

DETAIL_ROWS: Final = 60
CONTACTS: Final = 10
ALERTS: Final = 12
"""So many alerts of each kind stand in the report; the workbook has all."""

LABELS: Final[dict[str, tuple[str, Kind]]] = {
    "currency": (N_("Currency"), "text"),
    "commission_currency": (N_("Currency of the net"), "text"),
    "plans": (N_("Plans"), "integer"),
    "total_minor": (N_("Total"), "money"),
    "collected_minor": (N_("Collected"), "money"),
    "overdue_minor": (N_("Overdue"), "money"),
    "to_receive_minor": (N_("To receive"), "money"),
    "refunded_minor": (N_("Refunded"), "money"),
    "released_minor": (N_("Released"), "money"),
    "sold_minor": (N_("Sold"), "money"),
    "lost_minor": (N_("Lost"), "money"),
    "not_earned_minor": (N_("Not earned"), "money"),
    "forgiven_minor": (N_("Forgiven"), "money"),
    "not_activated_minor": (N_("Not activated"), "money"),
    "disputed_minor": (N_("Of which disputed"), "money"),
    "charged_back_minor": (N_("Of which charged back"), "money"),
    "unconfirmed_minor": (N_("Of which unconfirmed"), "money"),
    "net_minor": (N_("Net"), "money"),
    "estimated_minor": (N_("Of which estimated"), "money"),
    "installments": (N_("Installments"), "integer"),
    "status": (N_("Status"), "status"),
    "movement_month": (N_("Month"), "month"),
    "paid_month": (N_("Month"), "month"),
    "due_month": (N_("Due month"), "month"),
    "received_minor": (N_("Received"), "money"),
    "returned_minor": (N_("Returned"), "money"),
    "country": (N_("Country"), "country"),
    "live_plans": (N_("Live plans"), "integer"),
    "plans_with_debt": (N_("Plans with debt"), "integer"),
    "product_id": (N_("Product id"), "text"),
    "product": (N_("Product"), "text"),
    "overdue_installments": (N_("Overdue installments"), "integer"),
    "overdue_charges": (N_("Overdue installments"), "integer"),
    "fallen_due_minor": (N_("Fallen due"), "money"),
    "outstanding_minor": (N_("Outstanding"), "money"),
    "outstanding_par30_minor": (N_("Outstanding of plans over 30 days late"), "money"),
    "days_past_due": (N_("Days past due"), "days"),
    "bucket": (N_("Days past due"), "text"),
    "help": (N_("What helps"), "text"),
    "failed_charges": (N_("Refused"), "integer"),
    "failed_minor": (N_("Amount refused"), "money"),
    "cured_charges": (N_("Paid since"), "integer"),
    "cured_minor": (N_("Amount paid since"), "money"),
    "if_all_paid_to_date_minor": (N_("If all had paid to date"), "money"),
    "contracted_minor": (N_("Contracted"), "money"),
    "expected_minor": (N_("Expected"), "money"),
    "if_all_paid_minor": (N_("If all had paid to date"), "money"),
    "later_clean_minor": (N_("To come, plans without debt"), "money"),
    "later_debt_minor": (N_("To come, plans with debt"), "money"),
    "buyer": (N_("Buyer"), "text"),
    "email": (N_("E-mail"), "text"),
    "payment_method": (N_("Payment method"), "payment"),
    "whatsapp": (N_("WhatsApp"), "link"),
    "plan_id": (N_("Plan"), "text"),
    "reason": (N_("Reason"), "text"),
    "alert": (N_("Alert"), "text"),
    "amount_minor": (N_("Amount"), "money"),
    "movement_minor": (N_("Net movement"), "money"),
    "share": (N_("Share"), "percent"),
    "debt_share": (N_("Plans with debt ÷ live plans"), "percent"),
    "overdue_share": (N_("Overdue ÷ fallen due"), "percent"),
    "par30": (N_("PAR 30"), "percent"),
    "cure_share": (N_("Paid since ÷ refused"), "percent"),
    "purchase_date": (N_("Purchase date"), "date"),
}
"""Column → heading and kind."""


def columns(
    names: tuple[str, ...], locale: Locale, currency: str = "currency"
) -> tuple[Column, ...]:
    """The columns of these names; money is in the currency of the column `currency`."""
    made = []
    for name in names:
        label, kind = LABELS[name]
        labels = (
            {key: locale.gettext(text) for key, text in HELP_LABELS.items()}
            if name == "help"
            else None
        )
        made.append(
            Column(
                name,
                locale.gettext(label),
                kind,
                currency if kind == "money" else None,
                labels=labels,
            )
        )
    return tuple(made)


def values(frame: pl.DataFrame, names: tuple[str, ...]) -> list[list[Any]]:
    """A frame's rows as JSON holds them: ISO dates, English statuses, minor units."""
    shown = frame.with_columns(
        pl.selectors.date().dt.to_string("iso"), pl.selectors.by_dtype(pl.Enum).cast(pl.String)
    )
    return [list(row) for row in shown.select(names).iter_rows()]


def more_rows(left: int, locale: Locale) -> str | None:
    """How many rows are left out; null where none is."""
    if left <= 0:
        return None
    return locale.ngettext("and {n} more row in the XLSX", "and {n} more rows in the XLSX", left)


def _without(names: tuple[str, ...], left_out: Collection[str]) -> tuple[str, ...]:
    """The columns shown; where the buyer is left out, the plan stands in the buyer's place."""
    if "buyer" in left_out and "plan_id" not in names:
        names = ("plan_id", *names)
    return tuple(name for name in names if name not in left_out)


def detail_table(
    plans: pl.DataFrame,
    locale: Locale,
    whatsapp: Callable[[dict[str, Any]], str | None],
    without: Collection[str] = (),
    top: int = DETAIL_ROWS,
) -> TableSpec:
    """One row a plan, those to contact first: what the platform's own detail table shows, less the columns `without`."""
    wanted = (
        *(
            "plan_id",
            "status",
            "buyer",
            "email",
            "product",
            "payment_method",
            "currency",
            "total_minor",
        ),
        *("overdue_minor", "overdue_installments", "whatsapp"),
    )
    names = _without(wanted, without)
    ordered = contact_order(plans)
    kept = _linked(ordered.head(top), whatsapp)
    return TableSpec(
        "detail",
        locale.gettext("Plans"),
        columns(names, locale),
        values(kept, names),
        total_rows=ordered.height,
        more=more_rows(ordered.height - kept.height, locale),
        role="detail",
    )


def _linked(plans: pl.DataFrame, whatsapp: Callable[[dict[str, Any]], str | None]) -> pl.DataFrame:
    links = [whatsapp(row) if row["has_debt"] else None for row in plans.iter_rows(named=True)]
    return plans.with_columns(whatsapp=pl.Series(links, dtype=pl.String))


def confirmed(plans: pl.DataFrame) -> pl.DataFrame:
    """Plans with confirmed debt, their delay and amount those of the confirmed charges alone."""
    return plans.filter(pl.col("has_debt") & (pl.col("confirmed_minor") > 0)).with_columns(
        days_past_due=pl.col("oldest_confirmed_days"), overdue_minor=pl.col("confirmed_minor")
    )


def contacts(plans: pl.DataFrame, top: int = CONTACTS) -> pl.DataFrame:
    """The plans to contact first: confirmed debt only, ranked within each currency, the currencies taking turns."""
    owing = contact_order(confirmed(plans))
    ranked = owing.with_columns(_rank=pl.col("plan_id").cum_count().over("currency"))
    first = ranked.sort("_rank", "currency", maintain_order=True).head(top)
    return first.sort("currency", "_rank").drop("_rank")


def contact_table(
    plans: pl.DataFrame,
    locale: Locale,
    whatsapp: Callable[[dict[str, Any]], str | None],
    without: Collection[str] = (),
) -> TableSpec:
    """The ten buyers to contact first: why it failed, how much, what helps, and the link."""
    wanted = (
        "buyer",
        "product",
        "reason",
        "help",
        "days_past_due",
        "currency",
        "overdue_minor",
        "whatsapp",
    )
    names = _without(wanted, without)
    owing = confirmed(plans)
    chosen = _linked(contacts(plans), whatsapp)
    reasons = [refusal(message, locale) for message in chosen["last_refusal"]]
    chosen = chosen.with_columns(
        reason=pl.Series(reasons, dtype=pl.String),
        help=pl.col("help").fill_null("unknown"),
    )
    left = owing.height - chosen.height
    return TableSpec(
        "contacts",
        locale.gettext("Contact first"),
        columns(names, locale),
        values(chosen, names),
        total_rows=owing.height,
        more=locale.ngettext("and {n} more buyer with debt", "and {n} more buyers with debt", left)
        if left > 0
        else None,
        role="contacts",
    )


def alert_table(plans: pl.DataFrame, locale: Locale, without: Collection[str] = ()) -> TableSpec:
    """Charged twice, charging suspended, disputes open: what needs a decision of the seller."""
    names = _without(("alert", "buyer", "product", "plan_id", "currency", "amount_minor"), without)
    kinds = (
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
    found = [
        plans.filter(rule)
        .sort("currency", amount, descending=[False, True])
        .with_columns(alert=pl.lit(locale.gettext(text)), amount_minor=pl.col(amount))
        .select(names)
        for rule, amount, text in kinds
    ]
    shown, all_of_them = pl.concat([one.head(ALERTS) for one in found]), pl.concat(found)
    return TableSpec(
        "alerts",
        locale.gettext("Alerts"),
        columns(names, locale),
        values(shown, names),
        total_rows=all_of_them.height,
        more=more_rows(all_of_them.height - shown.height, locale),
        role="alerts",
        all_rows=values(all_of_them, names) if all_of_them.height > shown.height else None,
    )
