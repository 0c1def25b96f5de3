"""One seller to explore: a board of widgets, or the same parts as a report shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartinst.analytics.filters import check_filters
from smartinst.dashboard.cell import Refused, language, opened
from smartinst.dashboard.seller_board import LiveBoard, seller_board
from smartinst.report.book import Book, open_book
from smartinst.settings import load_settings


def explore(
    seller: str,
    as_of: str = "",
    where: Mapping[str, Any] | None = None,
    *,
    locale: str = "",
    live: bool = True,
    title: str = "Smart Installments",
    report: str = "explore",
) -> Board | LiveBoard | Refused:
    """One seller to explore. `live`: widgets (JupyterLab, Voilà); else the parts of a report, without any widget.

    `seller`: its id; empty, the first that is configured. InputError for a filter that cannot be meant. In a notebook's
    kernel a live board that cannot be shown says so instead of raising.
    """

    def made() -> Board | LiveBoard:
        settings, meant = load_settings(), check_filters(where or {})
        seller_id = seller or next((one.id for one in settings.seller), "")
        told: dict[str, Any] = {
            "locale": locale,
            "title": title,
            "report": report,
            "settings": settings,
        }
        if live:
            return seller_board(seller_id, as_of, meant, is_pinned=bool(as_of), told=told)
        return Board(open_book(seller_id, as_of, meant, **told))

    return opened(made, lambda: language(seller, locale)) if live else made()


class Board:
    """The parts as a report shows them."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def filters(self) -> Any:
        """Who, as of when, filtered by what."""
        return self.book.cover()

    def keys(self) -> Any:
        """The key figures."""
        return self.book.headline()

    def charts(self) -> None:
        """The charts, one after the other."""
        from IPython.display import display

        names = (
            "status_by_installments",
            "revenue",
            "net_by_country",
            "overdue_by_product",
            "aging",
        )
        for name in (*names, "days_overdue_by_charge", "refusals", "possible_by_month"):
            display(getattr(self.book, name).chart())  # type: ignore[no-untyped-call]

    def table(self) -> Any:
        """The detail table."""
        return self.book.detail()

    def plan(self, plan_id: str = "") -> None:
        """A report has no plan's page."""

    def notes(self) -> Any:
        """How far and how whole the data are."""
        return self.book.notes()

    def dataset(self) -> Any:
        """The rows of the offline page."""
        return self.book.dataset()
