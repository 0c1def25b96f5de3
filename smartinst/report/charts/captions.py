"""The main figures of a chart in one sentence: its caption and its text alternative."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from smartinst.analytics.currency_order import sums_by_currency
from smartinst.analytics.figures import BY_NAME
from smartinst.i18n.locales import N_, Locale
from smartinst.report.news.sentences import amounts_text
from smartinst.report.tables.columns import COLUMNS
from smartinst.report.tables.labels import HELP_LABELS

Rows = Mapping[str, pl.DataFrame]


def _money(sums: pl.DataFrame, column: str, locale: Locale, currency: str = "currency") -> str:
    """The sums of a column by currency, joined; `0` if all are zero."""
    return amounts_text(sums_by_currency(sums, column, currency), locale) or locale.number(0)


def _status(rows: Rows, _totals: pl.DataFrame, locale: Locale) -> str:
    counts = rows["plans"].group_by("status").len().sort("len", "status", descending=[True, False])
    parts = [f"{locale.status(str(status))} {locale.number(n)}" for status, n in counts.iter_rows()]
    return locale.ngettext(
        "{n} plan: {parts}.",
        "{n} plans: {parts}.",
        rows["plans"].height,
        parts=locale.join_words(parts),
    )


def _revenue(_rows: Rows, totals: pl.DataFrame, locale: Locale) -> str:
    return locale.gettext(
        "Collected {collected}; overdue {overdue}; to receive {to_receive}.",
        collected=_money(totals, "collected_minor", locale),
        overdue=_money(totals, "overdue_minor", locale),
        to_receive=_money(totals, "to_receive_minor", locale),
    )


def _months(_rows: Rows, totals: pl.DataFrame, locale: Locale) -> str:
    months = totals["movement_month"].drop_nulls().sort()
    received = _money(totals, "received_minor", locale)
    returned = _money(totals, "returned_minor", locale)
    has_returns = any(totals["returned_minor"])
    first, last = (locale.month(months[place], "long") for place in (0, -1))
    if first != last and has_returns:
        return locale.gettext(
            "Received {received} and returned {returned} from {first} to {last}.",
            received=received,
            returned=returned,
            first=first,
            last=last,
        )
    if first != last:
        return locale.gettext(
            "Received {received} from {first} to {last}; nothing was returned.",
            received=received,
            first=first,
            last=last,
        )
    if has_returns:
        return locale.gettext(
            "Received {received} and returned {returned} in {month}.",
            received=received,
            returned=returned,
            month=first,
        )
    return locale.gettext(
        "Received {received} in {month}; nothing was returned.", received=received, month=first
    )


def _net_months(_rows: Rows, totals: pl.DataFrame, locale: Locale) -> str:
    net = _money(totals, "net_minor", locale, "commission_currency")
    if not any(totals["estimated_minor"]):
        return locale.gettext("Your net of the payments kept: {net}.", net=net)
    return locale.gettext(
        "Your net of the payments kept: {net}; of which estimated: {estimated}.",
        net=net,
        estimated=_money(totals, "estimated_minor", locale, "commission_currency"),
    )


def _net_countries(_rows: Rows, totals: pl.DataFrame, locale: Locale) -> str:
    leaders = (
        totals.sort("net_minor", descending=True)
        .group_by("commission_currency", maintain_order=True)
        .first()
        .sort("commission_currency")
    )
    parts = [
        locale.gettext(
            "{country} leads in {currency} with {amount}",
            country=locale.country(country) if country else locale.gettext("Unknown country"),
            currency=currency,
            amount=locale.money(minor, currency),
        )
        for currency, country, minor in leaders.iter_rows()
    ]
    return "; ".join(parts) + "."


def _products(rows: Rows, _totals: pl.DataFrame, locale: Locale) -> str:
    plans = (
        rows["plans"].group_by("product_id", "product").agg(pl.col("overdue_installments").sum())
    )
    top = plans.sort("overdue_installments", "product_id", descending=[True, False]).row(0)
    return locale.gettext(
        "{product} has the most overdue installments: {n} of {total}.",
        product=" ".join((top[1] or top[0]).split())[:80],
        n=locale.number(top[2]),
        total=locale.number(int(plans["overdue_installments"].sum())),
    )


def _aging(_rows: Rows, totals: pl.DataFrame, locale: Locale) -> str:
    buckets = totals.group_by("bucket").agg(pl.col("overdue_charges").sum()).sort("bucket")
    parts = [
        locale.gettext(BUCKET_FORM, bucket=bucket, n=locale.number(charges))
        for bucket, charges in buckets.iter_rows()
    ]
    return locale.gettext(
        "Overdue installments by days past due: {parts}.", parts=locale.join_words(parts)
    )


BUCKET_FORM: Final = N_("{bucket} days: {n}")


def _delays(rows: Rows, _totals: pl.DataFrame, locale: Locale) -> str:
    days = rows["charges"].filter("is_overdue")["days_past_due"]
    longest = locale.days(int(days.max() or 0))  # type: ignore[arg-type]
    if days.len() == 1:
        return locale.gettext("One installment is overdue: {oldest} late.", oldest=longest)
    return locale.gettext(
        "Half of the {n} overdue installments are {median} late or more; the oldest is {oldest} "
        "late.",
        n=locale.number(days.len()),
        median=locale.days(int(days.median() or 0)),  # type: ignore[arg-type]
        oldest=longest,
    )


def _refusals(_rows: Rows, totals: pl.DataFrame, locale: Locale) -> str:
    remedies = totals.group_by("help").agg(pl.col("failed_charges", "cured_charges").sum())
    top = remedies.sort("failed_charges", "help", descending=[True, False]).row(0)
    return locale.ngettext(
        "{n} installment was refused at least once, paid since: {cured}; most often: {help}.",
        "{n} installments were refused at least once, paid since: {cured}; most often: {help}.",
        int(totals["failed_charges"].sum()),
        cured=locale.number(int(totals["cured_charges"].sum())),
        help=locale.gettext(HELP_LABELS[top[0]]),
    )


def _possible(rows: Rows, _totals: pl.DataFrame, locale: Locale) -> str:
    totals = BY_NAME["possible"].fold(rows)
    return locale.gettext(
        "If all had paid to date: {ideal}; contracted, overdue included: {contracted}.",
        ideal=_money(totals, "if_all_paid_to_date_minor", locale),
        contracted=_money(totals, "contracted_minor", locale),
    )


CAPTION_SUMS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "status_by_installments": (("plans",), "status"),
    "revenue": (("collected_minor", "overdue_minor", "to_receive_minor"), "currency"),
    "revenue_by_month": (("received_minor", "returned_minor"), "currency"),
    "net_by_month": (("net_minor", "estimated_minor"), "commission_currency"),
    "net_by_country": (("net_minor",), "commission_currency"),
    "overdue_by_product": (("overdue_installments",), "product"),
    "aging": (("overdue_charges",), "bucket"),
    "days_overdue_by_charge": (("overdue_charges",), ""),
    "refusals": (("failed_charges", "cured_charges"), ""),
    "possible_by_month": (("overdue_minor", "later_debt_minor", "later_clean_minor"), "currency"),
}
"""Figure → the sums in its caption after a filter, and their key (empty: one total)."""


def caption_sums(figure: Mapping[str, Any] | None, locale: Locale) -> list[dict[str, str]]:
    """The sums of a caption after a filter, for the page's script; a count has an empty name."""
    if not figure or figure["name"] not in CAPTION_SUMS:
        return []
    names, by = CAPTION_SUMS[figure["name"]]
    return [
        {
            "name": "" if figure["raw"] else name,
            "label": locale.gettext(COLUMNS[name].label),
            "kind": COLUMNS[name].kind,
            "by": by,
            "by_kind": COLUMNS[by].kind if by else "",
            "by_form": locale.gettext(BUCKET_FORM) if by == "bucket" else "",
        }
        for name in names
    ]


SENTENCES: Final[dict[str, Callable[[Rows, pl.DataFrame, Locale], str]]] = {
    "status_by_installments": _status,
    "revenue": _revenue,
    "revenue_by_month": _months,
    "net_by_month": _net_months,
    "net_by_country": _net_countries,
    "overdue_by_product": _products,
    "aging": _aging,
    "days_overdue_by_charge": _delays,
    "refusals": _refusals,
    "possible_by_month": _possible,
}
"""Figure → the sentence of its chart, from all rows and the figure's own, of which it has some."""


def other_currencies(codes: tuple[str, ...], locale: Locale) -> str:
    """The currencies that charts and key figures leave out; empty if there are none."""
    if not codes:
        return ""
    return locale.gettext(OTHER_CURRENCIES, currencies=locale.join_words(list(codes)))


OTHER_CURRENCIES: Final = N_(
    "Other currencies, each under 2% of the plans, are in the tables: {currencies}."
)
