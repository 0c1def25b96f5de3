"""A plan's own page: what it owes, its charges and attempts on a time line, refusals, what the platform will retry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any, Final

import altair as alt
import polars as pl

from smartinst.analytics.sales import Rows
from smartinst.drawing import palette
from smartinst.i18n.locales import N_, Locale
from smartinst.report.charts.axes import styled_chart
from smartinst.report.tables.labels import HELP_LABELS, refusal

STATES: Final = {
    "paid": (N_("Paid"), palette.GREEN),
    "disputed": (N_("In dispute"), palette.SAND),
    "claimed": (N_("In dispute"), palette.SAND),
    "refunded": (N_("Refunded in full"), palette.PURPLE),
    "partially_refunded": (N_("Refunded in part"), palette.PURPLE),
    "charged_back": (N_("Charged back"), palette.PURPLE),
    "reversed": (N_("Reversed"), palette.PURPLE),
    "overdue": (N_("Past due"), palette.ORANGE),
    "failed": (N_("Declined"), palette.NIGHT),
    "pending": (N_("Awaiting payment"), palette.BLUE),
    "waiting": (N_("Awaiting payment"), palette.BLUE),
    "scheduled": (N_("Scheduled"), palette.BLUE),
    "released": (N_("Not owed"), palette.SLATE),
    "lost": (N_("Not owed: lost"), palette.SLATE),
    "not_earned": (N_("Not owed: not earned"), palette.SLATE),
    "not_activated": (N_("Not owed: never began"), palette.SLATE),
}
"""State of a charge (smartinst.analytics.charge_states), for a released one as what, or of an attempt → its name and colour.

A charge and an attempt are feminine in Spanish and Portuguese: no name here is that of a sum, which is not.
"""
WHATSAPP: Final = N_("Write by WhatsApp in the buyer's language")
KINDS: Final = {"charge": N_("Due date"), "attempt": N_("Attempt")}
LEGEND: Final = 130
"""CSS pixels of one state in the legend."""
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
_RELEASED: Final = (
    *((N_("Lost"), "lost_minor"), (N_("Not earned"), "not_earned_minor")),
    *((N_("Forgiven"), "forgiven_minor"), (N_("Not activated"), "not_activated_minor")),
)
"""What was released, apart (docs/metrics.md §4): with the amounts above it closes to the total."""


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
    """HTML of who a plan is, of which seller, and what it owes, how its buyer is reached and what is still retried."""
    plan, charges, _ = plan_rows(rows, plan_id)
    about = " · ".join(
        filter(
            None,
            (
                _isolated(seller),
                _isolated(plan["product"]),
                _isolated(plan["email"]),
                _isolated(plan["phone"]),
            ),
        )
    )
    badge = f'<span class="smartinst-status" data-status="{escape(plan["status"])}">{escape(locale.status(plan["status"]))}'
    parts = [
        f"<h3>{escape(plan_id)} · {_isolated(plan['buyer'])} {badge}</span></h3>",
        f"<p>{about}</p>",
        _owes(plan, as_of, locale),
        f"<p>{_contact(link(plan), locale)}<br>{_retries(plan, charges, locale)}</p>",
    ]
    return f'<div class="smartinst-plan" data-plan="{escape(plan_id)}">{"".join(parts)}</div>'


def plan_tables(rows: Rows, plan_id: str, locale: Locale) -> str:
    """HTML of a plan's charges and attempts; every text of a buyer is escaped."""
    _, charges, attempts = plan_rows(rows, plan_id)
    charged, tried = (
        [_charge(one, locale) for one in charges.to_dicts()],
        [_attempt(one, locale) for one in attempts.to_dicts()],
    )
    return _table(
        locale.gettext("Installments"), _head(_CHARGE_HEAD, locale), charged, (0, 2, 5)
    ) + _table(locale.gettext("Attempts"), _head(_ATTEMPT_HEAD, locale), tried, (3,))


def _isolated(text: str | None) -> str:
    """A text of somebody else: escaped, and what it says of its direction ends with it."""
    return f"<bdi>{escape(text)}</bdi>" if text else ""


def _owes(plan: dict[str, Any], as_of: date, locale: Locale) -> str:
    currency, day = plan["currency"] or "", locale.date(as_of)
    owed = locale.gettext(
        "Owes {amount} as of {day}. Overdue installments: {count}. Days past due: {days}.",
        day=day,
        amount=locale.money(plan["overdue_minor"], currency),
        count=locale.number(plan["overdue_installments"]),
        days=locale.number(plan["days_past_due"] or 0),
    )
    first = owed if plan["overdue_minor"] else locale.gettext("Nothing owed as of {day}.", day=day)
    amounts = "".join(
        f"<div><dt>{escape(locale.gettext(label))}</dt><dd>{escape(locale.money(plan[name], currency))}</dd></div>"
        for label, name in (*_AMOUNTS, *(one for one in _RELEASED if plan[one[1]]))
    )
    return f'<p><strong>{escape(first)}</strong></p><dl class="smartinst-amounts">{amounts}</dl>'


def _contact(link: str | None, locale: Locale) -> str:
    if not link:
        return escape(locale.gettext("No WhatsApp: no mobile number is known."))
    return f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{escape(locale.gettext(WHATSAPP))}</a>'


def _retries(plan: dict[str, Any], charges: pl.DataFrame, locale: Locale) -> str:
    """What the platform will still retry by itself; a charge that is paid is retried no more.

    Of a plan that is over nothing is owed, whatever the platform still tries.
    """
    waiting = charges.filter(pl.col("retry_date").is_not_null() & ~pl.col("is_paid")).sort("number")
    if not waiting.height:
        return escape(locale.gettext("The platform will retry nothing by itself."))
    lines = [
        locale.gettext(
            "The platform retries installment {number} by {day}.",
            number=number,
            day=locale.date(day),
        )
        for number, day in waiting.select("number", "retry_date").iter_rows()
    ]
    if not plan["is_live"]:
        over = locale.gettext(
            "Nothing of this plan is owed ({status}), though the platform may still try.",
            status=locale.status(plan["status"]),
        )
        lines.append(over)
    return "<br>".join(map(escape, lines))


def _head(labels: Sequence[str], locale: Locale) -> list[str]:
    return [locale.gettext(one) for one in labels]


def _charge(one: dict[str, Any], locale: Locale) -> list[str]:
    return [
        str(one["number"]),
        _day(one["due_date"], locale),
        locale.money(one["amount_minor"], one["currency"] or ""),
        _state(_charge_state(one), locale),
        _day(one["paid_date"], locale),
        locale.number(one["attempts"] or 0),
        _refused(one["last_refusal"], None if one["state"] == "released" else one["help"], locale),
    ]


def _attempt(one: dict[str, Any], locale: Locale) -> list[str]:
    return [
        one["transaction"],
        _day(one["ordered_date"], locale),
        ", ".join(map(str, one["numbers"] or [])),
        locale.money(one["amount_minor"], one["currency"] or "")
        if one["amount_minor"] is not None
        else "",
        _state(one["state"], locale),
        refusal(one["refusal"], locale) if one["refusal"] else "",
    ]


def _refused(text: str | None, helps: str | None, locale: Locale) -> str:
    if not text:
        return ""
    said = refusal(text, locale)
    return f"{said} ({locale.gettext(HELP_LABELS[helps])})" if helps else said


def _charge_state(one: dict[str, Any]) -> str:
    """A charge's state; of a released one, as what it was released."""
    return (one["released_as"] if one["state"] == "released" else None) or str(one["state"])


def _state(state: str | None, locale: Locale) -> str:
    return locale.gettext(STATES[state][0]) if state in STATES else (state or "")


def _day(day: date | None, locale: Locale) -> str:
    return locale.date(day) if day else ""


def _table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]
) -> str:
    placed = [' class="right"' if at in right else "" for at in range(len(head))]
    top = "".join(
        f'<th scope="col"{place}>{escape(one)}</th>'
        for one, place in zip(head, placed, strict=True)
    )
    lines = (
        "".join(
            f"<td{place}>{_isolated(cell)}</td>" for cell, place in zip(row, placed, strict=True)
        )
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f"<h4>{escape(title)}</h4><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    )


def time_line(rows: Rows, plan_id: str, as_of: date, locale: Locale, width: int = 640) -> Any:
    """Charges at their due dates and attempts at their days, one line an installment, and a rule at the date shown."""
    points = _points(rows, plan_id, locale)
    title = locale.gettext("Time line of plan {plan}", plan=plan_id)
    day = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(padding=14),
        axis=alt.Axis(format="%b %y", tickCount="month", labelOverlap=True, grid=False),
    )
    today = alt.Chart(alt.InlineData(values=[{"day": f"{as_of}T00:00:00"}])).mark_rule(
        color=palette.MUTED, strokeDash=[4, 3]
    )
    drawn = alt.layer(today.encode(x=day), _dots(points, day, locale, width)).properties(
        title=title,
        width=width,
        height=alt.Step(22),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    return styled_chart(drawn, locale, title, {"title": title})


def _points(rows: Rows, plan_id: str, locale: Locale) -> list[dict[str, Any]]:
    """One a charge with a due date and one an attempt of a charge; `said` and `date` are what a reader is told."""
    _, charges, attempts = plan_rows(rows, plan_id)
    due = [
        (one["number"], one["due_date"], _charge_state(one), "charge") for one in charges.to_dicts()
    ]
    tried = [
        (number, one["ordered_date"], one["state"], "attempt")
        for one in attempts.to_dicts()
        for number in one["numbers"] or []
    ]
    return [
        {
            "number": number,
            "day": f"{day}T00:00:00",
            "state": _state(state, locale),
            "kind": locale.gettext(KINDS[kind]),
            "date": locale.date(day),
        }
        for number, day, state, kind in due + tried
        if day
    ]


def _dots(points: list[dict[str, Any]], day: Any, locale: Locale, width: int) -> Any:
    """Due dates as squares, attempts as dots so small that a square of the same day is seen behind them."""
    colors = {locale.gettext(label): color for label, color in STATES.values()}
    states = [one for one in colors if one in {point["state"] for point in points}]
    kinds = [locale.gettext(label) for label in KINDS.values()]
    below = alt.Legend(title=None, orient="bottom", columns=max(width // LEGEND, 1))
    above = alt.Legend(
        title=None, orient="top", symbolFillColor=palette.MUTED, symbolStrokeColor=palette.MUTED
    )
    return (
        alt.Chart(alt.InlineData(values=points))
        .mark_point(filled=True, opacity=1, stroke=palette.PAPER, strokeWidth=1)
        .encode(
            x=day,
            y=alt.Y("number:O", title=locale.gettext("Installment")),
            shape=alt.Shape(
                "kind:N", scale=alt.Scale(domain=kinds, range=["square", "circle"]), legend=above
            ),
            size=alt.condition(alt.datum.kind == kinds[0], alt.value(200), alt.value(56)),
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=states, range=[colors[one] for one in states]),
                legend=below,
            ),
            tooltip=[
                alt.Tooltip("number:O", title=locale.gettext("Installment")),
                alt.Tooltip("date:N", title=locale.gettext("Date")),
                alt.Tooltip("kind:N", title=" "),
                alt.Tooltip("state:N", title=locale.gettext("State")),
            ],
        )
    )
