"""Figures of months, sales, delays and cohorts in words: title, definition, and what to do."""

from __future__ import annotations

from typing import Final

from smartinst.i18n.locales import N_
from smartinst.report.loan_book.declaration import BookFigure

PLAN_FIGURES: Final = (
    BookFigure(
        "month_totals",
        "month_totals",
        N_("The month in figures"),
        N_(
            "What was sold, received, returned and lost in the month, and what was overdue and "
            "still to come in at its end, beside the month before and the same month a year before."
        ),
        N_(
            "If sales grow and the overdue amount grows faster, look at the newest offers before "
            "you sell more of them."
        ),
    ),
    BookFigure(
        "sales_by_product",
        "sales_by_product",
        N_("Sales by product"),
        N_("The plans sold in the month and their totals, by product and currency."),
        N_("Read it with the results by product below: what sells best may collect worst."),
    ),
    BookFigure(
        "sales_by_installments",
        "sales_by_installments",
        N_("Plans sold by number of installments"),
        N_("The plans sold in the month and in the month before, by number of installments."),
        N_("Longer plans bring money later and lose more of it: watch their share."),
    ),
    BookFigure(
        "sales_by_country",
        "sales_by_country",
        N_("Plans sold by country"),
        N_("The plans sold in the month, by country of the buyer."),
        N_("Where a country is new, wait for its second installments before you advertise more."),
    ),
    BookFigure(
        "cohorts",
        "cohorts",
        N_("Collected by time of purchase"),
        N_(
            "Of what was sold in a month, the share that had been collected at the end of that "
            "month and of each month after it, less what was returned."
        ),
        N_("Compare down a column: plans of the same age should collect as much as earlier ones."),
    ),
    BookFigure(
        "cohort_statuses",
        "cohorts",
        N_("Statuses by month of purchase"),
        N_("The plans bought in each month, by their status at the end of the last full month."),
        N_("A month with many inactive or canceled plans had weaker buyers or a weaker offer."),
    ),
    BookFigure(
        "cures",
        "cure",
        N_("Delays that were paid"),
        N_(
            "Of the delays that began long enough ago, those after which the plan owed nothing "
            "within 30 or 90 days, with the others: part forgiven, plan ended, still late."
        ),
        N_(
            "If most delays are paid within 30 days, a friendly reminder is enough; beyond 30 "
            "days late, offer another way to pay."
        ),
    ),
    BookFigure(
        "defaults",
        "defaults",
        N_("Plans in default"),
        N_(
            "Plans that were ever more than 90 days late, or that ended with an installment more "
            "than 30 days late, and those of them that owe nothing today."
        ),
        N_("Do not count on this money; what still comes in is a gain."),
    ),
    BookFigure(
        "second_charge",
        "second_charge",
        N_("Second installment unpaid"),
        N_(
            "Of the plans whose second installment fell due more than 30 days ago, those that had "
            "not paid it by then."
        ),
        N_(
            "It is the first sign of a bad sale: compare launches by it, a month after their "
            "second charge."
        ),
    ),
    BookFigure(
        "stops",
        "hazard",
        N_("At which installment buyers stop paying"),
        N_(
            "Of the plans that were still paying before an installment, the share that left it "
            "unpaid for 90 days and paid nothing else meanwhile, or that ended owing it."
        ),
        N_("Write to buyers before the installments at which many stop."),
    ),
    BookFigure(
        "cash_calendar",
        "cash_calendar",
        N_("Cash calendar"),
        N_(
            "What falls due in the next four weeks and in the months after them, and what is "
            "expected to be paid then."
        ),
        N_("Date your own payments by what is expected, not by what falls due."),
        is_forecast=True,
    ),
    BookFigure(
        "expected_refunds",
        "expected_refunds",
        N_("Refunds to expect"),
        N_(
            "Of what recent plans (up to 60 days old) have paid, the amount that will probably be "
            "returned."
        ),
        N_("Keep this amount aside until the guarantees have ended."),
        is_forecast=True,
    ),
)

CALENDAR_WITHOUT_FORECAST: Final = (
    N_("What falls due in the next four weeks and in the months after them."),
    N_("Count on less than that: some installments are paid late, others never."),
)
"""What the cash calendar counts, and what to do with it, before there is a forecast."""
