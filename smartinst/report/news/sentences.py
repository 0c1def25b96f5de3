"""News sentences in the reader's language, each with its amounts, plans and meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from smartinst.i18n.locales import N_, Locale, plural_message
from smartinst.report.news.events import Kind, NewsEvent
from smartinst.report.period import ReportPeriod, period_text


def news_items(
    events: Sequence[NewsEvent], period: ReportPeriod, data_through: date | None, locale: Locale
) -> list[dict[str, Any]]:
    """One object per sentence: `kind`, `text`, and `tone`, `worse`, `better` or `neutral`.

    If the data end before the period does, the first sentence says so; the last one if only the
    last day of several is missing, which does not change what the news mean.
    """
    items = [
        {
            "kind": event.kind,
            "text": _event_text(event, locale),
            "tone": "worse" if event.is_bad else "better",
        }
        for event in events
    ]
    if data_through is not None and data_through < period.end:
        last_text = text_after_news(period, data_through, locale)
        if items and last_text:
            return [*items[:2], {"kind": "no_data", "text": last_text, "tone": "neutral"}]
        text = _end_of_data(data_through, period, locale)
        return [{"kind": "no_data", "text": text, "tone": "worse"}, *items[:2]]
    if not items:
        return [{"kind": "quiet", "text": quiet_text(period, locale), "tone": "neutral"}]
    return items


def text_after_news(period: ReportPeriod, data_through: date | None, locale: Locale) -> str:
    """Where the data end, if only the last day of several is missing; else empty."""
    if data_through is None or not period.start < data_through == period.end - timedelta(days=1):
        return ""
    return _end_of_data(data_through, period, locale)


def quiet_text(period: ReportPeriod, locale: Locale) -> str:
    """The sentence of a period without news."""
    return locale.gettext(
        "No plan fell behind and nothing was lost ({period}).",
        period=period_text(period, locale),
    )


def amounts_text(sums: Mapping[str, int], locale: Locale) -> str:
    """The amounts of all currencies, joined; empty if all are zero."""
    return locale.join_words([locale.money(minor, unit) for unit, minor in sums.items() if minor])


def _end_of_data(data_through: date, period: ReportPeriod, locale: Locale) -> str:
    day = locale.date(data_through)
    if data_through <= period.start:
        return locale.gettext("No data after {day}: what has happened since is not known.", day=day)
    return locale.gettext("No data after {day}: the figures end on that day.", day=day)


def _event_text(event: NewsEvent, locale: Locale) -> str:
    """The sentence of an event; of plans that ended, also what it means for the overdue amount."""
    amounts = amounts_text(event.minor, locale)
    text = locale.ngettext(*MESSAGES[event.kind], event.plans, amounts=amounts)
    ended_amounts = amounts_text(event.ended_minor, locale) if event.kind == "lost" else ""
    if not ended_amounts:
        return text
    return f"{text} " + locale.gettext(OVERDUE_FELL, amounts=ended_amounts)


OVERDUE_FELL: Final = N_("This took {amounts} off the overdue amount.")
UNCONFIRMED: Final = N_("Overdue includes only confirmed amounts; not confirmed yet: {amounts}.")
MESSAGES: Final[Mapping[Kind, tuple[str, str]]] = {
    "lost": plural_message(
        "{n} plan ended unpaid: {amounts} lost.",
        "{n} plans ended unpaid: {amounts} lost.",
    ),
    "behind": plural_message(
        "{n} plan fell behind: {amounts} overdue.",
        "{n} plans fell behind: {amounts} overdue.",
    ),
    "charged_twice": plural_message(
        "{n} plan was charged twice: {amounts} owed to the buyer.",
        "{n} plans were charged twice: {amounts} owed to the buyers.",
    ),
    "disputed": plural_message(
        "{n} plan is newly disputed: {amounts} may have to be returned.",
        "{n} plans are newly disputed: {amounts} may have to be returned.",
    ),
    "recovered": plural_message(
        "{n} plan caught up: {amounts} no longer overdue.",
        "{n} plans caught up: {amounts} no longer overdue.",
    ),
    "sold": plural_message(
        "{n} plan was sold, for {amounts} in all.",
        "{n} plans were sold, for {amounts} in all.",
    ),
}
