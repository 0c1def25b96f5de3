"""Charges as of a date: one row per scheduled payment (docs/metrics.md §2).

The steps form a chain; each converts lazy frames into one. Only this module, `schedule`,
`issued_charges`, `paid_amounts`, `plans`, `charge_states`, the `snapshot` of all and
`reconciliation` filter by `as_of`.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.issued_charges import issues_and_payments
from smartinst.analytics.keys import charge_key
from smartinst.analytics.lazy_frames import collect_once, left_join
from smartinst.analytics.paid_amounts import add_payment
from smartinst.facts import FULL_REVERSALS, Facts
from smartinst.ledger.columns import ATTEMPT_ORDER, is_outside_plan


def charges_as_of(
    scheduled_charges: pl.LazyFrame,
    expanded_attempts: pl.LazyFrame,
    money: pl.LazyFrame,
    as_of: date,
    late_after_days: int = 0,
) -> pl.LazyFrame:
    """One row per charge of every plan bought by `as_of`; key seller_id, plan_id, number.

    number is 1..N, or an issued number if N is unknown. Further columns: due_date, amount_minor
    (purchase currency), the dates of its attempts (issued_date, own_issued_date without
    negotiations, first_failed_date of its first own attempt, unknown_date), the payment
    (transaction, paid_date, paid_minor; null: not paid), its reversal (reversal, reversed_date,
    returned_minor), and the flags from which statuses follow.
    The state of a charge needs the status of its plan: see `charge_states`.

    scheduled_charges         as `schedule.scheduled_charges` returns them
    expanded_attempts, money  as `expand_attempts` and `plan_money` return them
    """
    amounts = money.select("plan_index", "currency", "first_minor")
    return (
        scheduled_charges.with_columns(charge_key=charge_key())
        # no issue: not issued yet; no money: no attempt known yet
        .pipe(left_join, issues_and_payments(expanded_attempts, as_of), "charge_key")
        .pipe(left_join, amounts, "plan_index")
        .pipe(_add_due_date_and_amount)
        .pipe(collect_once)
        .pipe(add_payment)
        .drop("charge_key")
        .pipe(_add_reversal, as_of)
        .pipe(_add_timing, as_of, late_after_days)
    )


def plan_money(attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per plan: currency and amount (first_minor) of its earliest attempt, payment method.

    The earliest attempt counts even if it was ordered after `as_of`. The attempts of most plans
    agree in all three; only those of the others are sorted.

    attempts  with plan_index
    """
    is_ordered = pl.col("ordered_date") <= as_of
    values = attempts.select(
        "plan_index",
        "currency",
        first_minor=pl.when(~pl.col("is_negotiation")).then("amount_minor"),
        payment_method=pl.when(is_ordered).then("payment_type"),
        is_ordered=is_ordered,
    ).unique()
    is_alike = pl.col("plan_index").is_unique()
    of_alike = values.filter(is_alike).drop("is_ordered")
    different = values.filter(~is_alike).select("plan_index").unique()
    amounts = pl.col("amount_minor").filter(~pl.col("is_negotiation"))
    of_different = (
        attempts.join(different, on="plan_index", how="semi")
        .sort(ATTEMPT_ORDER)
        .group_by("plan_index")
        .agg(
            currency=pl.col("currency").drop_nulls().first(),
            first_minor=amounts.drop_nulls().first(),
            payment_method=pl.col("payment_type").filter(is_ordered).last(),
        )
    )
    return pl.concat([of_alike, of_different])


def expand_attempts(facts: Facts, money: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per charge number (up to N) of an attempt that was ordered by `as_of`.

    amount_minor and total_minor are null if their currency is not the plan's: money is never
    summed across currencies.

    facts  with plan_index
    """
    currency = money.select("plan_index", _currency="currency")
    plans = (
        facts.plans.filter(pl.col("purchase_date") <= as_of)
        .select("plan_index", "installments", _is_listed=pl.lit(True))
        .join(currency, on="plan_index", how="left", validate="1:1")  # right: no attempt
    )
    attempts = collect_once(left_join(facts.attempts, plans, "plan_index"))
    return (
        attempts.filter(pl.col("_is_listed"), pl.col("ordered_date") <= as_of)
        # not listed: the plan is not known, or was bought after the date
        .with_columns(
            pl.when(pl.col("currency") == pl.col("_currency")).then(name).alias(name)
            for name in ("amount_minor", "total_minor")
        )
        .pipe(explode_numbers)
        .drop("_is_listed", "_currency")
    )


def explode_numbers(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per charge of an attempt: `number`, each of its `numbers` up to `installments`.

    Adds `lowest_number`, and has_several_numbers: whether the attempt is of several charges. Few
    are; only those are copied.
    """
    numbers, has_several = pl.col("numbers"), pl.col("has_several_numbers")
    attempts = collect_once(
        attempts.with_columns(
            lowest_number=numbers.list.first(), has_several_numbers=numbers.list.len() > 1
        )
    )
    of_one = attempts.filter(~has_several).with_columns(numbers=numbers.list.first())
    of_several = attempts.filter(has_several).explode("numbers")
    return (
        pl.concat([of_one, of_several])
        .rename({"numbers": "number"})
        .filter(~is_outside_plan(pl.col("number")))
    )


def _add_due_date_and_amount(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds due_date, amounts, is_issued and is_paid, and replaces nulls in counts by 0.

    amount_minor is the charge's own, else that of the nearest earlier charge, else that of the
    nearest later one. charged_minor is what the card is charged, taxes included. The charges of a
    plan have to follow each other in the order of their numbers.
    """
    own, plan = pl.col("own_minor"), pl.col("plan_index")
    plan_of_amount = pl.when(own.is_not_null()).then(plan)
    of_earlier = pl.when(plan_of_amount.forward_fill() == plan).then(own.forward_fill())
    of_later = pl.when(plan_of_amount.backward_fill() == plan).then(own.backward_fill())
    nearest = pl.coalesce(of_earlier, of_later, "first_minor", 0)
    return charges.with_columns(
        due_date=pl.coalesce("own_due_date", "scheduled_date"),
        amount_minor=nearest.cast(pl.Int64),
        charged_minor=pl.coalesce("own_total_minor", nearest).cast(pl.Int64),
        is_issued=pl.col("attempts").is_not_null(),
        attempts=pl.col("attempts").fill_null(0),
        failed_attempts=pl.col("failed_attempts").fill_null(0),
        charged_twice_minor=pl.col("charged_twice_minor").fill_null(0),
        has_unknown_attempt=pl.col("has_unknown_attempt").fill_null(False),
        is_paid=pl.col("paid_date").is_not_null(),
    )


def _add_reversal(charges: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Adds reversal, reversed_date and returned_minor as of the date, and their flags."""
    is_reversed = pl.col("is_paid") & (pl.col("payer_reversed_date") <= as_of).fill_null(False)
    charges = charges.with_columns(
        reversal=pl.when(is_reversed).then("payer_reversal"),
        reversed_date=pl.when(is_reversed).then("payer_reversed_date"),
    )
    is_full = pl.col("reversal").is_in(FULL_REVERSALS).fill_null(False)
    has_claim = (pl.col("claim_date") <= as_of) & (
        pl.col("claim_end_date").is_null() | (pl.col("claim_end_date") > as_of)
    )
    original, remaining = (
        pl.col("original_minor").cast(pl.Int128),
        pl.col("original_paid_minor").cast(pl.Int128),
    )
    is_known_part = (
        (pl.col("reversal") == "partially_refunded") & (remaining > 0) & (remaining < original)
    )
    half_up = (2 * pl.col("paid_minor").cast(pl.Int128) * (original - remaining) + original) // (
        2 * original
    )
    return charges.with_columns(
        is_reversed=is_full,
        is_partially_refunded=(pl.col("reversal") == "partially_refunded").fill_null(False),
        is_disputed=(pl.col("is_paid") & pl.col("reversal").is_null() & has_claim).fill_null(False),
        is_unknown_part=(
            (pl.col("reversal") == "partially_refunded") & ~is_known_part.fill_null(False)
        ).fill_null(False),
        returned_minor=pl.when(is_full)
        .then("paid_minor")
        .when(is_known_part.fill_null(False))
        .then(half_up.cast(pl.Int64))
        .otherwise(0),
        # without what happens after `as_of`
        claim_date=pl.when(pl.col("claim_date") <= as_of).then("claim_date"),
        claim_end_date=pl.when(pl.col("claim_end_date") <= as_of).then("claim_end_date"),
    ).drop("payer_reversal", "payer_reversed_date")


def _add_timing(charges: pl.LazyFrame, as_of: date, late_after_days: int) -> pl.LazyFrame:
    """Adds is_late, days_late, has_fallen_due, is_past_due, is_pending (docs/metrics.md §2)."""
    last_day = pl.col("due_date").dt.offset_by(f"{late_after_days}d")
    unpaid = ~pl.col("is_paid")
    days_late = (pl.col("paid_date") - pl.col("due_date")).dt.total_days().clip(lower_bound=0)
    return charges.with_columns(
        is_late=(pl.col("paid_date") > last_day).fill_null(False),
        days_late=days_late.cast(pl.Int32),
        has_fallen_due=last_day < as_of,
        is_past_due=unpaid & (last_day < as_of),
        is_pending=unpaid & (pl.col("due_date") <= as_of) & (last_day >= as_of),
        last_day=last_day,
    )
