"""The anchor of the log of actions: its last event, sealed outside of the database.

Hashes alone do not show that the newest events were deleted: what is left is a whole log. So each
event renews a seal of the last one, an HMAC with a key that is not in the database, and the number
and hash of that event are in a file of the home and in each mail to the operator as well. A log
with fewer events than one of these, or with another hash at that place, was cut off or replaced.
No call begins then, and nothing is sent, until somebody accepts the log as it is.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select

from smartinst.database.schema import ACTION_HEAD
from smartinst.settings import read_secret

KEY_VARIABLE: Final = "SMARTINST_ACTION_LOG_KEY"
KEY_FILE: Final = "action-log.key"
ANCHOR_FILE: Final = "action-log.head"


class Head(NamedTuple):
    """The last event of a log: its number, and its hash."""

    number: int
    hash: str


@dataclass(frozen=True)
class Anchor:
    """The anchor of one home."""

    home: Path

    @property
    def path(self) -> Path:
        """The file with the last event that this home has written."""
        return self.home / ANCHOR_FILE

    def seal(self, connection: Connection, head: Head) -> None:
        """Seals the last event in the transaction that writes it; none (number 0) removes the seal.

        The home's key is made at the first event, unless the environment has one.
        """
        connection.execute(delete(ACTION_HEAD))
        if not head.number:
            return
        key = _key(self.home) or _new_key(self.home)
        row = {"id": 1, "number": head.number, "hash": head.hash}
        connection.execute(
            insert(ACTION_HEAD).values(**row, key_id=_key_id(key), seal=_seal(key, head))
        )

    def write_file(self, head: Head) -> None:
        """Writes the last event into the file, after its transaction; none removes the file."""
        if not head.number:
            self.path.unlink(missing_ok=True)
            return
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(head._asdict()), encoding="utf-8")
        temporary.replace(self.path)

    def problem(self, connection: Connection, hashes: Mapping[int, str]) -> str | None:
        """How a log, hashes by number, differs from its seal and the file; None if it does not."""
        if loss := self.loss(connection, hashes):
            return loss
        row = connection.execute(select(ACTION_HEAD)).mappings().first()
        if row is not None and not self._has_own_key(row):
            return (
                "the log of actions is sealed with another key: compare its last hash with the "
                "operator's last mail; the next event is sealed with the key of this home"
            )
        return None

    def loss(self, connection: Connection, hashes: Mapping[int, str]) -> str | None:
        """The evidence that events are missing or were altered; None if there is none.

        A seal of another key, as in a home that was restored elsewhere, is no evidence.
        """
        row = connection.execute(select(ACTION_HEAD)).mappings().first()
        if row is not None and self._has_own_key(row):
            key, head = _key(self.home) or b"", Head(row["number"], row["hash"])
            if not hmac.compare_digest(row["seal"].encode(), _seal(key, head).encode()):
                return "the log of actions was altered: the seal of its last event is wrong"
            if head != Head(len(hashes), hashes.get(len(hashes), "")):
                return f"the log of actions was cut off: its seal is of event {head.number}"
        anchored = self._read_file()
        if anchored is not None and hashes.get(anchored.number) != anchored.hash:
            return (
                f"the log of actions was cut off or is older than this home: {self.path.name} has "
                f"event {anchored.number} with the hash {anchored.hash}"
            )
        return None

    def _has_own_key(self, row: RowMapping) -> bool:
        key = _key(self.home)
        return key is not None and bool(row["key_id"] == _key_id(key))

    def _read_file(self) -> Head | None:
        try:
            return Head(**json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            return Head(-1, "unreadable")


def _key(home: Path) -> bytes | None:
    """The key from the environment, or else of the home; None if it has none yet."""
    if secret := read_secret(KEY_VARIABLE):
        return secret.get_secret_value().encode()
    try:
        return (home / KEY_FILE).read_bytes()
    except FileNotFoundError:
        return None


def _new_key(home: Path) -> bytes:
    """A new key in a file that only its owner can read; of two processes the first wins."""
    home.mkdir(parents=True, exist_ok=True)
    temporary = home / f"{KEY_FILE}.{os.getpid()}"
    temporary.touch(0o600)
    temporary.write_text(secrets.token_hex(32), encoding="ascii")
    with suppress(FileExistsError):
        os.link(temporary, home / KEY_FILE)
    temporary.unlink()
    return (home / KEY_FILE).read_bytes()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]


def _seal(key: bytes, head: Head) -> str:
    return hmac.new(key, f"{head.number} {head.hash}".encode(), "sha256").hexdigest()
