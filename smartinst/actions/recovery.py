"""A seller's recovery queue with the contact log, as command and dashboard show it."""

from __future__ import annotations

from typing import Any

from smartinst.actions.contacts import read_contacts
from smartinst.actions.hold_out import arms_of
from smartinst.analytics.book.loan_book import LoanBook
from smartinst.analytics.book.recovery.effect import HELD_OUT
from smartinst.analytics.book.recovery.recovery_queue import (
    COLUMNS,
    RecoveryQueue,
    recovery_queue,
)
from smartinst.report.whatsapp import whatsapp_linker
from smartinst.settings import Seller, Settings


def seller_queue(settings: Settings, seller: Seller, book: LoanBook) -> RecoveryQueue:
    """The queue of all plans of a seller, with the logged contacts and the arms of the month.

    book  that of all plans, without filters

    InputError if the ledger has data after the date of the book.
    """
    arms = arms_of(settings, seller.id, book.plans["plan_id"], book.as_of)
    return recovery_queue(book, read_contacts(settings, seller), arms)


def queue_rows(settings: Settings, seller: Seller, queue: RecoveryQueue) -> list[dict[str, Any]]:
    """The rows of `recovery --json`; a held-out plan has no link."""
    link = whatsapp_linker(settings, seller)
    return [
        {name: row[name] for name in COLUMNS}
        | {"whatsapp": None if row["arm"] == HELD_OUT else link(row)}
        for row in queue.rows.iter_rows(named=True)
    ]
