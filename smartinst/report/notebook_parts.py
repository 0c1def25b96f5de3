"""The parts of a dashboard that the cells of its notebook display, with or without widgets."""

from __future__ import annotations

from typing import Any, Protocol


class BoardParts(Protocol):
    """Parts of one seller's board; a part that is None displays nothing."""

    def filters(self) -> Any:
        """The seller, the date and the filters."""
        return None

    def keys(self) -> Any:
        """The key figures."""
        return None

    def charts(self) -> Any:
        """The charts."""
        return None

    def table(self) -> Any:
        """The table of plans."""
        return None

    def plan(self, plan_id: str = "") -> Any:  # noqa: ARG002 - a live board opens it
        """The page of a plan; without an id, of the plan that is open."""
        return None

    def notes(self) -> Any:
        """Period and completeness of the data."""
        return None

    def dataset(self) -> Any:
        """The rows of the offline page."""
        return None


class PortfolioParts(Protocol):
    """Parts of the board of all sellers; a part that is None displays nothing."""

    def cover(self) -> Any:
        """The date, the number of sellers, the filters and the key figures by currency."""
        return None

    def chart(self) -> Any:
        """PAR30 of the sellers with the highest share."""
        return None

    def sellers(self) -> Any:
        """Balances by seller and currency."""
        return None

    def statuses(self) -> Any:
        """Plans by seller and status."""
        return None

    def notes(self) -> Any:
        """The configured sellers without plans."""
        return None

    def board(self) -> Any:
        """The board of the open seller."""
        return None
