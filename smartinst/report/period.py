"""The period that a report covers, and the earlier date that it compares with.

A report definition names the period (docs/reports.md); the notebook receives it as a parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from smartinst.analytics.book.horizon import month_ends
from smartinst.errors import InputError
from smartinst.report.as_of import as_of_date

if TYPE_CHECKING:
    from smartinst.i18n.locales import Locale

PeriodName = Literal["day", "week", "month"]
PERIODS: Final = get_args(PeriodName)
MONDAY: Final = 1


@dataclass(frozen=True)
class ReportPeriod:
    """The days after `start` up to and including `end`.

    name   `day`, `week` or `month`
    start  the last day of the period before: balances are compared with this day
    end    the last day of the period: the date of the report, or the day before it if that date is
           a Monday (week) or the 1st (month)
    """

    name: PeriodName
    start: date
    end: date

    @property
    def preceding(self) -> ReportPeriod:
        """The period before this one: movements are compared with its movements."""
        return report_period(self.name, self.start)

    def has_data(self, data_through: date | None) -> bool:
        """Whether at least one of its days has data; true if the last day of data is unknown."""
        return data_through is None or data_through > self.start

    def compared_date(self, previous: Mapping[str, Any]) -> date:
        """The date to compare balances with: that of the previous report, else `start`.

        `previous` has the measures of an earlier report; they count if it covers the period before.
        """
        return as_of_date(previous["as_of"]) if self.follows(previous) else self.start

    def follows(self, previous: Mapping[str, Any]) -> bool:
        """Whether the measures are those of a report that covers the period before."""
        if not previous.get("as_of"):
            return False
        return report_period(self.name, as_of_date(previous["as_of"])).end == self.start


def figures_date(name: str, as_of: date) -> date:
    """The date of the figures of a report that is made as of a date.

    A statement of a month stands at the end of its last day: made on the 1st, as of the day before.
    All other reports are as of their own date, which buyers are written to on.
    """
    return report_period(name, as_of).end if name == "month" else as_of


def report_period(name: str, as_of: date) -> ReportPeriod:
    """The period of a report as of a date; InputError for an unknown name.

    day    the date itself
    week   seven days, of which the date is the last; as of a Monday, the calendar week before
    month  the calendar month up to the date; as of the 1st, the month before

    So a report of a Monday or of the 1st compares whole periods (docs/metrics.md, Movements).
    """
    day_before = as_of - timedelta(1)
    if name == "month":
        end = day_before if as_of.day == 1 else as_of
        return ReportPeriod("month", month_ends(end - timedelta(1), 1)[0], end)
    if name == "week":
        end = day_before if as_of.isoweekday() == MONDAY else as_of
        return ReportPeriod("week", end - timedelta(7), end)
    if name == "day":
        return ReportPeriod("day", day_before, as_of)
    raise InputError(f"period: expected {', '.join(PERIODS)}, found {name!r}")


def period_text(period: ReportPeriod, locale: Locale) -> str:
    """The days that a period covers: `30 Nov 2026`, `24 Nov 2026 – 30 Nov 2026`."""
    first_day, last_day = locale.date(period.start + timedelta(1)), locale.date(period.end)
    return last_day if period.name == "day" else f"{first_day} – {last_day}"
