"""Charges as of a date: one row per scheduled payment (docs/metrics.md §2).

The steps form a chain; each converts lazy frames into one. Only this module, `schedule`,
`plans`, `charge_states`, the `snapshot` of all and `reconciliation` filter by `as_of`.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.analytics.keys import CHARGE, PLAN
from smartinst.analytics.paid_amounts import add_payment
from smartinst.facts import FULL_REVERSALS, Facts
from smartinst.ledger.columns import ATTEMPT_ORDER, PAYMENT_ORDER, TRANSACTION, is_outside_plan


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
    return (
        scheduled_charges
        # no issue: not issued yet; no payer: not paid; no money: no attempt known yet
        .join(_issues(expanded_attempts, as_of), on=CHARGE, how="left", validate="1:1")
        .join(_payers(expanded_attempts, as_of), on=CHARGE, how="left", validate="1:1")
        .join(money.drop("payment_method"), on=PLAN, how="left", validate="m:1")
        .pipe(_add_due_date_and_amount)
        .pipe(add_payment)
        .pipe(_add_reversal, as_of)
        .pipe(_add_timing, as_of, late_after_days)
    )


def plan_money(attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per plan: currency and amount (first_minor) of its earliest attempt, payment method.

    The earliest attempt counts even if it was ordered after `as_of`.
    """
    amounts = pl.col("amount_minor").filter(~pl.col("is_negotiation"))
    return (
        attempts.sort(ATTEMPT_ORDER)
        .group_by(PLAN)
        .agg(
            currency=pl.col("currency").drop_nulls().first(),
            first_minor=amounts.drop_nulls().first(),
            payment_method=pl.col("payment_type").filter(pl.col("ordered_date") <= as_of).last(),
        )
    )


def expand_attempts(facts: Facts, money: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per charge number (up to N) of an attempt that was ordered by `as_of`.

    amount_minor and total_minor are null if their currency is not the plan's: money is never
    summed across currencies.
    """
    plans = facts.plans.filter(pl.col("purchase_date") <= as_of).select(*PLAN, "installments")
    currency = money.select(*PLAN, pl.col("currency").alias("_currency"))
    return (
        facts.attempts.filter(pl.col("ordered_date") <= as_of)
        .join(plans, on=PLAN, how="inner", validate="m:1")
        .join(currency, on=PLAN, how="left", validate="m:1")
        .with_columns(
            pl.when(pl.col("currency") == pl.col("_currency")).then(name).alias(name)
            for name in ("amount_minor", "total_minor")
        )
        .pipe(explode_numbers)
    )


def explode_numbers(attempts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per charge of an attempt: `number`, each of its `numbers` up to `installments`.

    Adds `lowest_number`.
    """
    return (
        attempts.with_columns(lowest_number=pl.col("numbers").list.min())
        .explode("numbers")
        .rename({"numbers": "number"})
        .filter(~is_outside_plan(pl.col("number")))
    )


def is_kept(as_of: date) -> pl.Expr:
    """Whether a payment was not reversed by the date."""
    return ~(pl.col("reversed_date") <= as_of).fill_null(False)


def repeated_payments(kept_payments: pl.LazyFrame) -> pl.LazyFrame:
    """One row per kept payment that repeats another payment of the same charge.

    A payment repeats an earlier one. A negotiation repeats any other payment of its lowest charge,
    even a later one. A payment that repeats another is charged twice, unless it pays a charge.

    kept_payments  as `explode_numbers` returns them
    """
    first_payments = (
        kept_payments.sort(PAYMENT_ORDER)
        .group_by(CHARGE)
        .agg(first_transaction=pl.col("transaction").first(), payment_count=pl.len())
        .filter(pl.col("payment_count") > 1)
    )
    is_repeated = (
        pl.when("is_negotiation")
        .then(pl.col("number") == pl.col("lowest_number"))
        .otherwise(pl.col("transaction") != pl.col("first_transaction"))
    )
    return kept_payments.join(first_payments, on=CHARGE, validate="m:1").filter(is_repeated)


def _issues(expanded_attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per issued charge: due date and amount of its first attempt, and counts.

    Negotiations do not count as the first attempt.
    """
    is_own = ~pl.col("is_negotiation")
    has_failed = (pl.col("failed_date") <= as_of).fill_null(False)
    is_unknown = pl.col("state") == "unknown"
    return (
        expanded_attempts.sort(ATTEMPT_ORDER)
        .group_by(CHARGE)
        .agg(
            own_due_date=pl.col("due_date").filter(is_own).first(),
            own_minor=pl.col("amount_minor").filter(is_own).first(),
            own_issued_date=pl.col("ordered_date").filter(is_own).first(),
            first_failed_date=pl.when(has_failed).then("failed_date").filter(is_own).first(),
            issued_date=pl.col("ordered_date").first(),
            unknown_date=pl.col("ordered_date").filter(is_unknown).first(),
            own_total_minor=pl.col("total_minor").filter(is_own, pl.col("total_minor") > 0).last(),
            attempts=pl.len().cast(pl.Int32),
            failed_attempts=has_failed.sum().cast(pl.Int32),
            last_refusal=pl.col("refusal").filter(has_failed).last(),
            retry_date=pl.col("retry_date").last(),
            has_unknown_attempt=is_unknown.any(),
        )
    )


def _payers(expanded_attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row per paid charge: its earliest approved attempt, and charged_twice_minor.

    The price of a negotiation that is charged twice belongs to its lowest charge number.
    """
    approved = expanded_attempts.filter(pl.col("approved_date") <= as_of).with_columns(
        _approvals=pl.len().over(CHARGE)
    )
    # few charges are approved more than once: only those are sorted
    several = approved.filter(pl.col("_approvals") > 1).sort(PAYMENT_ORDER)
    first_of_several = several.unique(CHARGE, keep="first", maintain_order=True)
    payers = pl.concat([approved.filter(pl.col("_approvals") == 1), first_of_several]).select(
        *CHARGE,
        "transaction",
        "claim_date",
        "claim_end_date",
        "original_minor",
        "original_paid_minor",
        paid_date="approved_date",
        payer_reversal="reversal",
        payer_reversed_date="reversed_date",
        is_negotiated="is_negotiation",
        payer_minor="amount_minor",
    )
    charged_twice = (
        repeated_payments(several.filter(is_kept(as_of)))
        .join(payers, on=TRANSACTION, how="anti")
        .group_by(CHARGE)
        .agg(charged_twice_minor=pl.col("amount_minor").sum())
    )
    return payers.join(charged_twice, on=CHARGE, how="left", validate="1:1")  # right: paid once


def _add_due_date_and_amount(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds due_date, amounts, is_issued and is_paid, and replaces nulls in counts by 0.

    amount_minor is the charge's own, else that of the nearest earlier charge, else that of the
    nearest later one. charged_minor is what the card is charged, taxes included.
    """
    of_earlier = pl.col("own_minor").forward_fill().over(PLAN, order_by="number")
    of_later = pl.col("own_minor").backward_fill().over(PLAN, order_by="number")
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
