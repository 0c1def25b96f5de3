"""A plan's own page: what it owes, its charges and attempts on a time line, refusals, what the platform will retry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.seller import Rows
from smartinst.locale import N_, Locale
from smartinst.report import palette
from smartinst.report.charts import expression, styled
from smartinst.report.labels import HELP_LABELS, refusal

STATES: Final = {
    "collected": N_("Collected"),
    "overdue": N_("Overdue"),
    "to_receive": N_("To receive"),
    "refunded": N_("Refunded"),
    "released": N_("Released"),
    "paid": N_("Paid"),
    "failed": N_("Declined"),
    "reversed": N_("Returned"),
    "open": N_("Open"),
}
_CHARGE_HEAD: Final = (
    *(N_("No."), N_("Due date"), N_("Amount"), N_("State")),
    *(N_("Payment"), N_("Attempts"), N_("Refusal")),
)
_ATTEMPT_HEAD: Final = (
    *(N_("Transaction"), N_("Ordered"), N_("Installments")),
    *(N_("Amount"), N_("State"), N_("Refusal")),
)
_AMOUNTS: Final = (
    (N_("Total"), "total_minor"),
    (N_("Collected"), "collected_minor"),
    (N_("Overdue"), "overdue_minor"),
    (N_("To receive"), "to_receive_minor"),
    (N_("Refunded"), "refunded_minor"),
)


def plan_rows(rows: Rows, plan_id: str) -> tuple[dict[str, Any], pl.DataFrame, pl.DataFrame]:
    """The plan, its charges by number and its attempts by time."""
    of_plan = pl.col("plan_id") == plan_id
    plan = rows["plans"].filter(of_plan).row(0, named=True)
    return plan, rows["charges"].filter(of_plan).sort("number"), rows["attempts"].filter(of_plan).sort("ordered_at")


def plan_page(rows: Rows, plan_id: str, words: Locale, link: Callable[[dict[str, Any]], str | None]) -> str:
    """HTML of one plan; every text of a buyer is escaped."""
    plan, charges, attempts = plan_rows(rows, plan_id)
    parts = [
        f"<h3>{escape(plan_id)} · {escape(plan['buyer'] or '')} · {escape(words.status(plan['status']))}</h3>",
        _owes(plan, words),
        _contact(link(plan), words),
        _retries(charges, words),
        _table(words.gettext("Installments"), _charge_head(words), [_charge(one, words) for one in charges.to_dicts()]),
        _table(words.gettext("Attempts"), _attempt_head(words), [_attempt(one, words) for one in attempts.to_dicts()]),
    ]
    return f'<div class="smartinst-plan" data-plan="{escape(plan_id)}">{"".join(parts)}</div>'


def _owes(plan: dict[str, Any], words: Locale) -> str:
    currency = plan["currency"] or ""
    amounts = " · ".join(f"{words.gettext(label)} {words.money(plan[name], currency)}" for label, name in _AMOUNTS)
    owed = words.gettext(
        "Owes {amount}. Overdue installments: {count}. Days past due: {days}.",
        amount=words.money(plan["overdue_minor"], currency),
        count=words.number(plan["overdue_installments"]),
        days=words.number(plan["days_past_due"] or 0),
    )
    first = owed if plan["overdue_minor"] else words.gettext("Owes nothing today.")
    about = " · ".join(filter(None, (plan["product"], plan["email"], plan["phone"])))
    return f"<p><strong>{escape(first)}</strong><br>{escape(amounts)}<br>{escape(about)}</p>"


def _contact(link: str | None, words: Locale) -> str:
    if not link:
        return f"<p>{escape(words.gettext('No WhatsApp: no mobile number is known.'))}</p>"
    label = words.gettext("Write by WhatsApp in the buyer's language")
    return f'<p><a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{escape(label)}</a></p>'


def _retries(charges: pl.DataFrame, words: Locale) -> str:
    """What the platform will still retry by itself; a charge that is paid is retried no more."""
    waiting = charges.filter(pl.col("retry_date").is_not_null() & ~pl.col("is_paid")).sort("number")
    if not waiting.height:
        return f"<p>{escape(words.gettext('The platform will retry nothing by itself.'))}</p>"
    lines = [
        words.gettext("The platform retries installment {number} by {day}.", number=number, day=words.date(day))
        for number, day in waiting.select("number", "retry_date").iter_rows()
    ]
    return f"<p>{'<br>'.join(map(escape, lines))}</p>"


def _charge_head(words: Locale) -> list[str]:
    return [words.gettext(one) for one in _CHARGE_HEAD]


def _charge(one: dict[str, Any], words: Locale) -> list[str]:
    return [
        str(one["number"]),
        _day(one["due_date"], words),
        words.money(one["amount_minor"], one["currency"] or ""),
        _state(one["state"], words),
        _day(one["paid_date"], words),
        words.number(one["attempts"] or 0),
        _refused(one["last_refusal"], one["help"], words),
    ]


def _attempt_head(words: Locale) -> list[str]:
    return [words.gettext(one) for one in _ATTEMPT_HEAD]


def _attempt(one: dict[str, Any], words: Locale) -> list[str]:
    return [
        one["transaction"],
        _day(one["ordered_date"], words),
        ", ".join(map(str, one["numbers"] or [])),
        words.money(one["amount_minor"], one["currency"] or "") if one["amount_minor"] is not None else "",
        _state(one["state"], words),
        refusal(one["refusal"], words) if one["refusal"] else "",
    ]


def _refused(text: str | None, helps: str | None, words: Locale) -> str:
    if not text:
        return ""
    said = refusal(text, words)
    return f"{said} ({words.gettext(HELP_LABELS[helps])})" if helps else said


def _state(state: str | None, words: Locale) -> str:
    return words.gettext(STATES[state]) if state in STATES else (state or "")


def _day(day: date | None, words: Locale) -> str:
    return words.date(day) if day else ""


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h4>{escape(title)}</h4><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def time_line(rows: Rows, plan_id: str, words: Locale) -> Any:
    """Charges at their due dates and attempts at their days, one line an installment."""
    _, charges, attempts = plan_rows(rows, plan_id)
    due = [
        {"number": one["number"], "day": f"{one['due_date']}T00:00:00", "state": one["state"], "kind": "charge"}
        for one in charges.to_dicts()
        if one["due_date"]
    ]
    tried = [
        {"number": number, "day": f"{one['ordered_date']}T00:00:00", "state": one["state"], "kind": "attempt"}
        for one in attempts.to_dicts()
        for number in one["numbers"] or []
    ]
    colors = {
        "collected": palette.GREEN, "paid": palette.GREEN, "overdue": palette.ORANGE, "failed": palette.ORANGE,
        "to_receive": palette.BLUE, "open": palette.BLUE, "refunded": palette.PURPLE, "reversed": palette.PURPLE,
        "released": palette.SLATE,
    }  # fmt: skip
    states = [one for one in colors if one in {row["state"] for row in due + tried}]
    labels = {one: words.gettext(STATES[one]) for one in states}
    kinds = {"charge": words.gettext("Due date"), "attempt": words.gettext("Attempt")}
    title = words.gettext("Time line of plan {plan}", plan=plan_id)
    drawn = (
        alt.Chart(alt.InlineData(values=due + tried), width=640, height=30 + 20 * charges.height)
        .mark_point(filled=True, size=90, opacity=0.9)
        .encode(
            x=alt.X("day:T", title=None),
            y=alt.Y("number:O", title=words.gettext("Installment")),
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=list(kinds), range=["square", "circle"]),
                legend=alt.Legend(title=None, orient="bottom", labelExpr=expression(kinds, "datum.label")),
            ),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=states, range=[colors[one] for one in states]),
                legend=alt.Legend(title=None, orient="bottom", labelExpr=expression(labels, "datum.label")),
            ),
            tooltip=["number:O", "day:T", "state:N"],
        )
    )
    return styled(drawn.properties(title=title), words, title, {"title": title})
