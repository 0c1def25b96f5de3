"""The messages of the page's script in the reader's language."""

from __future__ import annotations

from typing import Any

from smartinst.i18n.locales import Locale
from smartinst.pages.layout.omissions import Attachments
from smartinst.report.charts.captions import OTHER_CURRENCIES
from smartinst.report.news.sentences import MESSAGES, OVERDUE_FELL, UNCONFIRMED


def script_texts(locale: Locale, attachments: Attachments) -> dict[str, Any]:
    """Messages of the script, which replaces {n} and other placeholders.

    The workbook has the rows of all plans, not those of the plans that pass the filters.
    """
    _ = locale.gettext
    more_rows = locale.plural_forms("and {n} more row", "and {n} more rows")
    in_workbook = locale.plural_forms(
        "and {n} more row in the workbook", "and {n} more rows in the workbook"
    )
    return {
        "plans": locale.plural_forms("{n} plan", "{n} plans"),
        "days": locale.plural_forms("{n} day", "{n} days"),
        "collected": _("Collected"),
        "overdue": _("Overdue"),
        "to_receive": _("To receive"),
        "refunded": _("Refunded"),
        "released": _("Will not come in"),
        "unknown_country": _("Unknown country"),
        "net": _("Net, your commission:"),
        "matches": locale.plural_forms(
            "{n} of {of} plans passes the filters", "{n} of {of} plans pass the filters"
        ),
        "matchesOfNewest": locale.plural_forms(
            "{n} of the {of} newest plans passes the filters; there are {all} in all",
            "{n} of the {of} newest plans pass the filters; there are {all} in all",
        ),
        "newestPlans": _("{all} plans in all; the list and the filters cover the {of} newest"),
        "rows": _("{from}–{to} of {n}"),
        "printLimit": _("In print, the first {n} of {all} plans."),
        "more": more_rows,
        "moreOfAllPlans": in_workbook if attachments.has_workbook else more_rows,
        "nothing": _("Nothing to show here."),
        "chartError": _("This chart could not be drawn."),
        "list": _("{items} and {last}"),
        "release": _("Remove the filter {filter}"),
        "chargesOf": _("Installments of {plan}"),
        "noCharges": _("This plan has no installments yet."),
        **_headline_texts(locale),
    }


def _headline_texts(locale: Locale) -> dict[str, Any]:
    """The parts of the headline of filtered plans."""
    _ = locale.gettext
    return {
        "currency": _("Currency"),
        "keyFigures": _("Key figures"),
        "filteredHeadline": _("Only the plans that pass the filters: {parts}."),
        "received": _("{amounts} received in the period"),
        "nothingReceived": _("nothing received in the period"),
        "news": {kind: locale.plural_forms(*forms) for kind, forms in MESSAGES.items()},
        "better": _("better"),
        "worse": _("worse"),
        "overdueFell": _(OVERDUE_FELL),
        "unconfirmed": _(UNCONFIRMED),
        "otherCurrencies": _(OTHER_CURRENCIES),
    }
