"""Which N to offer, and what collecting costs, by product and N (docs/metrics.md §6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from smartinst.analytics.book.horizon import days_after, is_small, months_after, ratio
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.periods import COMPLETED_STATUSES
from smartinst.analytics.keys import PLAN
from smartinst.analytics.lazy_frames import collect_once
from smartinst.facts import FULL_REVERSALS

WINDOW_DAYS: Final = 60
CASH_MONTHS: Final = 6
_OFFER: Final = ("product_id", "product", "currency", "installments")


def which_installments(book: LoanBook) -> pl.DataFrame:
    """One row per product, currency and N: all plans bought whose last charge had its window.

    plans, activated, completed                            numbers of plans
    sold_minor, collected_minor, refunded_minor, lost_minor  of the activated ones
    activation                       activated ÷ plans
    completed_rate                   completed ÷ activated
    collected_rate, refunded_rate, lost_rate   ÷ sold_minor
    net_minor, net_per_100_sold      the producer's net; null if some net has another currency
    cash_rate                        received − returned by purchase + 6 months ÷ sold_minor, over
                                     the plans for which that day is over (cash_sold_minor)

    Buyers chose N: the table shows no cause and effect.
    """
    plans = collect_once(_plans_with_window(book))
    is_completed = pl.col("status").is_in(COMPLETED_STATUSES)
    activated = pl.col("is_activated")
    sums = ("sold_minor", "collected_minor", "refunded_minor", "lost_minor")
    of_activated = (pl.col(name).filter(activated).sum() for name in sums)
    return (
        plans.join(_nets(book, plans), on="plan_index", how="left", validate="1:1")  # right: no net
        .join(_cash(book, plans), on="plan_index", how="left", validate="1:1")  # right: no movement
        .group_by(_OFFER)
        .agg(
            pl.len().cast(pl.Int32).alias("plans"),
            activated.sum().cast(pl.Int32).alias("activated"),
            (activated & is_completed).sum().cast(pl.Int32).alias("completed"),
            *of_activated,
            net_minor=pl.col("net_minor").filter(activated).sum(),
            has_other_net=pl.col("has_other_net").fill_null(False).any(),
            cash_minor=pl.col("cash_minor").filter(activated, "has_cash_window").sum(),
            cash_sold_minor=pl.col("sold_minor").filter(activated, "has_cash_window").sum(),
        )
        .with_columns(net_minor=pl.when(~pl.col("has_other_net")).then("net_minor"))
        .with_columns(
            ratio("activated", "plans").alias("activation"),
            ratio("completed", "activated").alias("completed_rate"),
            *(
                ratio(f"{name}_minor", "sold_minor").alias(f"{name}_rate")
                for name in ("collected", "refunded", "lost")
            ),
            (100 * ratio("net_minor", "sold_minor")).alias("net_per_100_sold"),
            ratio("cash_minor", "cash_sold_minor").alias("cash_rate"),
            is_small(),
        )
        .drop("has_other_net")
        .sort(*_OFFER, nulls_last=True)
        .collect()
    )


def cost_of_collecting(book: LoanBook) -> pl.DataFrame:
    """One row per product, currency and N: what of the payments is not the producer's.

    payments         approved attempts, not returned in full, whose commission has the currency of
                     the purchase and whose original value is known
    original_minor   their original values; net_minor: the producer's part of them
    cost_minor       original − net: platform, taxes, co-producers, affiliates; rate: ÷ original
    fee_payments, fee_total_minor, fee_fixed_minor   the payments whose platform fee is known in
                     that currency, and the fees
    """
    payments = _payments_with_net(book)
    has_fee = (pl.col("fee_total_minor").is_not_null()) & (
        pl.col("fee_currency") == pl.col("currency")
    )
    return (
        payments.group_by(_OFFER)
        .agg(
            pl.len().cast(pl.Int32).alias("payments"),
            pl.col("plan_index").n_unique().alias("plans"),
            pl.col("original_minor", "net_minor").sum(),
            fee_payments=has_fee.sum().cast(pl.Int32),
            fee_total_minor=pl.col("fee_total_minor").filter(has_fee).sum(),
            fee_fixed_minor=pl.col("fee_fixed_minor").filter(has_fee).sum(),
        )
        .filter(pl.col("original_minor") > 0)
        .with_columns(cost_minor=pl.col("original_minor") - pl.col("net_minor"))
        .with_columns(ratio("cost_minor", "original_minor").alias("rate"), is_small())
        .sort(*_OFFER, nulls_last=True)
        .collect()
    )


def _plans_with_window(book: LoanBook) -> pl.LazyFrame:
    """Plans bought whose last charge's due date + 60 days is over; adds has_cash_window."""
    last_charges = (
        book.charges.lazy()
        .filter(pl.col("number") == pl.col("installments"))
        .filter(book.horizon.is_over(days_after("due_date", WINDOW_DAYS)))
        .select("plan_index")
    )
    cash_day = months_after("purchase_date", pl.lit(CASH_MONTHS))
    return (
        book.plans.lazy()
        .join(last_charges, on="plan_index", how="semi")
        .with_columns(has_cash_window=book.horizon.is_over(cash_day))
    )


def _nets(book: LoanBook, plans: pl.LazyFrame) -> pl.LazyFrame:
    """One row per plan with a net: net_minor in the currency of the purchase, has_other_net."""
    is_same = pl.col("commission_currency") == pl.col("currency")
    return (
        book.nets.join(plans, on="plan_index", how="semi")
        .group_by("plan_index")
        .agg(
            net_minor=pl.col("net_minor").filter(is_same).sum(),
            has_other_net=(~is_same).any(),
        )
    )


def _cash(book: LoanBook, plans: pl.LazyFrame) -> pl.LazyFrame:
    """One row per plan: cash_minor, received − returned by purchase + 6 months."""
    last_day = months_after("purchase_date", pl.lit(CASH_MONTHS))
    last_days = plans.select("plan_index", _last_day=last_day)
    receipt = pl.when(pl.col("paid_date") <= pl.col("_last_day")).then("paid_minor").otherwise(0)
    refund = (
        pl.when(pl.col("reversed_date") <= pl.col("_last_day")).then("returned_minor").otherwise(0)
    )
    return (
        book.charges.lazy()
        .join(last_days, on="plan_index", validate="m:1")
        .group_by("plan_index")
        .agg(cash_minor=(receipt - refund).sum())
    )


def _payments_with_net(book: LoanBook) -> pl.LazyFrame:
    """One row per approved attempt of the book's plans, with its net and the plan's offer."""
    is_returned = (pl.col("reversed_date") <= book.as_of) & pl.col("reversal").is_in(FULL_REVERSALS)
    nets = book.facts.commissions.select(
        "seller_id", "transaction", "net_minor", currency="commission_currency"
    )
    return (
        book.facts.attempts.filter(
            pl.col("approved_date") <= book.as_of,
            pl.col("ordered_date") <= book.as_of,
            ~is_returned.fill_null(False),
            pl.col("original_minor").is_not_null(),
        )
        .select(
            *(*PLAN, "transaction", "currency", "original_minor"),
            *("fee_currency", "fee_total_minor", "fee_fixed_minor"),
        )
        .join(
            book.plans.lazy().select(*PLAN, "plan_index", *_OFFER),
            on=[*PLAN, "currency"],
            how="left",
            maintain_order="left",  # so the join copies no other column
            validate="m:1",
        )
        .filter(pl.col("plan_index").is_not_null())
        # the key of both frames; to check it again costs as much as the join
        .join(nets, on=["seller_id", "transaction", "currency"])
    )
