"""Aligned tables for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def text_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], left_aligned: Collection[int] = ()
) -> str:
    """The rows under their headings, a line each; cells are aligned by their width.

    left_aligned  indexes of the left-aligned columns; all others are right-aligned
    """
    lines = [headings, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    sides = ["<" if place in left_aligned else ">" for place in range(len(headings))]
    return "\n".join(
        "  ".join(
            f"{cell:{side}{width}}" for cell, side, width in zip(line, sides, widths, strict=True)
        ).rstrip()
        for line in lines
    )
