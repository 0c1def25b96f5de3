"""What a reader of the recovery queue is told to do, by the means of payment of a currency."""

from __future__ import annotations

from typing import Final

import polars as pl

PIX_CURRENCY: Final = "BRL"


def reader_action(action: str, currency: str) -> str:
    """The key of what to do in words: a Pix or a slip exists only for payments in reais."""
    is_elsewhere = action == "pix_or_slip" and currency != PIX_CURRENCY
    return "other_payment" if is_elsewhere else action


def with_reader_actions(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a queue whose column `action` has the keys of GROUPS."""
    pairs = rows.select("action", "currency").iter_rows()
    actions = [reader_action(action, currency) for action, currency in pairs]
    return rows.with_columns(pl.Series("action", actions, dtype=pl.String))
