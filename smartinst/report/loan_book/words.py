"""The figures of the loan book in words: title, definition, and what to do with it.

docs/metrics.md §6 has the exact definitions.
"""

from __future__ import annotations

from typing import Final

from smartinst.i18n.locales import N_
from smartinst.report.loan_book.declaration import BookFigure
from smartinst.report.loan_book.plan_words import PLAN_FIGURES

BOOK_FIGURES: Final = (
    *PLAN_FIGURES,
    BookFigure(
        "arrears",
        "arrears",
        N_("Balance of plans in arrears"),
        N_(
            "The whole outstanding balance of the plans in progress with an installment overdue, "
            "more than 30 and more than 90 days overdue, as a share of the balance of all plans in "
            "progress (portfolio at risk)."
        ),
        N_(
            "If the share over 30 days rises for two months, write to those buyers before the "
            "90th day: beyond it, little comes back."
        ),
    ),
    BookFigure(
        "written_off",
        "written_off",
        N_("Written off in twelve months"),
        N_(
            "What was due and unpaid in plans that ended in the last twelve months, with and "
            "without what would have fallen due later, as a share of the mean balance."
        ),
        N_("Set this share aside when you plan with the balance of your plans."),
    ),
    BookFigure(
        "collection",
        "collection",
        N_("Collection of the installments due in a month"),
        N_(
            "Of the amount that fell due in a month, from the second installment on, the part "
            "paid by the due date and in the 90 days after it."
        ),
        N_(
            "Where much is paid only in the first 30 days after the due date, a reminder before it "
            "helps; where day 90 stays low, look at who buys."
        ),
    ),
    BookFigure(
        "clean_up",
        "clean_up",
        N_("Overdue amounts cleaned up by month"),
        N_(
            "Of the amount overdue at the end of the month before, the part that was paid during "
            "the month."
        ),
        N_("A falling share means that old debt piles up: begin with the most recent delays."),
    ),
    BookFigure(
        "roll_rates",
        "roll",
        N_("From one month-end to the next"),
        N_(
            "Where the balance of the plans in each state at a month-end was one month later, over "
            "the last twelve months."
        ),
        N_(
            "Write to buyers at the delay from which little returns to current, and before it: "
            "that is where a message counts most."
        ),
    ),
    BookFigure(
        "vintages",
        "vintage",
        N_("Plans more than 30 days late, by time of purchase"),
        N_(
            "Of the plans bought in a quarter, the share that was ever more than 30 days late, by "
            "months since the purchase."
        ),
        N_(
            "A curve above the earlier ones means weaker buyers: see what changed in launches, "
            "offers and traffic of that quarter."
        ),
    ),
    BookFigure(
        "expected_cash",
        "expected",
        N_("Expected to be received"),
        N_(
            "What the open installments will probably bring in within 30 days, within 90 days and "
            "to the end, with a range that is made to hold four of five outcomes. Contracted is "
            "overdue, and to receive by then, of plans whose first installment was paid; plans "
            "awaiting their first payment are not in it."
        ),
        N_("Plan spending with the low end of the range, not with what is contracted."),
        is_forecast=True,
    ),
    BookFigure(
        "expected_by_month",
        "expected_by_month",
        N_("Expected by due month"),
        N_(
            "Of the installments that fall due in each coming month, the amount that will probably "
            "come in."
        ),
        N_("Look for the months in which commitments exceed what is expected."),
        is_forecast=True,
    ),
    BookFigure(
        "past_forecasts",
        "forecast_outcomes",
        N_("Forecast against what came in"),
        N_(
            "For each of the last twelve month-ends, the forecast for the 30 days after it, made "
            "only from what was known then, and what was really received."
        ),
        N_("If what came in often lies outside the range, rely on the low end only."),
        is_forecast=True,
    ),
    BookFigure(
        "forecast_score",
        "forecast_score",
        N_("Accuracy of past forecasts"),
        N_(
            "The mean error of past forecasts as a share of what came in, beside two simple rules: "
            "everyone pays on time, and the last three months repeat."
        ),
        N_("Where a simple rule has the smaller error, use that rule."),
        is_forecast=True,
    ),
    BookFigure(
        "bridge",
        "bridge",
        N_("Why the overdue amount changed"),
        N_(
            "From the overdue amount of the earlier date to that of today: newly overdue, paid "
            "late, forgiven, and lost because plans ended."
        ),
        N_("Compare what was paid late with what was lost: only the first is success."),
    ),
    BookFigure(
        "offers",
        "which_installments",
        N_("Results by product and number of installments"),
        N_(
            "Of the plans whose last installment is at least 60 days past: how many began, how "
            "many were completed, and which part of what was sold was collected."
        ),
        N_(
            "Offer fewer installments where much is lost. Buyers chose the number themselves: the "
            "table shows no cause and effect."
        ),
    ),
    BookFigure(
        "collecting_cost",
        "cost_of_collecting",
        N_("What collecting costs"),
        N_(
            "What buyers paid less your net: platform, taxes, co-producers and affiliates, where "
            "both amounts have the same currency."
        ),
        N_("Compare it between numbers of installments before you set prices."),
    ),
    BookFigure(
        "failed_and_recovered",
        "failed_and_recovered",
        N_("Refused charges and what became of them"),
        N_(
            "Installments whose first charge was refused in a month: paid within 30 days, paid "
            "later, lost, or still open."
        ),
        N_("If fewer are paid within 30 days, check the retries and ask for another card sooner."),
    ),
)
"""All figures of the loan book; the statement has them in the order of its sections."""

BOOK_FIGURES_BY_NAME: Final = {figure.name: figure for figure in BOOK_FIGURES}
