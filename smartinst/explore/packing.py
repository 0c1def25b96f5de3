"""Plans on their way into the browser, where they are saved or copied: gzip, in pieces that any server lets through."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from typing import Any, Final

from smartinst.pages.csv_export import separated

PIECE: Final = 1_000_000
"""Bytes of one message: Jupyter drops what brings more than three times that within its window of three seconds."""


def packed(details: Sequence[Mapping[str, Any]], names: Sequence[str], separator: str) -> list[bytes]:
    """The plans' separated values as `smartinst plans --format csv` writes them, compressed; at least one piece."""
    whole = gzip.compress(separated(details, names, separator).encode("utf-8"), compresslevel=6, mtime=0)
    return [whole[start : start + PIECE] for start in range(0, len(whole), PIECE)]
