"""One seller's board: live widgets, or the same parts for a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartinst.analytics.filters import check_filters
from smartinst.dashboard.cell import UnavailableBoard, default_locale, load_board
from smartinst.dashboard.seller_board import LiveBoard, open_seller_board
from smartinst.report.book import Book, open_book
from smartinst.report.notebook_parts import BoardParts
from smartinst.settings import load_settings

CHARTS = (
    "status_by_installments",
    "revenue",
    "net_by_country",
    "overdue_by_product",
    "aging",
    "days_overdue_by_charge",
    "refusals",
    "possible_by_month",
)


def explore(
    seller: str,
    as_of: str = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    live: bool = True,
    title: str = "Smart Installments",
    report: str = "explore",
) -> Board | LiveBoard | UnavailableBoard:
    """One seller's board. `live`: widgets (JupyterLab, Voilà); otherwise the parts of a report.

    `seller`: the seller's id; if empty, the first configured one. InputError for an invalid filter;
    in a live kernel, a board that displays the reason.
    """

    def load() -> Board | LiveBoard:
        settings, checked = load_settings(), check_filters(where or {})
        seller_id = seller or next((first.id for first in settings.seller), "")
        options: dict[str, Any] = {
            "locale": locale,
            "title": title,
            "report": report,
            "settings": settings,
        }
        if live:
            return open_seller_board(seller_id, as_of, checked, is_pinned=bool(as_of), **options)
        return Board(open_book(seller_id, as_of, checked, **options))

    return load_board(load, lambda: default_locale(seller, locale)) if live else load()


class Board(BoardParts):
    """The parts as a report displays them, without widgets."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def filters(self) -> Any:
        """The cover: the seller, the date and the filters."""
        return self.book.cover()

    def keys(self) -> Any:
        """The key figures."""
        return self.book.headline()

    def charts(self) -> None:
        """Displays the charts one below the other."""
        from IPython.display import display

        for name in CHARTS:
            display(getattr(self.book, name).chart())  # type: ignore[no-untyped-call]

    def table(self) -> Any:
        """The table of plans."""
        return self.book.detail()

    def notes(self) -> Any:
        """Period and completeness of the data."""
        return self.book.notes()

    def dataset(self) -> Any:
        """The rows of the offline page."""
        return self.book.dataset()
