"""Details of one plan as HTML: its debt, charges, attempts and expected retries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import polars as pl

from smartinst.analytics.sales import Rows
from smartinst.dashboard.templating import render_html
from smartinst.i18n.locales import N_, Locale
from smartinst.report.tables.labels import HELP_LABELS, refusal
from smartinst.report.tables.state_labels import charge_state, state_name

_CHARGE_COLUMNS: Final = (
    *(N_("No."), N_("Due date"), N_("Amount"), N_("State")),
    *(N_("Payment"), N_("Attempts"), N_("Refusal")),
)
_ATTEMPT_COLUMNS: Final = (
    *(N_("Transaction"), N_("Ordered"), N_("Installments")),
    *(N_("Amount"), N_("State"), N_("Refusal")),
)
_NUMBER_COLUMNS: Final = ("No.", "Amount", "Attempts")
AMOUNTS: Final = (
    (N_("Total"), "total_minor"),
    (N_("Collected"), "collected_minor"),
    (N_("Overdue"), "overdue_minor"),
    (N_("To receive"), "to_receive_minor"),
    (N_("Refunded"), "refunded_minor"),
)
RELEASED_AMOUNTS: Final = (
    (N_("Lost"), "lost_minor"),
    (N_("Not earned"), "not_earned_minor"),
    (N_("Forgiven"), "forgiven_minor"),
    (N_("Not activated"), "not_activated_minor"),
)
"""The released amount by reason (docs/metrics.md §4); with `AMOUNTS` it adds up to the total."""


def plan_rows(rows: Rows, plan_id: str) -> tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]:
    """The plan, its charges by number and its attempts by time."""
    of_plan = pl.col("plan_id") == plan_id
    plan = rows["plans"].filter(of_plan).row(0, named=True)
    return (
        plan,
        rows["charges"].filter(of_plan).sort("number"),
        rows["attempts"].filter(of_plan).sort("ordered_at"),
    )


def plan_head(
    rows: Rows,
    plan_id: str,
    as_of: date,
    seller: str,
    locale: Locale,
    link: Callable[[dict[str, Any]], str | None],
) -> str:
    """HTML: buyer, product, debt, contact and expected retries.

    `seller`: the seller's name. `link`: plan → address of a chat with its buyer, or None.
    """
    plan, charges, _ = plan_rows(rows, plan_id)
    return render_html(
        "plan_head",
        locale,
        plan=plan,
        status=locale.status(plan["status"]),
        facts=list(filter(None, (seller, plan["product"], plan["email"], plan["phone"]))),
        debt=_debt(plan, as_of, locale),
        amounts=_amounts(plan, locale),
        chat_address=link(plan),
        retries=_retries(plan, charges, locale),
    )


def plan_tables(
    rows: Rows, plan_id: str, locale: Locale, calls: Sequence[dict[str, Any]] = ()
) -> str:
    """HTML of a plan's charges, attempts and calls (`call_history.call_rows`)."""
    _, charges, attempts = plan_rows(rows, plan_id)
    return render_html(
        "plan_tables",
        locale,
        charge_columns=_columns(_CHARGE_COLUMNS, locale),
        charges=[_charge_cells(charge, locale) for charge in charges.to_dicts()],
        attempt_columns=_columns(_ATTEMPT_COLUMNS, locale),
        attempts=[_attempt_cells(attempt, locale) for attempt in attempts.to_dicts()],
        calls=calls,
    )


def _columns(labels: Sequence[str], locale: Locale) -> list[dict[str, Any]]:
    return [
        {"label": locale.gettext(label), "is_number": label in _NUMBER_COLUMNS} for label in labels
    ]


def _debt(plan: dict[str, Any], as_of: date, locale: Locale) -> str:
    day = locale.date(as_of)
    if not plan["overdue_minor"]:
        return locale.gettext("Nothing owed as of {day}.", day=day)
    return locale.gettext(
        "Owes {amount} as of {day}. Overdue installments: {count}. Days past due: {days}.",
        day=day,
        amount=locale.money(plan["overdue_minor"], plan["currency"] or ""),
        count=locale.number(plan["overdue_installments"]),
        days=locale.number(plan["days_past_due"] or 0),
    )


def _amounts(plan: dict[str, Any], locale: Locale) -> list[dict[str, str]]:
    """The parts of the total; released amounts only if they are not 0."""
    released = [(label, name) for label, name in RELEASED_AMOUNTS if plan[name]]
    return [
        {
            "label": locale.gettext(label),
            "text": locale.money(plan[name], plan["currency"] or ""),
        }
        for label, name in (*AMOUNTS, *released)
    ]


def _retries(plan: dict[str, Any], charges: pl.DataFrame, locale: Locale) -> list[str]:
    """Sentences about the platform's expected retries; a paid charge is not retried.

    One more warns if the plan has ended: the platform may retry although nothing is owed.
    """
    unpaid = charges.filter(pl.col("retry_date").is_not_null() & ~pl.col("is_paid")).sort("number")
    if not unpaid.height:
        return [locale.gettext("The platform will not retry any payment on its own.")]
    lines = [
        locale.gettext(
            "The platform will retry installment {number} by {day}.",
            number=number,
            day=locale.date(day),
        )
        for number, day in unpaid.select("number", "retry_date").iter_rows()
    ]
    if not plan["is_live"]:
        lines.append(
            locale.gettext(
                "Nothing is owed on this plan ({status}), but the platform may still try "
                "to charge.",
                status=locale.status(plan["status"]),
            )
        )
    return lines


def _charge_cells(charge: dict[str, Any], locale: Locale) -> list[str]:
    is_released = charge["state"] == "released"
    return [
        str(charge["number"]),
        _date_text(charge["due_date"], locale),
        locale.money(charge["amount_minor"], charge["currency"] or ""),
        state_name(charge_state(charge), locale),
        _date_text(charge["paid_date"], locale),
        locale.number(charge["attempts"] or 0),
        _refusal_text(charge["last_refusal"], None if is_released else charge["help"], locale),
    ]


def _attempt_cells(attempt: dict[str, Any], locale: Locale) -> list[str]:
    amount = attempt["amount_minor"]
    return [
        attempt["transaction"],
        _date_text(attempt["ordered_date"], locale),
        ", ".join(map(str, attempt["numbers"] or [])),
        "" if amount is None else locale.money(amount, attempt["currency"] or ""),
        state_name(attempt["state"], locale),
        _refusal_text(attempt["refusal"], None, locale),
    ]


def _refusal_text(message: str | None, remedy: str | None, locale: Locale) -> str:
    """A refusal, and its remedy in parentheses."""
    if not message:
        return ""
    text = refusal(message, locale)
    return f"{text} ({locale.gettext(HELP_LABELS[remedy])})" if remedy else text


def _date_text(day: date | None, locale: Locale) -> str:
    return locale.date(day) if day else ""
