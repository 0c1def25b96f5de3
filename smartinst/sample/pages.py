"""Pages of the sample in a folder, one at a time: memory does not grow with the number of plans."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from smartinst.sample.telling import Items, Told

PAGE_SIZE: Final = 500
"""Items of a page."""


@dataclass(frozen=True)
class Written:
    """What was written."""

    plans: int
    attempts: int  # items of subscriptions/transactions
    files: int


def write_pages(folder: Path, told: Iterable[Told]) -> Written:
    """Writes both endpoints' pages, in place of those that an earlier sample left there."""
    folder.mkdir(parents=True, exist_ok=True)
    plans = 0
    transactions, users = _Pages(folder, "transactions"), _Pages(folder, "users")
    for plan in told:
        plans += 1
        transactions.extend(plan.attempts)
        users.extend(plan.users)
    return Written(plans, transactions.items, transactions.close() + users.close())


class _Pages:
    """One endpoint's pages; a full one is written when the next item shows that it is not the last."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.items, self._number = folder, name, 0, 1
        self._waiting: list[str] = []
        for old in folder.glob(f"{name}-[0-9][0-9][0-9][0-9]*.json"):
            old.unlink()

    def extend(self, items: Items) -> None:
        for text in items.texts():
            if len(self._waiting) == PAGE_SIZE:
                self._write(more=True)
            self._waiting.append(text)
        self.items += len(items.own)

    def close(self) -> int:
        """Writes the last page; how many there are."""
        self._write(more=False)
        return self._number - 1

    def _write(self, more: bool) -> None:
        info: dict[str, int | str] = {"results_per_page": len(self._waiting)}
        if more:
            info["next_page_token"] = self._token(self._number + 1)
        if self._number > 1:
            info["prev_page_token"] = self._token(self._number - 1)
        rows = ",\n".join(self._waiting)
        page = f'{{"items":[\n{rows}\n],"page_info":{json.dumps(info)}}}\n'
        (self.folder / f"{self.name}-{self._number:04d}.json").write_bytes(page.encode())
        self._waiting.clear()
        self._number += 1

    def _token(self, number: int) -> str:
        return blake2b(f"{self.name}/{number}".encode(), digest_size=32).hexdigest()
