"""Labels of the states, horizons and bridge lines of the loan book: message ids by value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from smartinst.analytics.book.recovery.effect import HELD_OUT
from smartinst.i18n.locales import N_, Locale
from smartinst.report.reader_actions import reader_action

STATE_LABELS: Final = {
    "current": N_("current"),
    "1-30": N_("1–30 days"),
    "31-60": N_("31–60 days"),
    "61-90": N_("61–90 days"),
    "91+": N_("91+ days"),
    "paid off": N_("paid off"),
    "refunded": N_("refunded"),
    "canceled clean": N_("canceled without debt"),
    "lost": N_("lost"),
}
HORIZON_LABELS: Final = {
    "30": N_("30 days"),
    "90": N_("90 days"),
    "end": N_("the end"),
}
HORIZON_NAMES: Final = {**HORIZON_LABELS, "end": N_("to the end")}
"""Labels of the horizons without the heading *until*."""
BRIDGE_LABELS: Final = {
    "opening_minor": N_("Overdue then"),
    "restated_minor": N_("Restated"),
    "newly_overdue_minor": N_("Newly overdue"),
    "reopened_minor": N_("Reopened"),
    "paid_late_minor": N_("Paid late"),
    "forgiven_minor": N_("Forgiven"),
    "ended_reversed_minor": N_("Ended by a refund"),
    "ended_seller_minor": N_("Ended by the seller"),
    "ended_platform_minor": N_("Ended by the platform"),
    "ended_unknown_minor": N_("Ended by others"),
    "closing_minor": N_("Overdue now"),
    "unconfirmed_opening_minor": N_("Of which not confirmed then"),
    "unconfirmed_closing_minor": N_("Of which not confirmed now"),
}
ACTION_LABELS: Final = {
    "retry": N_("The platform retries on {date}"),
    "change_card": N_("Ask for another card"),
    "pix_or_slip": N_("Ask for a Pix or a slip"),
    "other_payment": N_("Offer another way to pay"),
    "ask": N_("Ask what happened"),
    "not_worth_writing": N_("Not worth writing"),
}
"""What to do for a plan of the recovery queue: `recovery_queue.ACTIONS`, and "other_payment"."""


def no_forecast_text(forecast_from: date | None, locale: Locale) -> str:
    """Which plans a first forecast needs, and the day of it; None: too few have been sold."""
    if forecast_from is None:
        return locale.gettext(
            "There is no forecast yet: it needs 30 plans whose second installment fell due more "
            "than 30 days ago, and fewer than 30 plans have a second installment."
        )
    return locale.gettext(
        "There is no forecast yet: it needs 30 plans whose second installment fell due more than "
        "30 days ago. The first one can be made on {day}.",
        day=locale.date(forecast_from),
    )


def what_to_do(row: Mapping[str, Any], locale: Locale) -> str:
    """What to do for a row of the recovery queue: a retry with its date; nothing if held out."""
    if row["arm"] == HELD_OUT:
        return locale.gettext("Held out this month: do not write")
    day = locale.date(row["retry_date"]) if row["retry_date"] else ""
    action = reader_action(row["action"], row["currency"])
    return locale.gettext(ACTION_LABELS[action], date=day)
