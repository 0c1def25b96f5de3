"""The definitions of the terms that a report uses (docs/metrics.md §1)."""

from __future__ import annotations

from typing import Final

from smartinst.i18n.locales import N_, Locale
from smartinst.report.table import Column, Table

GLOSSARY: Final = (
    (
        N_("Received from buyers"),
        N_(
            "The amount charged by the platform. The data do not say whether taxes are "
            "included; this is not an accounting or tax statement of revenue."
        ),
    ),
    (
        N_("Net"),
        N_(
            "Your commission after platform fee, taxes withheld, co-producers and affiliates; not "
            "the amount available to withdraw. In the currency of the commission."
        ),
    ),
    (
        N_("Collected"),
        N_(
            "Charges paid and kept by the date of the report, disputed ones included, in the "
            "currency of the purchase."
        ),
    ),
    (
        N_("Overdue"),
        N_(
            "Installments of plans in progress that are past their due date and not paid; due "
            "today is not overdue."
        ),
    ),
    (
        N_("Unconfirmed overdue"),
        N_(
            "Overdue with no attempt on record, with a payment whose status is unknown, or due "
            "after the last day of data; "
            "counted, shown separately, and in no contact list."
        ),
    ),
    (N_("To receive"), N_("Charges of plans in progress that are not due yet, or due today.")),
    (N_("Refunded"), N_("Amounts returned to buyers: refunds and chargebacks.")),
    (
        N_("Will not come in"),
        N_(
            "Amounts that will no longer be received: lost (due and unpaid when the "
            "plan ended), not earned (due after it ended), forgiven (by a "
            "negotiation), not activated (the first charge was never paid)."
        ),
    ),
    (
        N_("Total"),
        N_(
            "Collected + refunded + overdue + to receive + what will not come in, to the last "
            "cent, for every plan."
        ),
    ),
    (
        N_("Lost"),
        N_("Installments that were due and unpaid when their plan ended."),
    ),
    (
        N_("Expected"),
        N_(
            "What the platform will collect, judged by how charges like these were paid before. "
            "Its range is made to hold four of five outcomes."
        ),
    ),
    (N_("Sold"), N_("Total of the plans whose first charge was ever paid.")),
    (
        N_("In progress with issues"),
        N_("A plan in progress with a charge overdue, paid late, refunded or disputed."),
    ),
    (
        N_("Inactive"),
        N_("No charge was ever paid, and the first one is past due, refused or canceled."),
    ),
    (
        N_("If all had paid to date"),
        N_("Collected + overdue of all plans, without what canceled plans will not pay."),
    ),
    (N_("Contracted"), N_("Overdue + to receive of plans in progress.")),
    (
        N_("Share of the balance more than 30 days late"),
        N_(
            "Outstanding balance of plans in progress with an installment more than 30 days "
            "overdue, as a share of the outstanding balance of all plans in progress (portfolio at "
            "risk)."
        ),
    ),
    (N_("Fallen due"), N_("Charges whose due date has passed, and charges paid before it.")),
)


def glossary_table(locale: Locale) -> Table:
    """The definitions of the terms that a report uses."""
    return Table(
        "glossary",
        locale.gettext("Definitions"),
        (Column("term", locale.gettext("Term")), Column("meaning", locale.gettext("Meaning"))),
        tuple((locale.gettext(term), locale.gettext(meaning)) for term, meaning in GLOSSARY),
        role="glossary",
    )
