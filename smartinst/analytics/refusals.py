"""Refusals by remedy (docs/metrics.md §5, "refusals")."""

from __future__ import annotations

import polars as pl

HELPS = ("wait", "change_card", "offer", "check", "unknown")
"""Wait for the retry, have the buyer change the card, correct the offer, check for duplicates,
unknown."""

_WAIT_MESSAGES = (
    "INSUFFICIENT FUNDS",
    "TRANSACTION DECLINED",
    "CARD ISSUER UNAVAILABLE",
    "ERROR NOT IDENTIFIED",
    "THIS SESSION HAS ALREADY BEEN STARTED",
)
_CHANGE_CARD_MESSAGES = (
    "CARD EXPIRED",
    "CARD DETAILS NOT PROVIDED",
    "CARD HAS NOT BEEN UNBLOCKED BY THE CARDHOLDER",
    "RESTRICTED CARD",
    "DEBIT CARD IS NOT ENABLED FOR THE OPERATION",
    "INVALID SECURITY CODE",
    "INVALID CARD EXPIRY DATE",
    "INVALID CARD NUMBER",
    "INVALID CARD DATA",
    "INVALID CARD",
)
_OFFER_MESSAGES = (
    "INVALID AMOUNT",
    "INVALID NUMBER OF INSTALLMENTS",
    "CARD DOES NOT SUPPORT INSTALLMENT PURCHASES",
)
_CHECK_MESSAGES = ("DUPLICATE TRANSACTION",)


def refusal_help(column: str) -> pl.Expr:
    """One of HELPS by the platform's refusal message; null if there is no message."""
    word = pl.col(column).str.strip_chars().str.to_uppercase()
    return (
        pl.when(word.is_null())
        .then(None)
        .when(word.is_in(_WAIT_MESSAGES))
        .then(pl.lit("wait"))
        .when(word.is_in(_OFFER_MESSAGES))
        .then(pl.lit("offer"))
        .when(
            word.is_in(_CHANGE_CARD_MESSAGES)
            | word.str.starts_with("INVALID ")
            | word.str.starts_with("CARD HAS NOT BEEN")
        )
        .then(pl.lit("change_card"))
        .when(word.is_in(_CHECK_MESSAGES))
        .then(pl.lit("check"))
        .otherwise(pl.lit("unknown"))
    )
