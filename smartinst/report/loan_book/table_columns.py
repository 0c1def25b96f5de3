"""Columns that several tables of the loan book have, and what declares a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from smartinst.i18n.locales import N_
from smartinst.report.loan_book.labels import HORIZON_LABELS
from smartinst.report.table import Column


def money(name: str, label: str) -> Column:
    """An amount in the row's currency."""
    return Column(name, label, "money", "currency")


def percent(name: str, label: str) -> Column:
    """A share."""
    return Column(name, label, "percent")


CURRENCY: Final = Column("currency", N_("Currency"))
MONTH: Final = Column("month", N_("Month"), "month")
PRODUCT: Final = Column("product", N_("Product"))
PLANS: Final = Column("plans", N_("Plans"), "integer")
HORIZON: Final = Column("horizon", N_("Until"), labels=HORIZON_LABELS)
INSTALLMENTS: Final = Column("installments", N_("Installments"), "integer")
CONTRACTED: Final = money("contracted_minor", N_("Contracted"))
EXPECTED_AMOUNT: Final = money("expected_minor", N_("Expected"))
LOW_END: Final = money("low_minor", N_("Low"))
HIGH_END: Final = money("high_minor", N_("High"))
FORGIVEN: Final = money("forgiven_minor", N_("Forgiven"))
LOST_AMOUNT: Final = money("lost_minor", N_("Lost"))
SAMPLE_STAR: Final = Column("is_small", "*", "mark")


@dataclass(frozen=True)
class BookTableSpec:
    """The table of a figure.

    sort  columns; a leading `-` sorts downwards. Then by currency, the main one first
    rows  function of the frame and the date of the figures: the rows of the table; None: all
    """

    columns: tuple[Column, ...]
    sort: tuple[str, ...] = ()
    rows: Callable[[pl.DataFrame, date], pl.DataFrame] | None = None
