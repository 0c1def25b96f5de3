"""Smart installments: statuses, revenue and reports from payloads of the platform.

In a notebook: `book = smartinst.open("acme", "2026-10-31")`. `%load_ext smartinst` makes the
outputs of any notebook complete, as in a run.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would slow down the start of the command line
if TYPE_CHECKING:
    from typing import Any

    from smartinst.report.book import open_book as open  # noqa: A004 (the API of notebooks)
    from smartinst.report.display import load_ipython_extension

__all__ = ["load_ipython_extension", "open"]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use, so that the command line starts quickly."""
    if name == "open":
        from smartinst.report.book import open_book

        return open_book
    if name == "load_ipython_extension":
        from smartinst.report.display import load_ipython_extension

        return load_ipython_extension
    raise AttributeError(f"module 'smartinst' has no attribute {name!r}")
