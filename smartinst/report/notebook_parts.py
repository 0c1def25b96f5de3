"""The parts of a dashboard that the cells of its notebook display, with or without widgets."""

from __future__ import annotations

from typing import Any


class BoardParts:
    """Parts of one seller's board; a part that is None displays nothing."""

    def filters(self) -> Any:
        """The seller, the date and the filters."""

    def keys(self) -> Any:
        """The key figures."""

    def charts(self) -> Any:
        """The charts."""

    def loan_book(self) -> Any:
        """The recovery queue and the loan book."""

    def table(self) -> Any:
        """The table of plans."""

    def plan(self, plan_id: str = "") -> Any:
        """The page of a plan; without an id, of the plan that is open."""

    def notes(self) -> Any:
        """Period and completeness of the data."""

    def dataset(self) -> Any:
        """The rows of the offline page."""


class PortfolioParts:
    """Parts of the board of all sellers; a part that is None displays nothing."""

    def cover(self) -> Any:
        """The date, the number of sellers, the filters and the key figures by currency."""

    def ranking(self) -> Any:
        """Sellers by overdue amount in one currency."""

    def chart(self) -> Any:
        """PAR30 of the sellers with the highest share."""

    def sellers(self) -> Any:
        """Balances by seller and currency."""

    def statuses(self) -> Any:
        """Plans by seller and status."""

    def notes(self) -> Any:
        """The configured sellers without plans."""

    def board(self) -> Any:
        """The board of the open seller."""
