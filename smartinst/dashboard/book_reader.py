"""Reads the book that a live board displays, once per billing type and version of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartinst.intake.refresh import ledger_version
from smartinst.report.book import Book, open_book

LedgerVersion = Mapping[str, int]


def ledger_filters(where: Mapping[str, Any]) -> dict[str, Any]:
    """The filters that determine which sales are read from the ledger."""
    return {name: value for name, value in where.items() if name == "billing_type" and value}


class BookReader:
    """The books of one seller by billing type, each with the ledger's version when it was read."""

    def __init__(self, book: Book, version: LedgerVersion) -> None:
        self._book = book
        self._books = {str(ledger_filters(book.where)): (book, version)}

    def clear(self) -> None:
        """Discards all books, since the ledger has new data."""
        self._books.clear()

    def has(self, where: Mapping[str, Any]) -> bool:
        """Whether the book for these filters was already read."""
        return str(ledger_filters(where)) in self._books

    def read(self, where: Mapping[str, Any], day: str) -> tuple[Book, LedgerVersion]:
        """The book for these filters as of a day (empty: the last one) and the ledger's version.

        The version is taken before reading, so that later writes count as new data.
        """
        if not self.has(where):
            version = ledger_version(self._book.settings)
            self._books[str(ledger_filters(where))] = (self._open(where, day), version)
        return self._books[str(ledger_filters(where))]

    def _open(self, where: Mapping[str, Any], day: str) -> Book:
        book = self._book
        return open_book(
            book.seller.id,
            day,
            ledger_filters(where),
            locale=book.seller.locale,
            title=book.title,
            report=book.report,
            settings=book.settings,
        )
