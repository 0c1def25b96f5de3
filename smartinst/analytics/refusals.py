"""Refusals by what helps (docs/metrics.md §5, "refusals")."""

from __future__ import annotations

import polars as pl

HELPS = ("wait", "change_card", "offer", "check", "unknown")
"""Wait for the retry · buyer must change the card · offer set-up · check · unknown."""

_WAIT = (
    "INSUFFICIENT FUNDS",
    "TRANSACTION DECLINED",
    "CARD ISSUER UNAVAILABLE",
    "ERROR NOT IDENTIFIED",
    "THIS SESSION HAS ALREADY BEEN STARTED",
)
_CHANGE_CARD = (
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
_OFFER = (
    "INVALID AMOUNT",
    "INVALID NUMBER OF INSTALLMENTS",
    "CARD DOES NOT SUPPORT INSTALLMENT PURCHASES",
)
_CHECK = ("DUPLICATE TRANSACTION",)


def refusal_help(column: str) -> pl.Expr:
    """One of HELPS by the platform's refusal message.

    Null where there is none, unknown for any other text.
    """
    word = pl.col(column).str.strip_chars().str.to_uppercase()
    return (
        pl.when(word.is_null())
        .then(None)
        .when(word.is_in(_WAIT))
        .then(pl.lit("wait"))
        .when(word.is_in(_OFFER))
        .then(pl.lit("offer"))
        .when(
            word.is_in(_CHANGE_CARD)
            | word.str.starts_with("INVALID ")
            | word.str.starts_with("CARD HAS NOT BEEN")
        )
        .then(pl.lit("change_card"))
        .when(word.is_in(_CHECK))
        .then(pl.lit("check"))
        .otherwise(pl.lit("unknown"))
    )
