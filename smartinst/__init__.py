"""Smart installments: statuses, revenue and reports from payloads of the platform.

In a notebook: `book = smartinst.open("acme", "2026-10-31")`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartinst.report.book import open_book as open  # noqa: A004 (the API of notebooks)

__all__ = ["open"]


def __getattr__(name: str) -> Any:
    """Import `smartinst.open` at its first use, so that the command line starts quickly."""
    if name == "open":
        from smartinst.report.book import open_book

        return open_book
    raise AttributeError(f"module 'smartinst' has no attribute {name!r}")
