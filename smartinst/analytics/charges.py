"""Charges as of a date: one row a scheduled payment (docs/metrics.md §2), from plans and attempts.

A chain of steps; each takes lazy frames and returns one. `as_of` enters here and in `plans`, and
nowhere else.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from smartinst.facts import Facts

PLAN = ["seller_id", "plan_id"]
CHARGE = [*PLAN, "number"]
PAYMENT_ORDER = ["approved_at", "ordered_at", "sequence", "transaction"]
ORDER = ["ordered_at", "sequence", "transaction"]


def charges_as_of(
    plans: pl.LazyFrame,
    tries: pl.LazyFrame,
    money: pl.LazyFrame,
    as_of: date,
    late_after_days: int = 0,
) -> pl.LazyFrame:
    """One row a charge of every plan bought by `as_of`; key seller_id, plan_id, number.

    number 1..N, or the issued numbers where N is unknown. due_date, amount_minor (purchase
    currency), the payer (transaction, paid_date, paid_minor; null: not paid), what came back
    (reversal, reversed_date, returned_minor), and the flags that the statuses are made of. A
    charge's final state needs its plan's status: see `plans`. `tries` and `money` are what
    `tries_as_of` and `plan_money` return.
    """
    return (
        _spine(plans, tries, as_of)
        .join(_issues(tries, as_of), on=CHARGE, how="left", validate="1:1")  # right: not issued yet
        .join(_payers(tries, as_of), on=CHARGE, how="left", validate="1:1")  # right: not paid
        .join(
            money.drop("payment_method"), on=PLAN, how="left", validate="m:1"
        )  # right: no attempt known yet
        .pipe(_with_due_date_and_amount)
        .pipe(_with_payment)
        .pipe(_with_reversal, as_of)
        .pipe(_with_timing, as_of, late_after_days)
    )


def plan_money(attempts: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row a plan: currency and amount of its earliest attempt, whenever that was ordered, and the payment method."""
    own = pl.col("amount_minor").filter(~pl.col("is_negotiation"))
    return (
        attempts.sort(ORDER)
        .group_by(PLAN)
        .agg(
            currency=pl.col("currency").drop_nulls().first(),
            first_minor=own.drop_nulls().first(),
            payment_method=pl.col("payment_type").filter(pl.col("ordered_date") <= as_of).last(),
        )
    )


def tries_as_of(facts: Facts, money: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row an attempt and charge number that it covers, if ordered by `as_of`.

    Numbers beyond N left out.

    amount_minor is null where it is in another currency than the plan's: money is never summed
    across currencies.
    """
    bought = facts.plans.filter(pl.col("purchase_date") <= as_of).select(*PLAN, "installments")
    currency = money.select(*PLAN, pl.col("currency").alias("_currency"))
    return (
        facts.attempts.filter(pl.col("ordered_date") <= as_of)
        .join(bought, on=PLAN, how="inner", validate="m:1")
        .join(currency, on=PLAN, how="left", validate="m:1")
        .with_columns(
            amount_minor=pl.when(pl.col("currency") == pl.col("_currency")).then("amount_minor")
        )
        .explode("numbers")
        .rename({"numbers": "number"})
        .filter(pl.col("installments").is_null() | (pl.col("number") <= pl.col("installments")))
    )


def _spine(plans: pl.LazyFrame, tries: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row a charge number of a plan bought by `as_of`, with what of its plan a charge needs."""
    bought = plans.filter(pl.col("purchase_date") <= as_of).select(
        *PLAN, "installments", "purchase_date"
    )
    scheduled = (
        bought.filter(pl.col("installments").is_not_null())
        .with_columns(number=pl.int_ranges(1, pl.col("installments") + 1, dtype=pl.Int32))
        .explode("number")
    )
    open_ended = bought.filter(pl.col("installments").is_null()).join(
        tries.select(CHARGE).unique(), on=PLAN, how="inner", validate="1:m"
    )
    return pl.concat([scheduled, open_ended.select(scheduled.collect_schema().names())])


def _issues(tries: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row an issued charge: its own first attempt's due date and amount, and how its attempts fared."""
    own = ~pl.col("is_negotiation")
    failed = (pl.col("failed_date") <= as_of).fill_null(False)
    return (
        tries.sort(ORDER)
        .group_by(CHARGE)
        .agg(
            own_due_date=pl.col("due_date").filter(own).first(),
            own_minor=pl.col("amount_minor").filter(own).first(),
            attempts=pl.len().cast(pl.Int32),
            failed_attempts=failed.sum().cast(pl.Int32),
            last_refusal=pl.col("refusal").filter(failed).last(),
            retry_date=pl.col("retry_date").last(),
        )
    )


def _payers(tries: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """One row a paid charge: the earliest approved attempt (docs/metrics.md §7, "Amounts"), and money taken a second time."""
    approved = tries.filter(pl.col("approved_date") <= as_of).sort(PAYMENT_ORDER)
    kept = ~(pl.col("reversed_date") <= as_of).fill_null(False)
    own = pl.when(pl.col("is_negotiation")).then(0).otherwise(pl.col("amount_minor")).filter(kept)
    payers = approved.group_by(CHARGE).agg(
        transaction=pl.col("transaction").first(),
        paid_date=pl.col("approved_date").first(),
        payer_reversal=pl.col("reversal").first(),
        payer_reversed_date=pl.col("reversed_date").first(),
        claim_date=pl.col("claim_date").first(),
        claim_end_date=pl.col("claim_end_date").first(),
        is_negotiated=pl.col("is_negotiation").first(),
        payer_minor=pl.col("amount_minor").first(),
        original_minor=pl.col("original_minor").first(),
        original_paid_minor=pl.col("original_paid_minor").first(),
        kept_attempts=own.len(),
        again_minor=own.slice(1).sum(),
    )
    idle = _idle_negotiations(approved.filter(kept & pl.col("is_negotiation")), payers)
    idle_minor = pl.when(pl.col("kept_attempts") > 1).then("idle_minor").fill_null(0)
    return (
        payers.join(idle, on=CHARGE, how="left", validate="1:1")  # right: no such negotiation
        .with_columns(charged_twice_minor=pl.col("again_minor") + idle_minor)
        .drop("kept_attempts", "again_minor", "idle_minor")
    )


def _idle_negotiations(negotiations: pl.LazyFrame, payers: pl.LazyFrame) -> pl.LazyFrame:
    """One row a charge: idle_minor, the price of negotiations that found all their charges paid, at the lowest one."""
    return (
        negotiations.join(payers, on=["seller_id", "transaction"], how="anti")
        .group_by(*PLAN, "transaction")
        .agg(number=pl.col("number").min(), idle_minor=pl.col("amount_minor").first())
        .group_by(CHARGE)
        .agg(pl.col("idle_minor").sum())
    )


def _with_due_date_and_amount(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds due_date, amount_minor (its own, else the nearest earlier charge's, else the nearest later) and is_issued."""
    scheduled = pl.col("purchase_date").dt.offset_by(pl.format("{}mo", pl.col("number") - 1))
    earlier = pl.col("own_minor").forward_fill().over(PLAN, order_by="number")
    later = pl.col("own_minor").backward_fill().over(PLAN, order_by="number")
    nearest = pl.coalesce(earlier, later, "first_minor", 0)
    return charges.with_columns(
        due_date=pl.coalesce("own_due_date", scheduled),
        amount_minor=nearest.cast(pl.Int64),
        is_issued=pl.col("attempts").is_not_null(),
        attempts=pl.col("attempts").fill_null(0),
        failed_attempts=pl.col("failed_attempts").fill_null(0),
        charged_twice_minor=pl.col("charged_twice_minor").fill_null(0),
        is_paid=pl.col("paid_date").is_not_null(),
    )


def _with_payment(charges: pl.LazyFrame) -> pl.LazyFrame:
    """Adds paid_minor (0: not paid), forgiven_minor and surplus_minor of negotiations (docs/metrics.md §7, "Amounts").

    A negotiation's price is spread over the charges that it paid, pro rata to their amounts: largest remainder first,
    the lower number at a tie. Products of two amounts need 128 bits.
    """
    by_payer = ["seller_id", "transaction"]
    amount, price = pl.col("amount_minor").cast(pl.Int128), pl.col("payer_minor").cast(pl.Int128)
    spread = pl.col("is_negotiated").fill_null(False) & pl.col("payer_minor").is_not_null()
    owed = amount.sum().over(by_payer)
    negotiated = (
        charges.filter(spread)
        .sort(*by_payer, "number")
        .with_columns(_owed=owed)
        .with_columns(
            _share=amount * price // pl.col("_owed"), _rest=amount * price % pl.col("_owed")
        )
        .with_columns(
            _left=pl.max_horizontal(price - pl.col("_share").sum().over(by_payer), 0),
            _rank=pl.col("_rest").cast(pl.Int64).rank("ordinal", descending=True).over(by_payer),
        )
        .with_columns(_part=pl.col("_share") + (pl.col("_rank") <= pl.col("_left")).cast(pl.Int128))
        .select(
            *CHARGE,
            negotiated_minor=pl.when(price >= pl.col("_owed"))
            .then(amount)
            .otherwise("_part")
            .cast(pl.Int64),
            surplus_minor=pl.when(pl.col("number") == pl.col("number").min().over(by_payer))
            .then(pl.max_horizontal(price - pl.col("_owed"), 0))
            .otherwise(0)
            .cast(pl.Int64),
        )
    )
    paid = pl.when("is_paid").then(pl.coalesce("negotiated_minor", "amount_minor")).otherwise(0)
    return (
        charges.join(negotiated, on=CHARGE, how="left", validate="1:1")
        .with_columns(paid_minor=paid, surplus_minor=pl.col("surplus_minor").fill_null(0))
        .with_columns(
            forgiven_minor=pl.when("is_paid")
            .then(pl.col("amount_minor") - pl.col("paid_minor"))
            .otherwise(0)
        )
        .drop("negotiated_minor")
    )


def _with_reversal(charges: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Adds reversal, reversed_date, is_disputed, returned_minor: what of the payment was given back by `as_of`."""
    reversed_by = pl.col("is_paid") & (pl.col("payer_reversed_date") <= as_of).fill_null(False)
    charges = charges.with_columns(
        reversal=pl.when(reversed_by).then("payer_reversal"),
        reversed_date=pl.when(reversed_by).then("payer_reversed_date"),
    )
    whole = pl.col("reversal").is_in(["refunded", "charged_back"]).fill_null(False)
    claimed = (pl.col("claim_date") <= as_of) & (
        pl.col("claim_end_date").is_null() | (pl.col("claim_end_date") > as_of)
    )
    original, kept = (
        pl.col("original_minor").cast(pl.Int128),
        pl.col("original_paid_minor").cast(pl.Int128),
    )
    partly = (pl.col("reversal") == "partially_refunded") & (kept > 0) & (kept < original)
    half_up = (2 * pl.col("paid_minor").cast(pl.Int128) * (original - kept) + original) // (
        2 * original
    )
    return charges.with_columns(
        is_reversed=whole,
        is_partially_refunded=(pl.col("reversal") == "partially_refunded").fill_null(False),
        is_disputed=(pl.col("is_paid") & pl.col("reversal").is_null() & claimed).fill_null(False),
        is_unknown_part=(
            (pl.col("reversal") == "partially_refunded") & ~partly.fill_null(False)
        ).fill_null(False),
        returned_minor=pl.when(whole)
        .then("paid_minor")
        .when(partly.fill_null(False))
        .then(half_up.cast(pl.Int64))
        .otherwise(0),
    ).drop(
        "payer_reversal", "payer_reversed_date", "claim_date", "claim_end_date"
    )  # may lie after `as_of`


def _with_timing(charges: pl.LazyFrame, as_of: date, late_after_days: int) -> pl.LazyFrame:
    """Adds has_fallen_due, is_late, days_late, and for unpaid charges is_past_due and is_pending (docs/metrics.md §2)."""
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
