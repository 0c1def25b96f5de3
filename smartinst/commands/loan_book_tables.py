"""The tables that `loan-book` prints in the terminal, and their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smartinst.i18n.locales import N_


@dataclass(frozen=True)
class TextTable:
    """A table of the document, and which of its columns the terminal shows.

    row_values  column → the value of the rows that are shown; empty: all rows
    """

    name: str
    title: str
    columns: str
    row_values: Mapping[str, object]


TABLES: Final = (
    TextTable(
        "par",
        N_("Portfolio at risk"),
        "currency plans outstanding_minor par_0 par_30 par_60 par_90 unconfirmed_minor is_small",
        {},
    ),
    TextTable(
        "written_off",
        N_("Written off in twelve months"),
        "currency lost_minor written_off_minor mean_outstanding_minor rate",
        {},
    ),
    TextTable(
        "collection",
        N_("Collection by due month"),
        "currency month days due_minor paid_minor rate is_small",
        {},
    ),
    TextTable(
        "collection_so_far",
        N_("On time in the open month, so far"),
        "currency month due_minor paid_minor rate is_small",
        {},
    ),
    TextTable(
        "clean_up",
        N_("Overdue amounts cleaned up by month"),
        "currency month overdue_minor received_minor forgiven_minor rate",
        {},
    ),
    TextTable(
        "roll",
        N_("Roll rates between month-ends, last twelve months"),
        "currency from to outstanding_minor rate",
        {},
    ),
    TextTable(
        "cure",
        N_("Cured delays"),
        "currency over_days within_days episodes cured cured_at_a_loss ended open rate is_small",
        {},
    ),
    TextTable("defaults", N_("Defaults"), "currency plans cured_after", {}),
    TextTable(
        "second_charge",
        N_("Second installment unpaid"),
        "currency plans unpaid rate is_small",
        {},
    ),
    TextTable(
        "vintage",
        N_("Plans more than 30 days late, by month of purchase"),
        "currency month months_on_book plans crossed rate rate_minor is_small",
        {"installments": "all", "over_days": 30},
    ),
    TextTable(
        "hazard",
        N_("Plans that end early, by installment"),
        "number at_risk stop reversed canceled survival is_small",
        {"installments": "all"},
    ),
    TextTable(
        "bridge",
        N_("Overdue amounts since {day}"),
        "currency opening_minor restated_minor newly_overdue_minor reopened_minor paid_late_minor "
        "forgiven_minor ended_reversed_minor ended_seller_minor ended_platform_minor "
        "ended_unknown_minor closing_minor",
        {},
    ),
    TextTable(
        "expected",
        N_("Expected to be received (all plans)"),
        "currency horizon low_minor expected_minor high_minor contracted_minor",
        {},
    ),
    TextTable(
        "expected_by_month",
        N_("Expected by due month (all plans)"),
        "currency month contracted_minor expected_minor",
        {},
    ),
    TextTable(
        "forecast_score",
        N_("Accuracy of past forecasts (all plans)"),
        "currency horizon origins wape bias inside width wape_all_pay wape_trailing",
        {},
    ),
    TextTable(
        "expected_refunds",
        N_("Expected refunds of recent plans (all plans)"),
        "currency collected_minor expected_minor",
        {},
    ),
    TextTable(
        "which_installments",
        N_("Results by product and number of installments"),
        "product currency installments plans activation completed_rate collected_rate "
        "refunded_rate lost_rate is_small",
        {},
    ),
    TextTable(
        "cost_of_collecting",
        N_("What collecting costs"),
        "product currency installments payments original_minor net_minor cost_minor rate is_small",
        {},
    ),
    TextTable(
        "cash_calendar",
        N_("Cash calendar (expected: all plans; withdrawable: estimated)"),
        "currency from_date to_date contracted_minor expected_minor withdrawable_minor "
        "withdrawable_later_minor",
        {},
    ),
    TextTable(
        "cohorts",
        N_("Sales by month of purchase"),
        "currency month months_since plans activated sold_minor collected_minor collected_rate",
        {},
    ),
    TextTable(
        "failed_and_recovered",
        N_("Refused charges and what became of them"),
        "currency month failed failed_minor recovered_minor later_minor lost_minor open_minor rate "
        "is_small",
        {},
    ),
)
