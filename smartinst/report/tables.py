"""Tables over figures and plans: which columns, under which headings, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from smartinst.analytics.figures import BY_NAME, Figure
from smartinst.analytics.metrics import contact_order, overdue_by_product
from smartinst.facts import PLAN_STATUSES
from smartinst.locale import N_, Locale
from smartinst.report.bundles import Column, Kind, TableSpec
from smartinst.report.labels import HELP_LABELS, refusal

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


def columns(names: tuple[str, ...], words: Locale, currency: str = "currency") -> tuple[Column, ...]:
    """The columns of these names; money is in the currency of the column `currency`."""
    made = []
    for name in names:
        label, kind = LABELS[name]
        made.append(Column(name, words.gettext(label), kind, currency if kind == "money" else None))
    return tuple(made)


def _values(frame: pl.DataFrame, names: tuple[str, ...]) -> list[list[Any]]:
    shown = frame.with_columns(pl.selectors.date().dt.to_string("iso"), pl.selectors.by_dtype(pl.Enum).cast(pl.String))
    return [list(row) for row in shown.select(names).iter_rows()]


def ratio(above: str, below: str) -> pl.Expr:
    """Two sums side by side, divided only when shown."""
    return pl.concat_list(pl.col(above).cast(pl.Int64), pl.col(below).cast(pl.Int64))


_RATIOS: Final[dict[str, dict[str, pl.Expr]]] = {
    "revenue_by_month": {"movement_minor": pl.col("received_minor") - pl.col("returned_minor")},
    "revenue_by_country": {
        "share": pl.concat_list("collected_minor", pl.col("collected_minor").sum().over("currency")),
        "debt_share": ratio("plans_with_debt", "live_plans"),
    },
    "overdue_by_product": {
        "overdue_share": ratio("overdue_minor", "fallen_due_minor"),
        "debt_share": ratio("plans_with_debt", "live_plans"),
        "par30": ratio("outstanding_par30_minor", "outstanding_minor"),
    },
    "debt_by_installments": {"debt_share": ratio("plans_with_debt", "live_plans")},
    "refusals": {"cure_share": ratio("cured_charges", "failed_charges")},
}

_SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "revenue": (
        *("currency", "plans", "total_minor", "collected_minor", "overdue_minor", "to_receive_minor"),
        *("refunded_minor", "released_minor"),
    ),
    "released": (
        *("currency", "sold_minor", "released_minor", "lost_minor", "not_earned_minor", "forgiven_minor"),
        "not_activated_minor",
    ),
    "of_which": (
        *("currency", "collected_minor", "disputed_minor", "refunded_minor", "charged_back_minor"),
        *("overdue_minor", "unconfirmed_minor", "lost_minor"),
    ),
    "overdue_by_product": (
        *("product", "currency", "overdue_installments", "overdue_minor", "lost_minor", "overdue_share"),
        *("debt_share", "par30"),
    ),
}
"""Figures whose table shows other columns than its keys and sums."""


def figure_table(
    figure: Figure, rows: Mapping[str, pl.DataFrame], words: Locale, top: int | None = None, shown: str | None = None
) -> TableSpec:
    """A figure's table, its ratios beside its sums; `top`: so many rows, and how many more there are."""
    folded = _ordered(figure, rows)
    folded = folded.with_columns(**_RATIOS.get(figure.name, {}))
    names = _SHOWN.get(shown or figure.name) or (*figure.by, *figure.sums, *_RATIOS.get(figure.name, {}))
    if "help" in names:
        folded = folded.with_columns(pl.col("help").replace({k: words.gettext(v) for k, v in HELP_LABELS.items()}))
    if "country" in names:
        folded = folded.with_columns(pl.col("country").fill_null(words.gettext("Unknown country")))
    currency = "commission_currency" if "commission_currency" in figure.by else "currency"
    kept = folded.head(top) if top else folded
    return TableSpec(
        shown or figure.name,
        words.gettext(figure.title),
        columns(names, words, currency),
        _values(kept, names),
        total_rows=folded.height,
        more=_more(folded.height - kept.height, words),
        figure=figure.declaration() if not top and not _RATIOS.get(figure.name) and shown is None else None,
    )


def _ordered(figure: Figure, rows: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A figure's rows in the order in which a reader wants them: the worst product first, the newest month first."""
    if figure.name == "overdue_by_product":
        late = overdue_by_product(rows).filter((pl.col("overdue_installments") > 0) | (pl.col("lost_minor") > 0))
        return late.sort("overdue_installments", "currency", descending=[True, False], maintain_order=True)
    folded = figure.fold(rows)
    if figure.name == "debt_by_installments":
        folded = folded.filter(pl.col("plans_with_debt") > 0)
    months = [name for name in figure.by if name.endswith("_month")]
    return folded.sort(months, descending=True, maintain_order=True) if months else folded


def _more(left: int, words: Locale) -> str | None:
    if left <= 0:
        return None
    return words.ngettext("and {n} more row in the XLSX", "and {n} more rows in the XLSX", left)


def net_table(rows: Mapping[str, pl.DataFrame], words: Locale) -> TableSpec:
    """Net by commission currency, of which estimated."""
    names = ("commission_currency", "net_minor", "estimated_minor")
    net = BY_NAME["net"].fold(rows).group_by("commission_currency").agg(pl.col(names[1:]).sum()).sort(names[0])
    return TableSpec("net", words.gettext("Net"), columns(names, words, names[0]), _values(net, names))


def status_table(plans: pl.DataFrame, words: Locale) -> TableSpec:
    """The seven statuses: plans, and their share of all plans; every status is there."""
    names = ("status", "plans", "share")
    counts = dict(plans.group_by(pl.col("status").cast(pl.String)).len().iter_rows())
    rows = [[status, counts.get(status, 0), [counts.get(status, 0), plans.height]] for status in PLAN_STATUSES]
    return TableSpec("status_shares", words.gettext("Statuses"), columns(names, words), rows if plans.height else [])


def detail_table(
    plans: pl.DataFrame, words: Locale, whatsapp: Callable[[dict[str, Any]], str | None], top: int = DETAIL_ROWS
) -> TableSpec:
    """One row a plan, those to contact first: what the platform's own detail table shows."""
    names = (
        *("plan_id", "status", "buyer", "email", "product", "payment_method", "currency", "total_minor"),
        *("overdue_minor", "overdue_installments", "whatsapp"),
    )
    ordered = contact_order(plans)
    kept = _linked(ordered.head(top), whatsapp)
    return TableSpec(
        "detail",
        words.gettext("Plans"),
        columns(names, words),
        _values(kept, names),
        total_rows=ordered.height,
        more=_more(ordered.height - kept.height, words),
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


def contact_table(plans: pl.DataFrame, words: Locale, whatsapp: Callable[[dict[str, Any]], str | None]) -> TableSpec:
    """The ten buyers to contact first: why it failed, how much, what helps, and the link."""
    names = ("buyer", "product", "reason", "help", "days_past_due", "currency", "overdue_minor", "whatsapp")
    owing = confirmed(plans)
    chosen = _linked(contacts(plans), whatsapp)
    reasons = [refusal(message, words) for message in chosen["last_refusal"]]
    chosen = chosen.with_columns(
        reason=pl.Series(reasons, dtype=pl.String),
        help=pl.col("help").fill_null("unknown").replace({k: words.gettext(v) for k, v in HELP_LABELS.items()}),
    )
    left = owing.height - chosen.height
    return TableSpec(
        "contacts",
        words.gettext("Contact first"),
        columns(names, words),
        _values(chosen, names),
        total_rows=owing.height,
        more=words.ngettext("and {n} more buyer with debt", "and {n} more buyers with debt", left) if left > 0 else None,
        role="contacts",
    )


def alert_table(plans: pl.DataFrame, words: Locale) -> TableSpec:
    """Charged twice, charging suspended, disputes open: what needs a decision of the seller."""
    names = ("alert", "buyer", "product", "plan_id", "currency", "amount_minor")
    kinds = (
        (pl.col("charged_twice_minor") > 0, "charged_twice_minor", N_("Charged twice: owed to the buyer")),
        (pl.col("is_suspended") & pl.col("is_live"), "outstanding_minor", N_("Charging suspended: needs another card")),
        (pl.col("disputed_minor") > 0, "disputed_minor", N_("Dispute open: the buyer asks for the money back")),
    )
    found = [
        plans.filter(rule)
        .sort("currency", amount, descending=[False, True])
        .with_columns(alert=pl.lit(words.gettext(text)), amount_minor=pl.col(amount))
        .select(names)
        for rule, amount, text in kinds
    ]
    shown, all_of_them = pl.concat([one.head(ALERTS) for one in found]), pl.concat(found)
    return TableSpec(
        "alerts",
        words.gettext("Alerts"),
        columns(names, words),
        _values(shown, names),
        total_rows=all_of_them.height,
        more=_more(all_of_them.height - shown.height, words),
        role="alerts",
        all_rows=_values(all_of_them, names) if all_of_them.height > shown.height else None,
    )
