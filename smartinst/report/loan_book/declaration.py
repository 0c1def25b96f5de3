"""What declares a figure of the loan book in a report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BookFigure:
    """A figure of the loan book: attribute of a report's book, and its texts.

    frame        name of its frame in `LoanBookTables.frames`
    definition   what is counted, in one sentence
    advice       what to do with it
    is_forecast  always of all plans, also if the report has filters
    """

    name: str
    frame: str
    title: str
    definition: str
    advice: str
    is_forecast: bool = False
