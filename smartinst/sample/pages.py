"""Pages of a sample in a folder, written one at a time to limit memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from smartinst.sample.payloads import Items, PlanPayloads

PAGE_SIZE: Final = 500
"""Items on a page."""


@dataclass(frozen=True)
class WrittenPages:
    """Counts of a written sample."""

    plans: int
    attempts: int  # items of subscriptions/transactions
    files: int


def write_payloads(folder: Path, payloads: Iterable[PlanPayloads]) -> WrittenPages:
    """Writes the pages of both endpoints; pages of an earlier sample in the folder are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    plans = 0
    transactions, users = _Pages(folder, "transactions"), _Pages(folder, "users")
    for plan in payloads:
        plans += 1
        transactions.extend(plan.attempts)
        users.extend(plan.users)
    return WrittenPages(plans, transactions.items, transactions.close() + users.close())


class _Pages:
    """Pages of one endpoint.

    A full page is written once a further item shows that it is not the last.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.items, self._number = folder, name, 0, 1
        self._buffer: list[str] = []
        for path in folder.glob(f"{name}-[0-9][0-9][0-9][0-9]*.json"):
            path.unlink()

    def extend(self, items: Items) -> None:
        for text in items.texts():
            if len(self._buffer) == PAGE_SIZE:
                self._write(has_next=True)
            self._buffer.append(text)
        self.items += len(items.suffixes)

    def close(self) -> int:
        """Writes the last page; returns the number of pages."""
        self._write(has_next=False)
        return self._number - 1

    def _write(self, has_next: bool) -> None:
        info: dict[str, int | str] = {"results_per_page": len(self._buffer)}
        if has_next:
            info["next_page_token"] = self._token(self._number + 1)
        if self._number > 1:
            info["prev_page_token"] = self._token(self._number - 1)
        rows = ",\n".join(self._buffer)
        page = f'{{"items":[\n{rows}\n],"page_info":{json.dumps(info)}}}\n'
        (self.folder / f"{self.name}-{self._number:04d}.json").write_bytes(page.encode())
        self._buffer.clear()
        self._number += 1

    def _token(self, number: int) -> str:
        return blake2b(f"{self.name}/{number}".encode(), digest_size=32).hexdigest()
