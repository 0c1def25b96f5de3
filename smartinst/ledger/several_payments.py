"""Transaction codes that several payments share (docs/metrics.md §7).

Reports of one code with different charge numbers and different approval days are different
payments. So are reports whose approval days are weeks apart if one of them has no number, since
charges are a month apart. The first keeps the code; each other one gets the code with a suffix:
`HP123#2`. Reports that agree in the number or in the day are about one payment, of which the newest
wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import polars as pl

from smartinst.facts import PAID_STATES, SOURCES, STATES, Tally
from smartinst.hotmart.values.fields import EPOCH
from smartinst.ledger.columns import TRANSACTION, local_date

SEPARATOR: Final = "#"
"""Between a transaction code and the position of one of its payments."""

MIN_DAYS: Final = 20
"""Least days between the approvals of two payments if one of their reports names no charge."""

_ROW: Final = "_row"


@dataclass(frozen=True)
class _Report:
    """One statement of a transaction, reduced to what distinguishes its payment from others."""

    row: int
    rank: tuple[Any, ...]  # the newest is the largest
    numbers: frozenset[int]  # empty: names no charge
    is_paid: bool
    has_status: bool
    approved_on: date | None
    ordered_on: date | None
    observed_at: datetime

    def is_same_payment(self, report: _Report) -> bool:
        """Whether two reports of a payment agree in a number or a day; a null day never differs."""
        if self.numbers & report.numbers:
            return True
        if self.approved_on and report.approved_on:
            if self.numbers and report.numbers:
                return self.approved_on == report.approved_on
            return abs((self.approved_on - report.approved_on).days) < MIN_DAYS
        return not (self.ordered_on and report.ordered_on) or self.ordered_on == report.ordered_on

    @property
    def position(self) -> tuple[date, int]:
        """Order of the payments of a code: by day, then charge."""
        return self.approved_on or self.ordered_on or date.max, min(self.numbers, default=0)


def platform_code(transaction: str) -> str:
    """The code on the platform, without the suffix."""
    return transaction.partition(SEPARATOR)[0]


def shared_codes(transactions: Iterable[str]) -> set[str]:
    """The platform's codes that several of the transactions share."""
    return {platform_code(code) for code in transactions if SEPARATOR in code}


def split_payments(statements: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Attempt statements in which each payment has a transaction code of its own."""
    is_unnumbered_payment = pl.col("number").is_null() & pl.col("state").is_in(PAID_STATES)
    approvals = pl.col("approved_at")
    codes = (
        statements.lazy()
        .filter(pl.col("status").is_not_null())
        .group_by(TRANSACTION)
        .agg(
            (pl.col("number").min() < pl.col("number").max()).fill_null(False).alias("_differs"),
            (approvals.max() - approvals.min() >= timedelta(days=MIN_DAYS - 1))
            .fill_null(False)
            .alias("_is_weeks_apart"),
            is_unnumbered_payment.any().alias("_is_unnumbered"),
        )
        .filter(pl.col("_differs") | (pl.col("_is_weeks_apart") & pl.col("_is_unnumbered")))
        .collect()
    )
    if codes.is_empty():
        return statements  # the usual case
    numbered = statements.with_row_index(_ROW)
    suffixes = pl.DataFrame(
        list(_suffixes(numbered.join(codes, on=TRANSACTION, how="semi"), zone)),
        schema={_ROW: pl.UInt32, "_suffix": pl.String},
        orient="row",
    )
    return (
        numbered.join(suffixes, on=_ROW, how="left", validate="1:1")
        .with_columns(pl.col("transaction") + pl.col("_suffix").fill_null(""))
        .drop(_ROW, "_suffix")
    )


def tally_shared_codes(statements: pl.DataFrame) -> Tally:
    """A tally of the codes that several payments share, from the result of `split_payments`."""
    is_further = (
        pl.col("transaction").str.contains(SEPARATOR, literal=True)
        & pl.col("status").is_not_null()
        & pl.col("state").is_in(PAID_STATES)
    )
    codes = shared_codes(statements.filter(is_further)["transaction"])
    return Tally(len(codes), min(codes, default=""))


def _suffixes(statements: pl.DataFrame, zone: str) -> Iterator[tuple[int, str]]:
    """The row and suffix of each statement that is not about the first payment of its code."""
    dated = statements.select(
        *(_ROW, *TRANSACTION, "source", "state", "status", "observed_at", "commission_currency"),
        *("number", "number_list", "currency", "approved_at"),
        local_date(pl.col("approved_at"), zone).alias("approved_on"),
        local_date(pl.coalesce("ordered_at", "started_at"), zone).alias("ordered_on"),
    )
    for rows in dated.partition_by(TRANSACTION, maintain_order=True):
        reports = [_report(row) for row in rows.iter_rows(named=True)]
        payments = _payments(sorted(reports, key=lambda report: report.rank, reverse=True))
        for report in reports:
            if position := _position(report, payments):
                yield report.row, f"{SEPARATOR}{position + 1}"


def _report(row: dict[str, Any]) -> _Report:
    numbers = frozenset(row["number_list"] or ()) | {row["number"]}
    return _Report(
        row=row[_ROW],
        rank=(
            row["observed_at"],
            STATES.index(row["state"]),
            SOURCES.index(row["source"]),
            row["commission_currency"],
            row["number"] or 0,
            row["currency"] or "",
            row["approved_at"] or EPOCH,
        ),
        numbers=numbers - {None},
        is_paid=row["status"] is not None and row["state"] in PAID_STATES,
        has_status=row["status"] is not None,
        approved_on=row["approved_on"],
        ordered_on=row["ordered_on"],
        observed_at=row["observed_at"],
    )


def _payments(reports: list[_Report]) -> list[_Report]:
    """The newest report of each payment, in order; then that of each charge tried after the first.

    `reports` are the newest first. Payments are found by reports with a number, then by approval
    days. An unpaid report that agrees with a payment, or is older than all payments, is about a
    payment.
    """
    payments: list[_Report] = []
    for report in sorted(reports, key=lambda report: not report.numbers):
        is_payment = report.is_paid and (report.numbers or report.approved_on)
        if is_payment and not any(report.is_same_payment(payment) for payment in payments):
            payments.append(report)
    if not payments:
        return []
    first_observed = min(payment.observed_at for payment in payments)
    unpaid: list[_Report] = []
    for report in reports:
        is_later = report.has_status and not report.is_paid and report.observed_at > first_observed
        is_of_known_payment = any(report.is_same_payment(payment) for payment in payments) or any(
            report.numbers & attempt.numbers for attempt in unpaid
        )
        if is_later and report.numbers and not is_of_known_payment:
            unpaid.append(report)
    return [
        *sorted(payments, key=lambda payment: payment.position),
        *sorted(unpaid, key=lambda attempt: attempt.position),
    ]


def _position(report: _Report, payments: list[_Report]) -> int:
    """The position of the payment to which a report belongs.

    The payment has its number, else its approval day, else its order day; else it is the last one
    that was known when the report was observed.
    """
    choices = (
        [bool(report.numbers & payment.numbers) for payment in payments],
        [_is_same_day(report.approved_on, payment.approved_on) for payment in payments],
        [_is_same_day(report.ordered_on, payment.ordered_on) for payment in payments],
    )
    for matches in choices:
        if report.has_status and any(matches):
            return matches.index(True)
    if not report.has_status or report.numbers:
        return 0
    was_known = [payment.observed_at <= report.observed_at for payment in payments]
    return len(was_known) - 1 - was_known[::-1].index(True) if any(was_known) else 0


def _is_same_day(day: date | None, payment_day: date | None) -> bool:
    return day is not None and day == payment_day
